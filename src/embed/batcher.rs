//! One model shared by many callers: waiting texts are packed into batches, and only one thread runs the model.
//!
//! Interactive texts go before bulk ones, and a bulk batch is small enough that an interactive text never waits long for it.
//! The interactive queue is bounded and refuses what it can't take; the bulk queue is bounded and makes its callers wait.
//! A caller that went away is noticed before its text costs anything.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use moka::sync::Cache;
use parking_lot::{Condvar, Mutex};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::sync::oneshot;

use super::encoder::EncodeError;
use super::model::Model;
use super::tokenizer::Tokens;
use crate::embedding::Embedding;

/// After so many batches of interactive texts a bulk one has its turn, so that an import comes to its end under any load.
const INTERACTIVE_IN_A_ROW: usize = 8;

/// So long after an interactive text the next ones are expected.
const SHARED_FOR: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy)]
pub struct EmbedderOptions {
    /// Most texts that may wait in the interactive queue.
    pub interactive_queue: usize,
    /// Most texts that may wait in the bulk queue.
    pub bulk_queue: usize,
    /// Most tokens in one batch of each lane.
    pub interactive_batch_tokens: usize,
    pub bulk_batch_tokens: usize,
    /// Most tokens in a bulk batch while somebody waits now and then, so that nobody waits long.
    pub shared_batch_tokens: usize,
    /// Texts whose embeddings are remembered.
    pub cache_entries: u64,
}

impl Default for EmbedderOptions {
    /// A bulk batch of 2,048 tokens has the best rate (`likewise bench embed`); one of 48 is over in two or three milliseconds.
    fn default() -> Self {
        Self {
            interactive_queue: 256,
            bulk_queue: 2_048,
            interactive_batch_tokens: 1_024,
            bulk_batch_tokens: 2_048,
            shared_batch_tokens: 48,
            cache_entries: 20_000,
        }
    }
}

/// An embedded text.
#[derive(Debug, Clone)]
pub struct Embedded {
    pub embedding: Embedding,
    /// Tokens that the model read.
    pub tokens: usize,
    /// Whether there were more.
    pub truncated: bool,
}

#[derive(Debug, Clone, Error)]
pub enum EmbedError {
    /// The caller's turn: come back later.
    #[error("too many texts are waiting to be embedded; come back in {} s", retry_after.as_secs())]
    Overloaded { retry_after: Duration },
    #[error(transparent)]
    Encode(#[from] Arc<EncodeError>),
    #[error("the embedder has stopped")]
    Stopped,
}

/// Counters since the start.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmbedderStats {
    pub waiting_interactive: usize,
    pub waiting_bulk: usize,
    pub texts: u64,
    pub tokens: u64,
    pub batches: u64,
    /// Texts whose caller went away before their turn.
    pub abandoned: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
}

type Answer = Result<Embedding, EmbedError>;

struct Job {
    tokens: Tokens,
    reply: oneshot::Sender<Answer>,
}

#[derive(Default)]
struct Queues {
    interactive: VecDeque<Job>,
    bulk: VecDeque<Job>,
    /// Interactive batches since the last bulk one.
    since_bulk: usize,
    /// When the last interactive text came.
    last_interactive: Option<Instant>,
    stopping: bool,
}

#[derive(Default)]
struct Counters {
    texts: AtomicU64,
    tokens: AtomicU64,
    batches: AtomicU64,
    abandoned: AtomicU64,
    busy_micros: AtomicU64,
    cache_hits: AtomicU64,
    cache_misses: AtomicU64,
}

struct Shared {
    model: Arc<Model>,
    options: EmbedderOptions,
    queues: Mutex<Queues>,
    work: Condvar,
    room: Condvar,
    counters: Counters,
}

/// Cloned by sharing it in an [`Arc`]; dropping it stops its thread after the batch under way.
pub struct Embedder {
    shared: Arc<Shared>,
    cache: Cache<[u8; 32], Embedded>,
    worker: Option<JoinHandle<()>>,
}

