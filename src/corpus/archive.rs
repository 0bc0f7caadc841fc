//! A data folder without its index: for work that only stores, in memory that does not grow with the folder.

use std::path::Path;

use parking_lot::Mutex;

use super::{CorpusError, Repository};
use crate::question::QuestionId;
use crate::store::{Committed, FolderLock, Reader, Store, StoreError, StoredModel, StoredQuestion, Write, Writer};

/// A locked data folder whose embeddings are those of a known model.
pub struct Archive {
    pub(super) reader: Reader,
    pub(super) writer: Mutex<Writer>,
    pub(super) model: StoredModel,
    pub(super) lock: FolderLock,
}

impl Archive {
    /// Locks and opens a data folder. An empty one takes on `model`; one with other embeddings is refused.
    pub fn open(folder: &Path, model: StoredModel) -> Result<Self, CorpusError> {
        let lock = FolderLock::acquire(folder)?;
        let store = Store::open(folder)?;
        let mut writer = store.writer()?;
        let reader = store.reader();
        match reader.model()? {
            Some(stored) if stored.fingerprint == model.fingerprint => {}
            Some(stored) if reader.count()? > 0 => {
                return Err(CorpusError::mismatch(stored, model));
            }
            _ => writer.set_model(&model)?,
        }
        Ok(Self { reader, writer: Mutex::new(writer), model, lock })
    }

    pub fn model(&self) -> &StoredModel {
        &self.model
    }

    /// Leaves one file behind; what was written lasts without it too.
    pub fn close(self) -> Result<(), StoreError> {
        // The writer's connection goes last: closing that one takes the write-ahead log away.
        self.reader.close_idle();
        self.writer.into_inner().checkpoint()
    }
}

impl Repository for Archive {
    fn get_many(&self, ids: &[QuestionId]) -> Result<Vec<Option<StoredQuestion>>, StoreError> {
        self.reader.get_many(ids)
    }

    fn write(&self, mut writes: Vec<Write>) -> Result<(Committed, Vec<Write>), CorpusError> {
        let committed = self.writer.lock().write(&mut writes)?;
        Ok((committed, writes))
    }
}
