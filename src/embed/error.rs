//! What can be wrong with a model. Each variant is the operator's to mend and names the file at fault.

use std::path::PathBuf;

use thiserror::Error;

use super::compute::Choice;

#[derive(Debug, Error)]
pub enum ModelError {
    #[error("model {model}: {file} is missing; a model is a folder in the sentence-transformers layout")]
    MissingFile { model: String, file: String },
    #[error("model {model}: {file} can't be read")]
    Read { model: String, file: String, source: std::io::Error },
    #[error("model {model}: {file} is not as expected: {why}")]
    Malformed { model: String, file: String, why: String },
    #[error("model {model}: {what} is not supported (in {file})")]
    Unsupported { model: String, file: String, what: String },
    #[error("model {model}: the weights don't fit {}: {source}", file)]
    Weights { model: String, file: String, source: candle_core::Error },
    #[error("model {model} is neither `bundled`, nor a folder, nor fetched: run `likewise model fetch {model}` (looked in {})", looked_in.display())]
    NotFound { model: String, looked_in: PathBuf },
    #[error("the model can't be computed as {choice}: {why}")]
    Compute { choice: Choice, why: &'static str },
    #[error("the model can't be computed as cuda, which takes a build with `--features cuda` and an NVIDIA GPU: {0}")]
    Cuda(candle_core::Error),
    #[error("the threads that compute the model can't be started")]
    Threads(#[source] rayon::ThreadPoolBuildError),
    #[error("{0:?} is no model name: `bundled`, a folder, or `owner/name[@revision]`")]
    BadName(String),
}
