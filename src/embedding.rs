//! Unit vectors, their likeness, and the identity of the model that made them.

use std::fmt;
use std::sync::Arc;

use pulp::Arch;
use thiserror::Error;

use crate::matmul::dot;

/// How far from one the length of a unit vector of f32 numbers may be.
const UNIT_ROUNDING: f64 = 1e-6;

/// Why a list of numbers is no embedding.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum EmbeddingError {
    #[error("a vector of {actual} numbers where the model makes {expected}")]
    WrongDimension { expected: usize, actual: usize },
    #[error("a vector with a number that is not finite, at position {position}")]
    NotFinite { position: usize },
    #[error("a vector of length zero")]
    Zero,
}

/// A finite vector of length one. Cheap to clone.
///
/// There is no other door than [`Embedding::normalize`], so nothing downstream checks again.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding(Arc<[f32]>);

impl Embedding {
    /// Scales `values` to length one. Those that have it already but for rounding stay as they are, so that a vector does not
    /// change on its way into the store and out of it.
    pub fn normalize(values: &[f32]) -> Result<Self, EmbeddingError> {
        if let Some(position) = values.iter().position(|v| !v.is_finite()) {
            return Err(EmbeddingError::NotFinite { position });
        }
        // In f64: squares of large f32 numbers overflow.
        let length = values.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
        if length < 1e-30 {
            return Err(EmbeddingError::Zero);
        }
        if (length - 1.0).abs() < UNIT_ROUNDING {
            return Ok(Self(values.into()));
        }
        Ok(Self(values.iter().map(|&v| (f64::from(v) / length) as f32).collect()))
    }

    /// As [`Embedding::normalize`], for a vector that must have `dimension` numbers.
    pub fn normalize_to(values: &[f32], dimension: usize) -> Result<Self, EmbeddingError> {
        if values.len() != dimension {
            return Err(EmbeddingError::WrongDimension { expected: dimension, actual: values.len() });
        }
        Self::normalize(values)
    }

    pub fn dimension(&self) -> usize {
        self.0.len()
    }

    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// The cosine of the angle between two embeddings of one model. Cost: some 20 ns.
    pub fn similarity(&self, other: &Self) -> Similarity {
        debug_assert_eq!(self.dimension(), other.dimension());
        Similarity::new(dot(Arch::new(), &self.0, &other.0))
    }
}

/// The cosine of two embeddings: -1 (opposite) to 1 (same direction). Totally ordered.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Similarity(f32);

impl Similarity {
    /// `cosine` must be finite; rounding beyond -1 and 1 is cut off.
    pub fn new(cosine: f32) -> Self {
        debug_assert!(cosine.is_finite(), "embeddings are finite, so their product is");
        Self(cosine.clamp(-1.0, 1.0))
    }

    pub fn value(self) -> f32 {
        self.0
    }
}

impl Eq for Similarity {}

#[expect(clippy::derive_ord_xor_partial_ord, reason = "never NaN, so both orders agree")]
impl Ord for Similarity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Digest of all that decides a vector: weights, tokenizer, pooling, prompt, longest input and how title and body are
/// composed. Vectors with different fingerprints are never compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// `digest` is the SHA-256 of the above; its first 16 bytes are kept, as hexadecimal digits.
    pub fn from_digest(digest: &[u8]) -> Self {
        Self(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    /// A fingerprint that was written down by [`Fingerprint::as_str`].
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embeddings_have_length_one() {
        let embedding = Embedding::normalize(&[3.0, 4.0]).expect("valid");
        assert_eq!(embedding.as_slice(), [0.6, 0.8]);
        assert_eq!(Embedding::normalize(embedding.as_slice()), Ok(embedding));
        let huge = Embedding::normalize(&[f32::MAX, f32::MAX]).expect("no overflow");
        assert!((huge.as_slice()[0] - 0.5_f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn what_is_no_direction_is_refused() {
        assert_eq!(Embedding::normalize(&[0.0, 0.0]), Err(EmbeddingError::Zero));
        assert_eq!(Embedding::normalize(&[1.0, f32::NAN]), Err(EmbeddingError::NotFinite { position: 1 }));
        let short = Embedding::normalize_to(&[1.0], 2);
        assert_eq!(short, Err(EmbeddingError::WrongDimension { expected: 2, actual: 1 }));
    }
}
