//! The questions of one data folder: stored, catalogued and indexed, with one writer and any number of readers.
//!
//! The order of effects of a write: the store commits (durable from there), then the indexes take the new points, then the
//! catalog shows them and hides the old ones, then the caller is answered. So what was acknowledged is durable and findable.

mod archive;
mod audit;
mod load;
mod words;
mod writer;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::{Condvar, Mutex, RwLock, RwLockReadGuard};
use roaring::RoaringBitmap;
use thiserror::Error;

use crate::background;
use crate::catalog::Catalog;
use crate::editorial::Editorial;
use crate::embed::Model;
use crate::embedding::{Embedding, Similarity};
use crate::filter::Filter;
use crate::index::{IndexOptions, IndexStats, Neighbor, SearchMode, SegmentFiles, Snapshot, VectorIndex};
use crate::lexical::LexicalIndex;
use crate::question::{Language, PointId, QuestionId, SeqNo};
use crate::store::{Committed, FolderLock, LockError, Page, Reader, Store, StoreError, StoredModel, StoredQuestion, Write};

pub use archive::Archive;
use audit::Audit;
pub use audit::Audited;
use words::{Columns, WordsFile};
use writer::WriterThread;

/// Most questions of one score that are looked at to list those with the lowest ids.
const MAX_TIE: usize = 1_024;

/// Questions that are copied under one lock when words are kept: less than a millisecond.
const COPIED_TOGETHER: usize = 1_024;
/// Words are kept at the end where so many questions changed: reading them takes longer than all else of a start.
const KEEP_AT_END: u64 = 2_000;
/// And while serving where so many did, or an eighth of all.
const KEEP_WHILE_SERVING: u64 = 20_000;
/// After upkeep that failed, since nothing but room on the disk mends it.
const UPKEEP_RETRY: Duration = Duration::from_secs(30);

