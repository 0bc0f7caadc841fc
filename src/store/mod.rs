//! The durable truth: every question and every embedding, in one SQLite file. The only place that names `rusqlite`.
//!
//! One process holds the data folder ([`FolderLock`]), one [`Writer`] changes it, any number of [`Reader`]s read beside it (WAL).
//! What [`Writer::write`] has answered survives `kill -9` and power loss: the write-ahead log is synchronised before.

mod backup;
mod decisions;
mod error;
mod lock;
mod read;
mod reindex;
mod rows;
mod schema;
mod seen;
mod write;

use std::path::{Path, PathBuf};

pub use error::StoreError;
pub use lock::{FolderLock, LockError};
pub use read::{Moment, Page, PointText, Reader, StoredQuestion};
pub use reindex::Reindex;
pub use seen::SeenIds;
pub use write::{Committed, Outcome, Put, Write, Writer};

use crate::embedding::Fingerprint;

/// Name of the database inside the data folder.
pub const DATABASE_FILE: &str = "likewise.db";

/// The model whose embeddings a store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredModel {
    pub name: String,
    pub fingerprint: Fingerprint,
    pub dimension: usize,
}

impl StoredModel {
    /// Notes that the store's embeddings are this model's.
    fn write(&self, transaction: &rusqlite::Transaction<'_>) -> Result<(), StoreError> {
        let dimension = self.dimension.to_string();
        let facts = [
            ("model_name", self.name.as_str()),
            ("model_fingerprint", self.fingerprint.as_str()),
            ("model_dimension", &dimension),
        ];
        for fact in facts {
            transaction.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", fact)?;
        }
        Ok(())
    }
}

/// An opened store: where to get the writer and the readers.
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// Opens the database in `folder`, creates it or brings it to the present schema. A newer schema is refused.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(DATABASE_FILE);
        schema::prepare(&path)?;
        Ok(Self { path })
    }

    /// The database in `folder` as another process has it; nothing is created or changed.
    pub fn open_beside(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(DATABASE_FILE);
        schema::check(&path)?;
        Ok(Self { path })
    }

    /// The writer; ask once.
    pub fn writer(&self) -> Result<Writer, StoreError> {
        Writer::open(&self.path)
    }

    /// Begins or goes on with a change of model; nobody may write meanwhile.
    pub fn reindex(&self, model: StoredModel) -> Result<Reindex, StoreError> {
        Reindex::begin(&self.path, model)
    }

    pub fn reader(&self) -> Reader {
        Reader::new(self.path.clone())
    }
}

#[cfg(test)]
mod tests;
