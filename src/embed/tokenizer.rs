//! Text to token ids. The only place that names the `tokenizers` crate.

use tokenizers::models::ModelWrapper;
use tokenizers::{TruncationDirection, TruncationParams, TruncationStrategy};

use super::error::ModelError;
use super::files::ModelFiles;
use super::spec::ModelSpec;

/// The token ids of one text, special tokens included, cut at the model's longest input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    pub ids: Vec<u32>,
    /// Whether the text was longer than the model reads.
    pub truncated: bool,
}

pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    lowercase: bool,
    prompt: String,
}

impl Tokenizer {
    pub fn load(files: &ModelFiles, spec: &ModelSpec) -> Result<Self, ModelError> {
        let file = format!("{}tokenizer.json", spec.root);
        let bytes = files.read(&file)?;
        let mut inner = tokenizers::Tokenizer::from_bytes(&bytes).map_err(|e| files.malformed(&file, e))?;
        inner.with_padding(None);
        let truncation = TruncationParams {
            max_length: spec.max_tokens,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
            direction: TruncationDirection::Right,
        };
        inner.with_truncation(Some(truncation)).map_err(|e| files.malformed(&file, e))?;
        let pieces = inner.get_vocab_size(true);
        if pieces > spec.architecture.vocab_size {
            let why = format!("it has {pieces} pieces, config.json tells of {}", spec.architecture.vocab_size);
            return Err(files.malformed(&file, why));
        }
        Ok(Self { inner, lowercase: spec.lowercase, prompt: spec.prompt.clone().unwrap_or_default() })
    }

    /// The pieces of `text` without prompt and special ones, each with its letters; without letters where the vocabulary lacks
    /// them.
    pub fn pieces(&self, text: &str) -> Vec<(u32, Option<String>)> {
        let text = if self.lowercase { text.to_lowercase() } else { text.to_owned() };
        // A text that can't be split has no pieces.
        let ids = self.inner.encode_fast(text, false).map_or(Vec::new(), |encoding| encoding.get_ids().to_vec());
        let unknown = self.unknown();
        ids.into_iter().map(|id| (id, self.inner.id_to_token(id).filter(|_| Some(id) != unknown))).collect()
    }

    /// The natural logarithm of each piece's probability by its id, `None` for the unknown piece; only a Unigram model has it.
    pub fn log_probabilities(&self) -> Option<Vec<Option<f32>>> {
        let ModelWrapper::Unigram(model) = self.inner.get_model() else { return None };
        let unknown = self.unknown();
        let known = model.iter().enumerate().map(|(id, (_, score))| (Some(id as u32) != unknown).then_some(*score as f32));
        Some(known.collect())
    }

    fn unknown(&self) -> Option<u32> {
        ["[UNK]", "<unk>"].into_iter().find_map(|name| self.inner.token_to_id(name))
    }

    /// The prompt, then `text`. Cost grows with the whole text, also where only its beginning is kept.
    pub fn encode(&self, text: &str) -> Result<Tokens, tokenizers::Error> {
        let mut input = format!("{}{text}", self.prompt);
        if self.lowercase {
            input = input.to_lowercase();
        }
        let encoding = self.inner.encode_fast(input, true)?;
        Ok(Tokens { ids: encoding.get_ids().to_vec(), truncated: !encoding.get_overflowing().is_empty() })
    }
}