impl Embedder {
    pub fn start(model: Arc<Model>, options: EmbedderOptions) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            model,
            options,
            queues: Mutex::default(),
            work: Condvar::new(),
            room: Condvar::new(),
            counters: Counters::default(),
        });
        let worker = {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new().name("embedder".into()).spawn(move || shared.run())?
        };
        Ok(Self { shared, cache: Cache::new(options.cache_entries), worker: Some(worker) })
    }

    pub fn model(&self) -> &Model {
        &self.shared.model
    }

    /// Embeds a text that somebody waits for. Refused at once where the queue is full; dropping the future withdraws the
    /// text. Tokenizing happens on the runtime's blocking threads.
    pub async fn embed(&self, text: String) -> Result<Embedded, EmbedError> {
        let key = cache_key(&text);
        if let Some(known) = self.lookup(&key) {
            return Ok(known);
        }
        let shared = Arc::clone(&self.shared);
        let tokenized = tokio::task::spawn_blocking(move || shared.tokenize(&text)).await;
        let tokens = tokenized.map_err(|_| EmbedError::Stopped)??;
        let (count, truncated) = (tokens.ids.len(), tokens.truncated);
        let answer = self.shared.submit_interactive(tokens)?;
        let embedding = answer.await.map_err(|_| EmbedError::Stopped)??;
        let embedded = Embedded { embedding, tokens: count, truncated };
        self.cache.insert(key, embedded.clone());
        Ok(embedded)
    }

    /// Embeds many texts, in order, behind every interactive one. Blocks; call it from a thread that may.
    pub fn embed_bulk(&self, texts: &[String]) -> Result<Vec<Embedding>, EmbedError> {
        let mut tokens = Vec::with_capacity(texts.len());
        for (position, text) in texts.iter().enumerate() {
            tokens.push((position, self.shared.tokenize(text)?));
        }
        // Texts of like length share a batch: candle's own forward pass pads them to the longest.
        tokens.sort_by_key(|(_, tokens)| tokens.ids.len());
        let mut answers = Vec::with_capacity(tokens.len());
        for (position, tokens) in tokens {
            answers.push((position, self.shared.submit_bulk(tokens)?));
        }
        let mut embeddings = vec![None; texts.len()];
        for (position, answer) in answers {
            embeddings[position] = Some(answer.blocking_recv().map_err(|_| EmbedError::Stopped)??);
        }
        Ok(embeddings.into_iter().flatten().collect())
    }

    /// As [`Embedder::embed`] for threads that may block.
    pub fn embed_now(&self, text: &str) -> Result<Embedded, EmbedError> {
        let tokens = self.shared.tokenize(text)?;
        let (count, truncated) = (tokens.ids.len(), tokens.truncated);
        let answer = self.shared.submit_interactive(tokens)?;
        let embedding = answer.blocking_recv().map_err(|_| EmbedError::Stopped)??;
        Ok(Embedded { embedding, tokens: count, truncated })
    }

    pub fn stats(&self) -> EmbedderStats {
        let (waiting_interactive, waiting_bulk) = {
            let queues = self.shared.queues.lock();
            (queues.interactive.len(), queues.bulk.len())
        };
        let counters = &self.shared.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        EmbedderStats {
            waiting_interactive,
            waiting_bulk,
            texts: read(&counters.texts),
            tokens: read(&counters.tokens),
            batches: read(&counters.batches),
            abandoned: read(&counters.abandoned),
            cache_hits: read(&counters.cache_hits),
            cache_misses: read(&counters.cache_misses),
        }
    }

    fn lookup(&self, key: &[u8; 32]) -> Option<Embedded> {
        let known = self.cache.get(key);
        let counters = &self.shared.counters;
        let counter = if known.is_some() { &counters.cache_hits } else { &counters.cache_misses };
        counter.fetch_add(1, Ordering::Relaxed);
        known
    }
}

impl Drop for Embedder {
    fn drop(&mut self) {
        self.shared.queues.lock().stopping = true;
        self.shared.work.notify_all();
        self.shared.room.notify_all();
        if let Some(worker) = self.worker.take() {
            // A panic of the worker was already reported to every waiting caller.
            let _ = worker.join();
        }
    }
}

