//! The quality of a model on labelled data: what was measured, on what, and pictures of it.

mod lists;
mod metrics;
mod plot;
mod read;
mod retrieval;
mod run;

use std::collections::BTreeMap;
use std::path::PathBuf;

use thiserror::Error;

use crate::corpus::CorpusError;
use crate::embed::EmbedError;
use crate::ingest::IngestError;
use crate::question::QuestionText;
use crate::store::StoreError;

pub use lists::ListQuality;
pub use metrics::{Cut, Ranking};
pub use plot::{Curve, PlotError, plot, plot_curves, plot_histogram};
pub use read::{Dataset, read};
pub use run::{cosines, run, run_lists};

#[derive(Debug, Error)]
pub enum EvaluateError {
    #[error("{}: can't be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}: {why}", path.display())]
    Row { path: PathBuf, line: usize, why: String },
    #[error("no group has a text in the language {0:?} and another text to look it up by")]
    NothingToFind(String),
    #[error("the folder for the texts can't be made")]
    Folder(#[source] std::io::Error),
    #[error(transparent)]
    Embed(#[from] EmbedError),
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Texts that ask the same thing, by language.
#[derive(Debug, Clone)]
pub struct Group {
    pub texts: BTreeMap<String, Vec<QuestionText>>,
}

/// One measurement.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// What was measured, in words: a language pair, or the kind of pairs.
    pub task: String,
    /// Pairs, or queries.
    pub count: usize,
    pub measured: Measured,
}

#[derive(Debug, Clone)]
pub enum Measured {
    /// Cosine against graded likeness.
    Graded { spearman: f64, pearson: f64 },
    /// Cosine as a sign that a pair asks the same.
    Labelled {
        average_precision: f64,
        roc_auc: f64,
        /// The cut with the highest accuracy.
        best: Cut,
        /// Mean distance between the probability that is said and the share that is so; of probabilities only.
        calibration_error: Option<f64>,
        cuts: Vec<Cut>,
        scores: Vec<f64>,
        labels: Vec<bool>,
    },
    /// How well the right one of `documents` was found.
    Found { documents: usize, ranking: Ranking },
    /// How the lists of stored questions are, among `documents`.
    Listed { documents: usize, quality: ListQuality },
}
