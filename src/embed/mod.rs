//! Text in, unit vectors out: sentence-embedding models in the sentence-transformers layout, run by candle.
//!
//! [`ModelFiles`] says where a model's files lie, [`ModelSpec`] what they say (nothing is guessed: a missing or unknown file
//! is an error that names it), [`Model`] joins tokenizer and encoder, and [`Embedder`] shares one model among many callers.

mod batcher;
mod bundled;
mod card;
mod composition;
mod compute;
mod encoder;
mod error;
mod files;
mod hub;
mod model;
mod packed;
mod reference;
mod spec;
mod tokenizer;
mod vocabulary;
mod weights;

pub use batcher::{EmbedError, Embedded, Embedder, EmbedderOptions, EmbedderStats};
pub use card::{ModelCard, WeightsFile, weights_files};
pub use composition::compose;
pub use compute::{Choice, Compute};
pub use error::ModelError;
pub use files::{ModelFiles, ModelName};
pub use hub::{Hub, HubError};
pub use model::{Model, ModelInfo};
pub use packed::Spent;
pub use spec::{ModelSpec, Pooling};
pub use tokenizer::Tokens;
pub use vocabulary::{MOST_KINSHIP, NEUTRAL_KINSHIP, Pieces, Vocabulary};