fn cache_key(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl Shared {
    fn tokenize(&self, text: &str) -> Result<Tokens, EmbedError> {
        self.model.tokenize(text).map_err(|e| Arc::new(e).into())
    }

    fn submit_interactive(&self, tokens: Tokens) -> Result<oneshot::Receiver<Answer>, EmbedError> {
        let (reply, answer) = oneshot::channel();
        let mut queues = self.queues.lock();
        if queues.stopping {
            return Err(EmbedError::Stopped);
        }
        if queues.interactive.len() >= self.options.interactive_queue {
            queues.interactive.retain(|job| !self.is_abandoned(job));
            if queues.interactive.len() >= self.options.interactive_queue {
                return Err(EmbedError::Overloaded { retry_after: self.backlog(&queues.interactive) });
            }
        }
        queues.last_interactive = Some(Instant::now());
        queues.interactive.push_back(Job { tokens, reply });
        self.work.notify_one();
        Ok(answer)
    }

    fn submit_bulk(&self, tokens: Tokens) -> Result<oneshot::Receiver<Answer>, EmbedError> {
        let (reply, answer) = oneshot::channel();
        let mut queues = self.queues.lock();
        self.room.wait_while(&mut queues, |q| !q.stopping && q.bulk.len() >= self.options.bulk_queue);
        if queues.stopping {
            return Err(EmbedError::Stopped);
        }
        queues.bulk.push_back(Job { tokens, reply });
        self.work.notify_one();
        Ok(answer)
    }

    fn is_abandoned(&self, job: &Job) -> bool {
        let gone = job.reply.is_closed();
        if gone {
            self.counters.abandoned.fetch_add(1, Ordering::Relaxed);
        }
        gone
    }

    /// How long the waiting texts will take at the rate seen so far; between one second and a minute.
    fn backlog(&self, waiting: &VecDeque<Job>) -> Duration {
        let tokens: usize = waiting.iter().map(|job| job.tokens.ids.len()).sum();
        let done = self.counters.tokens.load(Ordering::Relaxed).max(1);
        let busy = self.counters.busy_micros.load(Ordering::Relaxed);
        let seconds = (tokens as u64).saturating_mul(busy) / done / 1_000_000;
        Duration::from_secs(seconds.clamp(1, 60))
    }

    fn run(&self) {
        while let Some(batch) = self.next_batch() {
            self.answer(batch);
        }
    }

    /// Waits for work; `None` once stopping. Texts still waiting then are dropped, which their callers see as `Stopped`.
    fn next_batch(&self) -> Option<Vec<Job>> {
        let mut queues = self.queues.lock();
        loop {
            if queues.stopping {
                queues.interactive.clear();
                queues.bulk.clear();
                return None;
            }
            if queues.bulk.is_empty() || queues.since_bulk < INTERACTIVE_IN_A_ROW {
                let batch = self.take(&mut queues.interactive, self.options.interactive_batch_tokens);
                if !batch.is_empty() {
                    queues.since_bulk += 1;
                    return Some(batch);
                }
            }
            queues.since_bulk = 0;
            let shared = queues.last_interactive.is_some_and(|last| last.elapsed() < SHARED_FOR);
            let budget = if shared { self.options.shared_batch_tokens } else { self.options.bulk_batch_tokens };
            let batch = self.take(&mut queues.bulk, budget);
            if !batch.is_empty() {
                self.room.notify_all();
                return Some(batch);
            }
            if queues.interactive.is_empty() {
                self.work.wait(&mut queues);
            }
        }
    }

    /// Takes from the front while the batch stays within `budget` tokens; at least one text where one waits.
    fn take(&self, queue: &mut VecDeque<Job>, budget: usize) -> Vec<Job> {
        let mut batch: Vec<Job> = Vec::new();
        let mut tokens = 0;
        while let Some(job) = queue.front() {
            if !batch.is_empty() && tokens + job.tokens.ids.len() > budget {
                break;
            }
            let Some(job) = queue.pop_front() else { break };
            if !self.is_abandoned(&job) {
                tokens += job.tokens.ids.len();
                batch.push(job);
            }
        }
        batch
    }

    fn answer(&self, batch: Vec<Job>) {
        let started = Instant::now();
        let tokens: Vec<&Tokens> = batch.iter().map(|job| &job.tokens).collect();
        let count: usize = tokens.iter().map(|t| t.ids.len()).sum();
        // A panic inside the tensor library must not end the thread that everybody waits for.
        let encoded = catch_unwind(AssertUnwindSafe(|| self.model.encode(&tokens)));
        self.counters.batches.fetch_add(1, Ordering::Relaxed);
        self.counters.texts.fetch_add(batch.len() as u64, Ordering::Relaxed);
        self.counters.tokens.fetch_add(count as u64, Ordering::Relaxed);
        self.counters.busy_micros.fetch_add(started.elapsed().as_micros() as u64, Ordering::Relaxed);
        match encoded {
            Ok(Ok(embeddings)) => {
                for (job, embedding) in batch.into_iter().zip(embeddings) {
                    // The caller may have gone meanwhile.
                    let _ = job.reply.send(Ok(embedding));
                }
            }
            Ok(Err(error)) => {
                let error = Arc::new(error);
                for job in batch {
                    let _ = job.reply.send(Err(EmbedError::Encode(Arc::clone(&error))));
                }
            }
            // Dropping the replies tells the callers.
            Err(_panic) => tracing::error!(texts = batch.len(), "the model's forward pass panicked"),
        }
    }
}
