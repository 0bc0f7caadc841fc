//! `likewise reindex`.

use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::Done;
use super::progress::Progress;
use crate::app::load_model;
use crate::config::Config;
use crate::corpus::stored_model;
use crate::embed::{Embedder, compose};
use crate::store::{FolderLock, Store};

/// Questions that are embedded and kept together.
const CHUNK: usize = 512;

/// Change to the configured model: embed every stored question with it.
///
/// The old embeddings stay until all new ones are there, and are then replaced at once. When it is stopped, run it again: it
/// goes on from there. The data folder must not be in use.
#[derive(Debug, Args)]
pub struct Reindex {}

impl Reindex {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        let model = load_model(config)?;
        let target = stored_model(&model);
        let _lock = FolderLock::acquire(&config.data_dir)?;
        let store = Store::open(&config.data_dir)?;
        if store.reader().model()?.is_some_and(|stored| stored.fingerprint == target.fingerprint) {
            eprintln!("the questions are embedded with {} already", target.name);
            return Ok(Done::Fully);
        }
        let embedder = Embedder::start(Arc::new(model), config.embedder).context("the embedder's thread can't be started")?;
        let mut reindex = store.reindex(target)?;
        let mut progress = Progress::items("embedding", reindex.remaining()?);
        let mut done = 0;
        loop {
            let questions = reindex.next_batch(CHUNK)?;
            if questions.is_empty() {
                break;
            }
            let texts: Vec<String> = questions.iter().map(|stored| compose(&stored.question.text)).collect();
            let points = questions.iter().map(|stored| stored.point);
            let embeddings: Vec<_> = points.zip(embedder.embed_bulk(&texts)?).collect();
            reindex.store(&embeddings)?;
            done += embeddings.len() as u64;
            progress.update(done, done);
        }
        reindex.finish()?;
        progress.finish();
        eprintln!("{done} questions embedded in {:.0} s", progress.elapsed().as_secs_f64());
        Ok(Done::Fully)
    }
}
