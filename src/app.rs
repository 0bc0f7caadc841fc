//! Everything joined: one model, one corpus, by one configuration.

use std::sync::Arc;

use anyhow::Context;

use crate::config::Config;
use crate::corpus::{Archive, Corpus, CorpusError, stored_model};
use crate::duplicates::{Calibration, Judge};
use crate::embed::{Embedder, Model, ModelFiles};
use crate::lists::LivingLists;
use crate::memory;
use crate::recommend::{DEFAULT_LIMIT, depth};
use crate::store::StoredModel;

/// What the command line and the HTTP server work with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub corpus: Arc<Corpus>,
    pub embedder: Arc<Embedder>,
    pub judge: Arc<Judge>,
    /// While serving.
    pub lists: Option<Arc<LivingLists>>,
}

impl App {
    /// Loads the model, then the data folder. `progress` is told how many of how many questions are loaded.
    pub fn open(config: &Config, progress: impl FnMut(u64, u64)) -> anyhow::Result<Self> {
        Self::join(config, |model| Corpus::open(&config.data_dir, model, config.index, progress))
    }

    /// As [`App::open`]; where another process holds the folder, it is read beside it.
    pub fn open_to_read(config: &Config, progress: impl FnMut(u64, u64)) -> anyhow::Result<Self> {
        Self::join(config, |model| Corpus::open_to_read(&config.data_dir, model, config.index, progress))
    }

    fn join(config: &Config, open: impl FnOnce(StoredModel) -> Result<Corpus, CorpusError>) -> anyhow::Result<Self> {
        let model = load_model(config)?;
        let judge = Arc::new(judge(config, &model)?);
        let corpus = open(stored_model(&model))?;
        let embedder = Arc::new(start_embedder(config, model)?);
        Ok(Self { corpus: Arc::new(corpus), embedder, judge, lists: None })
    }

    /// Starts the thread that keeps the nearest of all questions, as many as a list is chosen from by default.
    pub fn start_lists(&mut self, config: &Config) -> anyhow::Result<()> {
        let shown = depth(DEFAULT_LIMIT);
        let lists = LivingLists::start(Arc::clone(&self.corpus), config.lists_file(shown), shown);
        self.lists = Some(lists.context("the lists' thread can't be started")?);
        Ok(())
    }

    /// Finishes what is under way and leaves whole files behind.
    pub fn close(&self) {
        if let Some(lists) = &self.lists {
            lists.close();
        }
        self.corpus.close();
    }
}

/// The data folder without its index, and the model: for work that only stores.
pub fn open_archive(config: &Config) -> anyhow::Result<(Archive, Embedder)> {
    let model = load_model(config)?;
    let archive = Archive::open(&config.data_dir, stored_model(&model))?;
    Ok((archive, start_embedder(config, model)?))
}

fn start_embedder(config: &Config, model: Model) -> anyhow::Result<Embedder> {
    Embedder::start(Arc::new(model), config.embedder).context("the embedder's thread can't be started")
}

/// What tells whether questions are the same, by this model.
pub fn judge(config: &Config, model: &Model) -> anyhow::Result<Judge> {
    let calibration = Calibration::find(&config.calibration_file(), model.info().fingerprint.as_str())?;
    Ok(Judge::new(calibration, model.vocabulary().cloned()))
}

/// The configured model.
pub fn load_model(config: &Config) -> anyhow::Result<Model> {
    let files = ModelFiles::locate(&config.model, &config.hub_cache())?;
    let model = Model::load(&files, config.prompt.as_deref(), config.compute)?;
    memory::give_back();
    Ok(model)
}
