//! One loaded model: tokenizer, encoder and identity.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::composition::COMPOSITION;
use super::compute::Compute;
use super::encoder::{EncodeError, Encoder};
use super::error::ModelError;
use super::files::ModelFiles;
use super::packed::Spent;
use super::spec::ModelSpec;
use super::tokenizer::{Tokenizer, Tokens};
use super::vocabulary::Vocabulary;
use crate::embedding::{Embedding, Fingerprint};

/// What a caller may know of a model.
#[derive(Debug, Clone)]
pub struct ModelInfo {
    pub name: String,
    pub fingerprint: Fingerprint,
    pub dimension: usize,
    pub max_tokens: usize,
    pub prompt: Option<String>,
    pub family: String,
    pub layers: usize,
    pub pooling: String,
    pub vocabulary: usize,
    /// How it is computed here: precision and instructions.
    pub compute: String,
    /// Threads that compute it.
    pub threads: usize,
}

/// A model ready to embed. Shared freely among threads.
pub struct Model {
    tokenizer: Arc<Tokenizer>,
    vocabulary: Option<Arc<Vocabulary>>,
    encoder: Encoder,
    info: ModelInfo,
}

impl Model {
    /// Loads weights and tokenizer. `prompt`, where given, replaces the one the model names.
    pub fn load(files: &ModelFiles, prompt: Option<&str>, compute: Compute) -> Result<Self, ModelError> {
        let spec = ModelSpec::read(files, prompt)?;
        let tokenizer = Arc::new(Tokenizer::load(files, &spec)?);
        let (encoder, words) = Encoder::load(files, &spec, compute)?;
        let vocabulary = Vocabulary::of(&tokenizer, &words).map(Arc::new);
        let info = ModelInfo {
            name: files.name().to_string(),
            fingerprint: fingerprint(files, &spec)?,
            dimension: spec.dimension(),
            max_tokens: spec.max_tokens,
            prompt: spec.prompt.clone(),
            family: format!("{:?}", spec.architecture.family),
            layers: spec.architecture.layers,
            pooling: format!("{:?}", spec.pooling).to_lowercase(),
            vocabulary: spec.architecture.vocab_size,
            compute: encoder.path(),
            threads: compute.threads(),
        };
        Ok(Self { tokenizer, vocabulary, encoder, info })
    }

    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// What its pieces say of words; only of a model whose tokenizer knows their probability.
    pub fn vocabulary(&self) -> Option<&Arc<Vocabulary>> {
        self.vocabulary.as_ref()
    }

    pub fn tokenize(&self, text: &str) -> Result<Tokens, EncodeError> {
        self.tokenizer.encode(text).map_err(|e| EncodeError::Forward(candle_core::Error::Msg(e.to_string())))
    }

    /// Where the time of all forward passes of one thread went; `None` where candle's own forward pass is used.
    pub fn spent(&self) -> Option<Spent> {
        self.encoder.spent()
    }

    /// One embedding a text, in order. The vector of a text does not depend on the others.
    pub fn encode(&self, batch: &[&Tokens]) -> Result<Vec<Embedding>, EncodeError> {
        self.encoder.encode(batch)
    }
}

/// Digests everything that decides a vector; the name of the model is no part of it.
fn fingerprint(files: &ModelFiles, spec: &ModelSpec) -> Result<Fingerprint, ModelError> {
    let mut digest = Sha256::new();
    let mut part = |label: &str, bytes: &[u8]| {
        digest.update(label);
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    };
    part("composition", COMPOSITION.as_bytes());
    part("spec", spec.identity().as_bytes());
    part("tokenizer", &files.read(&format!("{}tokenizer.json", spec.root))?);
    for (_, bytes) in files.weights(spec)? {
        part("weights", &bytes);
    }
    Ok(Fingerprint::from_digest(&digest.finalize()))
}