#[derive(Debug, Error)]
pub enum CorpusError {
    #[error(transparent)]
    Locked(#[from] LockError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A failed group commit fails for everybody in the group.
    #[error(transparent)]
    Write(Arc<StoreError>),
    #[error(
        "the data folder holds embeddings of model {stored} ({stored_fingerprint}), but {loaded} ({loaded_fingerprint}) is \
         configured; configure the first one again, or change to the second one with `likewise reindex`"
    )]
    ModelMismatch { stored: String, stored_fingerprint: String, loaded: String, loaded_fingerprint: String },
    #[error("the thread that writes can't be started")]
    Thread(#[source] io::Error),
    #[error("the index can't be kept in shape: a file in the data folder can't be written")]
    Upkeep(#[source] io::Error),
    #[error("the store is closing")]
    Closing,
}

impl CorpusError {
    /// The folder holds embeddings of another model than the one that is loaded.
    pub fn mismatch(stored: StoredModel, loaded: StoredModel) -> Self {
        Self::ModelMismatch {
            stored: stored.name,
            stored_fingerprint: stored.fingerprint.to_string(),
            loaded: loaded.name,
            loaded_fingerprint: loaded.fingerprint.to_string(),
        }
    }
}

/// All questions at one moment.
pub struct Moment {
    /// Every write up to here is in it.
    pub seq: SeqNo,
    pub snapshot: Snapshot,
    ids_from: usize,
    ids: Vec<QuestionId>,
}

impl Moment {
    /// The first position whose id is told.
    pub fn ids_from(&self) -> usize {
        self.ids_from
    }

    /// The ids from there on, in the order of positions.
    pub fn ids(&self) -> &[QuestionId] {
        &self.ids
    }
}

/// Where questions are kept: with an index ([`Corpus`]) or without ([`Archive`]).
pub trait Repository {
    /// One answer an id, in order.
    fn get_many(&self, ids: &[QuestionId]) -> Result<Vec<Option<StoredQuestion>>, StoreError>;

    /// Stores `writes`, all or none, in order, and hands them back as they were stored. When it returns they are durable,
    /// and findable where there is an index. Blocks.
    fn write(&self, writes: Vec<Write>) -> Result<(Committed, Vec<Write>), CorpusError>;
}

/// How the store names a model.
pub fn stored_model(model: &Model) -> StoredModel {
    let info = model.info();
    StoredModel { name: info.name.clone(), fingerprint: info.fingerprint.clone(), dimension: info.dimension }
}

/// What the threads share. Who holds several locks takes them in this order: catalog, words, decisions.
struct Shared {
    index: VectorIndex,
    catalog: RwLock<Catalog>,
    lexical: RwLock<LexicalIndex>,
    editorial: RwLock<Editorial>,
    applied: AtomicU64,
    words_file: WordsFile,
    /// Questions that were written since the words were kept.
    unkept: AtomicU64,
    /// Whether there may be upkeep to do.
    dirty: Mutex<bool>,
    wake_upkeep: Condvar,
    /// Why the last upkeep failed.
    alert: Mutex<Option<String>>,
    /// Told after every write that changed something.
    written: (Mutex<()>, Condvar),
}

pub struct Corpus {
    shared: Arc<Shared>,
    reader: Reader,
    /// `None` where another process holds the folder.
    writer: Option<WriterThread>,
    model: StoredModel,
    /// While serving.
    audit: OnceLock<Audit>,
    // Dropped last: the folder is free once everything else is closed.
    _lock: Option<FolderLock>,
}

impl Corpus {
    /// Opens a data folder and loads its index. An empty folder takes on `model`; one with other embeddings is refused.
    /// `progress` is told how many of how many points are loaded.
    pub fn open(
        folder: &Path,
        model: StoredModel,
        options: IndexOptions,
        progress: impl FnMut(u64, u64),
    ) -> Result<Self, CorpusError> {
        let Archive { reader, writer, model, lock } = Archive::open(folder, model)?;
        let files =
            SegmentFiles { folder: folder.to_owned(), model: model.fingerprint.to_string(), dimension: model.dimension };
        let shared = Arc::new(Shared::load(folder, &reader, &model, options, Some(files), progress)?);
        let writer = WriterThread::start(writer.into_inner(), Arc::clone(&shared)).map_err(CorpusError::Thread)?;
        Ok(Self { shared, reader, writer: Some(writer), model, audit: OnceLock::new(), _lock: Some(lock) })
    }

    /// As [`Corpus::open`], but where another process holds the folder its state of now is read beside it. Then nothing can be
    /// written, and questions that the other process deletes may be gone when their texts are read.
    pub fn open_to_read(
        folder: &Path,
        model: StoredModel,
        options: IndexOptions,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Self, CorpusError> {
        match Self::open(folder, model.clone(), options, &mut progress) {
            Err(CorpusError::Locked(LockError::Held { .. })) => {}
            opened => return opened,
        }
        let reader = Store::open_beside(folder)?.reader();
        if let Some(stored) = reader.model()?.filter(|stored| stored.fingerprint != model.fingerprint) {
            return Err(CorpusError::mismatch(stored, model));
        }
        let shared = Arc::new(Shared::load(folder, &reader, &model, options, None, progress)?);
        Ok(Self { shared, reader, writer: None, model, audit: OnceLock::new(), _lock: None })
    }

    /// Whether this process may write to the folder; no other may then.
    pub fn holds_folder(&self) -> bool {
        self.writer.is_some()
    }

    /// Starts the thread that keeps the index in shape while serving. Searches are right without it, only slower.
    pub fn start_upkeep(&self) -> Result<(), CorpusError> {
        let shared = Arc::clone(&self.shared);
        let upkeep = std::thread::Builder::new().name("index-upkeep".into());
        // Not joined: at shutdown a graph that is half built is simply given up.
        upkeep.spawn(move || shared.upkeep()).map_err(CorpusError::Thread)?;
        Ok(())
    }

    /// Starts to answer one search in so many exactly as well. Once.
    pub fn start_audit(&self, one_in: u64) -> Result<(), CorpusError> {
        let audit = Audit::start(Arc::clone(&self.shared), one_in).map_err(CorpusError::Thread)?;
        // A second one would be dropped, and its thread with it.
        let _ = self.audit.set(audit);
        Ok(())
    }

    /// What the audit said so far; `None` where there is none.
    pub fn audited(&self) -> Option<Audited> {
        self.audit.get().map(Audit::audited)
    }

    /// Finishes the writes that were queued and leaves one file behind; later writes are refused. Done by the server when it
    /// stops, and not left to the last owner's drop: a connection may still hold one then.
    pub fn close(&self) {
        // The writer's connection goes last: closing that one takes the write-ahead log away.
        self.reader.close_idle();
        if let Some(writer) = &self.writer {
            writer.close();
            self.shared.keep_words(KEEP_AT_END);
        }
    }

    /// Does all upkeep now.
    pub fn finish_upkeep(&self) -> Result<(), CorpusError> {
        while self.shared.upkeep_step().map_err(CorpusError::Upkeep)? {}
        Ok(())
    }

    /// What somebody must see to although searches and writes go on.
    pub fn alert(&self) -> Option<String> {
        self.shared.alert.lock().clone()
    }

    /// The model whose embeddings are here.
    pub fn model(&self) -> &StoredModel {
        &self.model
    }

    /// Tells this store from every other.
    pub fn identity(&self) -> Result<String, StoreError> {
        self.reader.identity()
    }

    pub fn len(&self) -> usize {
        self.shared.catalog.read().count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The last write that searches see.
    pub fn applied_seq(&self) -> SeqNo {
        SeqNo(self.shared.applied.load(Ordering::Acquire))
    }

    /// Waits until something was written after `seq`, for a while.
    pub fn wait_for_write(&self, seq: SeqNo, longest: Duration) {
        let (lock, written) = &self.shared.written;
        let mut guard = lock.lock();
        if self.applied_seq() <= seq {
            written.wait_for(&mut guard, longest);
        }
    }

    /// Lets those who wait for a write look around.
    pub fn wake_waiting(&self) {
        self.shared.written.1.notify_all();
    }

    /// The points of questions that were stored, or that something was decided about, after a state of the store.
    pub fn stored_after(&self, seq: SeqNo) -> Result<Vec<PointId>, StoreError> {
        let mut points = self.reader.stored_after(seq)?;
        points.extend(self.points(&self.reader.decided_after(seq)?));
        Ok(points)
    }

    /// What people decided. Hold it briefly, and ask for nothing else of the corpus meanwhile: the writer takes the catalog's lock
    /// first.
    pub fn editorial(&self) -> RwLockReadGuard<'_, Editorial> {
        self.shared.editorial.read()
    }

    /// The words of all questions. Hold it briefly, and ask the catalog for nothing meanwhile: the writer takes its lock first.
    pub fn lexical(&self) -> RwLockReadGuard<'_, LexicalIndex> {
        self.shared.lexical.read()
    }

    pub fn point(&self, id: &QuestionId) -> Option<PointId> {
        self.shared.catalog.read().point(id)
    }

    /// The points of those of `ids` that are stored.
    pub fn points(&self, ids: &[QuestionId]) -> Vec<PointId> {
        let catalog = self.shared.catalog.read();
        ids.iter().filter_map(|id| catalog.point(id)).collect()
    }

    /// One answer a point, in order; `None` where the point is gone.
    pub fn ids(&self, points: &[PointId]) -> Vec<Option<QuestionId>> {
        let catalog = self.shared.catalog.read();
        points.iter().map(|point| catalog.id(*point).cloned()).collect()
    }

    /// When each question was stored last.
    pub fn seqs(&self) -> Result<HashMap<PointId, SeqNo>, StoreError> {
        self.reader.seqs()
    }

    pub fn embedding(&self, point: PointId) -> Option<Embedding> {
        self.shared.index.embedding(point)
    }

    /// The similarity of a stored question to `query`, as a search tells it.
    pub fn similarity(&self, point: PointId, query: &Embedding) -> Option<Similarity> {
        self.shared.index.similarity(point, query)
    }

    /// The similarity of two stored questions.
    pub fn between(&self, a: PointId, b: PointId) -> Option<Similarity> {
        self.shared.index.between(a, b)
    }

    pub fn live(&self) -> Arc<RoaringBitmap> {
        Arc::clone(self.shared.catalog.read().live())
    }

    /// All questions now, with the ids of those from a point on.
    pub fn moment(&self, ids_from: PointId) -> Moment {
        let seq = self.applied_seq();
        // Index and catalog change together under this lock.
        let catalog = self.shared.catalog.read();
        let snapshot = self.shared.index.snapshot(catalog.live());
        let ids_from = snapshot.points().partition_point(|point| *point < ids_from);
        let ids = snapshot.points()[ids_from..].iter().filter_map(|point| catalog.id(*point).cloned()).collect();
        Moment { seq, snapshot, ids_from, ids }
    }

    /// The live points that pass `filter`, without those that an editor hides.
    pub fn allowed(&self, filter: &Filter) -> Arc<RoaringBitmap> {
        let catalog = self.shared.catalog.read();
        let mut allowed = catalog.allowed(filter);
        let editorial = self.shared.editorial.read();
        for point in editorial.hidden().filter_map(|id| catalog.point(id)) {
            Arc::make_mut(&mut allowed).remove(point.0);
        }
        allowed
    }

    /// Language and time of each point; `None` where it is gone.
    pub fn noted(&self, points: &[PointId]) -> Vec<Option<(Language, Timestamp)>> {
        let catalog = self.shared.catalog.read();
        points.iter().map(|point| catalog.noted(*point)).collect()
    }

    /// Up to `limit` of the newest of `allowed`, newest first, ties by id.
    pub fn latest(&self, allowed: &RoaringBitmap, limit: usize) -> Vec<PointId> {
        self.shared.catalog.read().latest(allowed).take(limit).collect()
    }

    /// Up to `k` (at least 1) of the nearest of `allowed`; see [`VectorIndex::search`]. Ties by id.
    pub fn nearest(&self, query: &Embedding, k: usize, allowed: &RoaringBitmap, mode: SearchMode) -> Vec<Neighbor> {
        // The index breaks ties by age. Which of a tie are in is for their ids to decide, so all of it must be here.
        let mut wanted = k + 1;
        let mut found = self.shared.index.search(query, wanted, allowed, mode);
        while found.len() == wanted && wanted < MAX_TIE && found[k - 1].similarity == found[wanted - 1].similarity {
            wanted *= 4;
            found = self.shared.index.search(query, wanted, allowed, mode);
        }
        let catalog = self.shared.catalog.read();
        found.sort_by(|a, b| b.similarity.cmp(&a.similarity).then_with(|| catalog.id(a.point).cmp(&catalog.id(b.point))));
        found.truncate(k);
        drop(catalog);
        if let (SearchMode::Approximate, Some(audit)) = (mode, self.audit.get()) {
            audit.note(query, allowed, &found);
        }
        found
    }

    pub fn get(&self, id: &QuestionId) -> Result<Option<StoredQuestion>, StoreError> {
        self.reader.get(id)
    }

    /// One answer a point, in order; `None` where the question is gone meanwhile.
    pub fn by_points(&self, points: &[PointId]) -> Result<Vec<Option<StoredQuestion>>, StoreError> {
        self.reader.by_points(points)
    }

    pub fn page(&self, page: &Page) -> Result<Vec<StoredQuestion>, StoreError> {
        self.reader.page(page)
    }

    pub fn index_stats(&self) -> IndexStats {
        self.shared.index.stats()
    }

    pub fn language_counts(&self) -> Vec<(Language, u64)> {
        self.shared.catalog.read().language_counts()
    }

    pub fn category_counts(&self) -> Vec<(Arc<str>, u64)> {
        self.shared.catalog.read().category_counts()
    }
}

impl Repository for Corpus {
    fn get_many(&self, ids: &[QuestionId]) -> Result<Vec<Option<StoredQuestion>>, StoreError> {
        self.reader.get_many(ids)
    }

    /// Writes of several callers share one wait for the disk.
    fn write(&self, writes: Vec<Write>) -> Result<(Committed, Vec<Write>), CorpusError> {
        self.writer.as_ref().ok_or(CorpusError::Closing)?.write(writes)
    }
}

impl Shared {
    /// Keeps words and catalog for the next start, where that spares it a good deal. Writers wait for moments only.
    fn keep_words(&self, least: u64) {
        let unkept = self.unkept.load(Ordering::Relaxed);
        if unkept < least {
            return;
        }
        // Before anything is read: what is written meanwhile may be in it or not, and the next start asks the store.
        let seq = SeqNo(self.applied.load(Ordering::Acquire));
        if let Err(error) = self.words_file.write(seq, &self.columns()) {
            tracing::warn!(%error, "the words can't be kept; the next start reads all texts");
        }
        self.unkept.fetch_sub(unkept, Ordering::Relaxed);
    }

    fn columns(&self) -> Columns {
        let mut columns = Columns::default();
        let mut next = 0;
        loop {
            let catalog = self.catalog.read();
            let lexical = self.lexical.read();
            let part: Vec<u32> = catalog.live().range(next..).take(COPIED_TOGETHER).collect();
            let Some(last) = part.last() else {
                columns.set_terms(lexical.terms());
                return columns;
            };
            next = last.saturating_add(1);
            for point in part.into_iter().map(PointId) {
                if let Some(entry) = catalog.of_point(point) {
                    columns.push(point, &entry, lexical.text(point));
                }
            }
        }
    }

    /// Does one piece of upkeep; answers whether there was one.
    fn upkeep_step(&self) -> io::Result<bool> {
        // The catalog stays locked while the upkeep is planned: the writer inserts into index and catalog under that lock, so
        // no point can be in the index and not yet in `live`. (Planned without it, a point sealed into a segment at the
        // wrong moment was dropped as dead although its write had been acknowledged.)
        let (live, upkeep) = {
            let catalog = self.catalog.read();
            (Arc::clone(catalog.live()), self.index.due_upkeep(catalog.live()))
        };
        let due = upkeep.is_some();
        if let Some(upkeep) = upkeep {
            self.index.maintain(upkeep, &live)?;
        }
        Ok(due)
    }

    fn upkeep(&self) {
        background::yield_to_others();
        loop {
            {
                let mut dirty = self.dirty.lock();
                self.wake_upkeep.wait_while(&mut dirty, |dirty| !*dirty);
                *dirty = false;
            }
            while self.upkeep_or_alert() {}
            let questions = self.catalog.read().count() as u64;
            self.keep_words(KEEP_WHILE_SERVING.max(questions / 8));
        }
    }

    /// One piece of upkeep; answers whether there may be more. Where it fails the index goes on as it is, and after a while it is
    /// tried again.
    fn upkeep_or_alert(&self) -> bool {
        match self.upkeep_step() {
            Ok(done) => {
                let stats = self.index.stats();
                tracing::debug!(points = stats.points, segments = stats.segments, in_graphs = stats.in_graphs, "index folded");
                *self.alert.lock() = None;
                done
            }
            Err(error) => {
                let why = format!("new questions can't be folded into the index: {error}");
                tracing::error!(retry_seconds = UPKEEP_RETRY.as_secs(), "{why}");
                *self.alert.lock() = Some(why);
                std::thread::sleep(UPKEEP_RETRY);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests;
