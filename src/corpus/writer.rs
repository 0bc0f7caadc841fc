//! The writing thread: takes what waits, commits it at once, shows it to searches, answers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use super::{CorpusError, Shared};
use crate::catalog::Entry;
use crate::embedding::Embedding;
use crate::lexical::Terms;
use crate::question::{PointId, Question};
use crate::store::{Committed, Outcome, Put, Write, Writer};

/// Callers that may wait for the writer before the next one waits for them.
const QUEUED_REQUESTS: usize = 64;
/// Writes of waiting callers that share one commit.
const GROUP_WRITES: usize = 2_048;

type Answer = Result<(Committed, Vec<Write>), CorpusError>;

struct Request {
    writes: Vec<Write>,
    reply: SyncSender<Answer>,
}

/// Closed explicitly or by dropping: writes what was queued, empties the log into the database file and ends the thread.
pub struct WriterThread {
    requests: Mutex<Option<SyncSender<Request>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl WriterThread {
    pub fn start(writer: Writer, shared: Arc<Shared>) -> std::io::Result<Self> {
        let (requests, queue) = sync_channel(QUEUED_REQUESTS);
        let thread = std::thread::Builder::new().name("writer".into());
        let thread = thread.spawn(move || run(writer, &shared, &queue))?;
        Ok(Self { requests: Mutex::new(Some(requests)), thread: Mutex::new(Some(thread)) })
    }

    pub fn write(&self, writes: Vec<Write>) -> Answer {
        let (reply, answer) = sync_channel(1);
        let requests = self.requests.lock().clone().ok_or(CorpusError::Closing)?;
        requests.send(Request { writes, reply }).map_err(|_| CorpusError::Closing)?;
        // A sender kept while waiting would keep the thread from ending.
        drop(requests);
        answer.recv().map_err(|_| CorpusError::Closing)?
    }

    /// Ends the thread after what was queued; later writes are refused.
    pub fn close(&self) {
        drop(self.requests.lock().take());
        if let Some(thread) = self.thread.lock().take() {
            // A panic was already reported to whoever waited.
            let _ = thread.join();
        }
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.close();
    }
}

fn run(mut writer: Writer, shared: &Shared, queue: &Receiver<Request>) {
    while let Ok(first) = queue.recv() {
        let mut group = vec![first];
        let mut writes = group[0].writes.len();
        while writes < GROUP_WRITES
            && let Ok(next) = queue.try_recv()
        {
            writes += next.writes.len();
            group.push(next);
        }
        commit(&mut writer, shared, group);
    }
    if let Err(error) = writer.checkpoint() {
        tracing::warn!(%error, "the write-ahead log stays beside the database; the next start takes it in");
    }
}

fn commit(writer: &mut Writer, shared: &Shared, group: Vec<Request>) {
    let mut replies = Vec::with_capacity(group.len());
    let mut writes = Vec::new();
    for request in group {
        replies.push((request.reply, request.writes.len()));
        writes.extend(request.writes);
    }
    let committed = match writer.write(&mut writes) {
        Ok(committed) => committed,
        Err(error) => {
            let error = Arc::new(error);
            for (reply, _) in replies {
                // Whoever went away meanwhile needs no answer.
                let _ = reply.send(Err(CorpusError::Write(Arc::clone(&error))));
            }
            return;
        }
    };
    show(shared, &writes, &committed);
    let mut writes = writes.into_iter();
    let mut outcomes = committed.outcomes.into_iter();
    for (reply, count) in replies {
        let outcomes = outcomes.by_ref().take(count).collect();
        let part = Committed { seq: committed.seq, outcomes };
        let _ = reply.send(Ok((part, writes.by_ref().take(count).collect())));
    }
}

/// Brings indexes, catalog and decisions in step with what was committed.
fn show(shared: &Shared, writes: &[Write], committed: &Committed) {
    // The store takes a new text only with its embedding.
    let embedded = |(point, put): (PointId, &Put)| Some((point, put.embedding.clone()?));
    let inserted: Vec<(PointId, Embedding)> = new_texts(writes, committed).filter_map(embedded).collect();
    // Before the lock: nobody waits while texts are split.
    let words = new_texts(writes, committed).map(|(point, put)| (point, Terms::of(&put.question.text)));
    let words: Vec<(PointId, Terms)> = words.collect();
    {
        // All under one lock: see `Shared::upkeep_step`.
        let mut catalog = shared.catalog.write();
        let mut lexical = shared.lexical.write();
        words.iter().for_each(|(point, terms)| lexical.insert(*point, terms));
        if !inserted.is_empty() {
            shared.index.insert(&inserted);
        }
        for (write, outcome) in writes.iter().zip(&committed.outcomes) {
            match (outcome, write) {
                (Outcome::Created { point }, Write::Put(put)) => catalog.insert(*point, entry(&put.question)),
                (Outcome::Replaced { old, new }, Write::Put(put)) => {
                    catalog.remove(*old);
                    lexical.remove(*old);
                    catalog.insert(*new, entry(&put.question));
                }
                (Outcome::Updated { point }, Write::Put(put)) => {
                    catalog.remove(*point);
                    catalog.insert(*point, entry(&put.question));
                }
                (Outcome::Deleted { point }, _) => {
                    catalog.remove(*point);
                    lexical.remove(*point);
                }
                (Outcome::Decided, Write::Rule(id, rules)) => shared.editorial.write().set_rules(id, rules.clone()),
                (Outcome::Decided, Write::Decide(pair, decision)) => {
                    shared.editorial.write().set_decision(pair.clone(), *decision);
                }
                _ => {}
            }
        }
    }
    {
        let (lock, written) = &shared.written;
        let _guard = lock.lock();
        shared.applied.store(committed.seq.0, Ordering::Release);
        written.notify_all();
    }
    shared.unkept.fetch_add(writes.len() as u64, Ordering::Relaxed);
    *shared.dirty.lock() = true;
    shared.wake_upkeep.notify_one();
}

/// The points that came, with their questions.
fn new_texts<'a>(writes: &'a [Write], committed: &'a Committed) -> impl Iterator<Item = (PointId, &'a Put)> {
    writes.iter().zip(&committed.outcomes).filter_map(|(write, outcome)| match (write, outcome) {
        (Write::Put(put), Outcome::Created { point } | Outcome::Replaced { new: point, .. }) => Some((*point, &**put)),
        _ => None,
    })
}

fn entry(question: &Question) -> Entry {
    Entry {
        id: question.id.clone(),
        language: question.language.clone(),
        category: question.category.clone(),
        tags: question.tags.clone(),
        created_at: question.created_at,
    }
}
