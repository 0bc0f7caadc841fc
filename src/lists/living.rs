//! The lists of a serving process: a thread keeps them in step with the store, readers never wait for it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, RwLock};

use super::{Go, Lists};
use crate::background;
use crate::corpus::Corpus;
use crate::index::Neighbor;
use crate::question::{PointId, QuestionId, SeqNo};
use crate::store::StoreError;

/// Between two times that the lists are kept while they change.
const KEEP_EVERY: Duration = Duration::from_secs(120);
/// Of a cosine that is computed again.
const ROUNDING: f32 = 1e-5;
/// Deleted questions that are remembered for those who ask what changed.
const REMEMBERED: usize = 100_000;
/// How long somebody who asks what changed waits for an update that is under way.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest wait for news; whether to stop is looked at in between.
const WAIT: Duration = Duration::from_millis(500);

pub struct LivingLists {
    corpus: Arc<Corpus>,
    path: PathBuf,
    shown: usize,
    lists: RwLock<Lists>,
    gone: Mutex<Gone>,
    /// The state that the lists are of, for those who wait for the next.
    news: (Mutex<SeqNo>, Condvar),
    stopping: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Deleted questions, oldest first.
#[derive(Default)]
struct Gone {
    ids: Vec<(SeqNo, QuestionId)>,
    /// Deletions up to here are not remembered.
    since: SeqNo,
}

/// Whose pages changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// Up to this state of the store; ask since it the next time.
    pub seq: SeqNo,
    /// Questions whose list, or a question shown in it, changed.
    pub changed: Vec<QuestionId>,
    pub deleted: Vec<QuestionId>,
    /// Whether all deletions since then are told.
    pub complete: bool,
}

impl LivingLists {
    /// Starts the thread, which takes the lists that were kept, or begins anew.
    pub fn start(corpus: Arc<Corpus>, path: PathBuf, shown: usize) -> std::io::Result<Arc<Self>> {
        let living = Arc::new(Self {
            corpus,
            path,
            shown,
            lists: RwLock::new(Lists::new(shown)),
            gone: Mutex::default(),
            news: (Mutex::new(SeqNo(0)), Condvar::new()),
            stopping: AtomicBool::new(false),
            thread: Mutex::default(),
        });
        let shared = Arc::clone(&living);
        let thread = std::thread::Builder::new().name("lists".into()).spawn(move || shared.run())?;
        *living.thread.lock() = Some(thread);
        Ok(living)
    }

    /// Ends the thread; what it did is kept.
    pub fn close(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.corpus.wake_waiting();
        if let Some(thread) = self.thread.lock().take() {
            // A panic was reported by the thread itself.
            let _ = thread.join();
        }
    }

    /// The shown list of a question, if the lists show every write that is acknowledged by now.
    pub fn current(&self, point: PointId) -> Option<Vec<Neighbor>> {
        let lists = self.lists.try_read()?;
        if lists.seq() != self.corpus.applied_seq() {
            return None;
        }
        let mut list = lists.of(point)?;
        list.truncate(lists.shown());
        Some(list)
    }

    /// Neighbors that every list has, where there are so many questions.
    pub fn shown(&self) -> usize {
        self.shown
    }

    /// Runs `read` on lists that are whole; `None` where they are still being made.
    pub fn read<T>(&self, read: impl FnOnce(&Lists) -> T) -> Option<T> {
        let lists = self.lists.try_read_for(PATIENCE)?;
        (*self.news.0.lock() > SeqNo(0) || self.corpus.is_empty()).then(|| read(&lists))
    }

    /// The state that the lists are of; 0 while they are made for the first time.
    pub fn seq(&self) -> SeqNo {
        *self.news.0.lock()
    }

    /// The state of the store.
    pub fn applied_seq(&self) -> SeqNo {
        self.corpus.applied_seq()
    }

    /// Waits until the lists are of a later state, for a while.
    pub fn wait_for_news(&self, after: SeqNo) -> SeqNo {
        let (seq, changed) = &self.news;
        let mut seq = seq.lock();
        if *seq <= after {
            changed.wait_for(&mut seq, WAIT);
        }
        *seq
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Whose pages changed after a state of the store. `None` where the lists are still being made. Cost: a pass over all lists.
    pub fn changes(&self, since: SeqNo) -> Result<Option<Changes>, StoreError> {
        let stored: HashSet<PointId> = self.corpus.stored_after(since)?.into_iter().collect();
        let found = self.read(|lists| {
            let mut points = lists.changed_after(since);
            if !stored.is_empty() {
                // The title in another's list is the same text, but its address or answer may be new.
                let shows = |point: &PointId| {
                    stored.contains(point)
                        || lists.of(*point).is_some_and(|list| {
                            list.iter().take(lists.shown()).any(|neighbor| stored.contains(&neighbor.point))
                        })
                };
                points.extend(lists.points().iter().filter(|point| shows(point)));
                points.sort_unstable();
                points.dedup();
            }
            (lists.seq(), points)
        });
        let Some((seq, points)) = found else { return Ok(None) };
        let changed: Vec<QuestionId> = self.corpus.ids(&points).into_iter().flatten().collect();
        let gone = self.gone.lock();
        let there: HashSet<&QuestionId> = changed.iter().collect();
        let deleted = gone.ids.iter().filter(|(at, id)| *at > since && !there.contains(id) && self.corpus.point(id).is_none());
        let deleted: Vec<QuestionId> = deleted.map(|(_, id)| id.clone()).collect();
        Ok(Some(Changes { seq, deleted, complete: since >= gone.since, changed }))
    }

    /// What was kept, where it is of this store's history: an older copy of the database that was put back and went on gives the same
    /// numbers to other questions.
    fn load(&self) {
        let Some(lists) = Lists::load(&self.path, self.corpus.model().fingerprint.as_str(), self.shown) else { return };
        let same = |point: &PointId| {
            let near = lists.of(*point)?.into_iter();
            let mut cosines = near.filter_map(|n| Some(self.corpus.between(*point, n.point)?.value() - n.similarity.value()));
            cosines.next().map(|difference| difference.abs() < ROUNDING)
        };
        if lists.seq() > self.corpus.applied_seq() || lists.points().iter().rev().find_map(same) == Some(false) {
            tracing::warn!("the kept lists are of another history of the store; they are made anew");
            return;
        }
        self.gone.lock().since = lists.seq();
        *self.lists.write() = lists;
    }

    fn run(&self) {
        background::yield_to_others();
        self.load();
        let mut kept = Instant::now();
        let mut unkept = false;
        while !self.is_stopping() {
            if self.lists.read().seq() == self.corpus.applied_seq() && self.seq() == self.corpus.applied_seq() {
                self.corpus.wait_for_write(self.seq(), WAIT);
                if !unkept || kept.elapsed() < KEEP_EVERY {
                    continue;
                }
            } else {
                self.update();
                unkept = true;
            }
            if kept.elapsed() >= KEEP_EVERY {
                unkept = !self.keep();
                kept = Instant::now();
            }
        }
        if unkept {
            self.keep();
        }
    }

    fn update(&self) {
        let mut lists = self.lists.write();
        let moment = self.corpus.moment(lists.next_point());
        let go = |_: &Lists, _| Ok(if self.is_stopping() { Go::Stop } else { Go::On });
        // One thread: the others are for those who wait for an answer.
        match lists.update(&moment, 1, go) {
            Ok((Go::On, removed)) => {
                self.note_gone(moment.seq, removed);
                let (seq, changed) = &self.news;
                *seq.lock() = moment.seq;
                changed.notify_all();
            }
            Ok((Go::Stop, removed)) => self.note_gone(moment.seq, removed),
            Err(error) => tracing::error!(%error, "the lists can't be brought up to date"),
        }
    }

    fn note_gone(&self, seq: SeqNo, removed: Vec<QuestionId>) {
        let mut gone = self.gone.lock();
        gone.ids.extend(removed.into_iter().map(|id| (seq, id)));
        let excess = gone.ids.len().saturating_sub(REMEMBERED);
        if let Some((at, _)) = excess.checked_sub(1).map(|last| gone.ids[last].clone()) {
            gone.since = at;
            gone.ids.drain(..excess);
        }
    }

    fn keep(&self) -> bool {
        let lists = self.lists.read();
        let kept = lists.keep(&self.path, self.corpus.model().fingerprint.as_str());
        if let Err(error) = &kept {
            tracing::warn!(%error, "the next start makes the lists anew");
        }
        kept.is_ok()
    }
}
