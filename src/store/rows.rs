//! Rows to values and back.

use jiff::Timestamp;
use rusqlite::Row;

use super::error::StoreError;
use super::read::StoredQuestion;
use crate::embedding::{Embedding, EmbeddingError};
use crate::question::{Language, PointId, Question, QuestionId, QuestionText, SeqNo};

/// The columns that [`question`] reads, in its order.
pub const QUESTION_COLUMNS: &str =
    "point, seq, id, title, body, language, category, tags, url, answer, author, created_at, attributes";

/// Reads a question; every part passes its door again, so a damaged row is found here and not later.
pub fn question(row: &Row<'_>) -> Result<StoredQuestion, StoreError> {
    let id: String = row.get(2)?;
    let damaged = |why: String| StoreError::Damaged { id: id.clone(), why };
    let title: String = row.get(3)?;
    let body: Option<String> = row.get(4)?;
    let question = Question {
        id: QuestionId::parse(&id).map_err(|e| damaged(format!("id {e}")))?,
        text: QuestionText::parse(&title, body.as_deref()).map_err(|e| damaged(e.to_string()))?,
        language: Language::parse(&row.get::<_, String>(5)?).map_err(|e| damaged(e.to_string()))?,
        category: row.get(6)?,
        tags: serde_json::from_str(row.get_ref(7)?.as_str().map_err(rusqlite::Error::from)?)
            .map_err(|e| damaged(format!("tags: {e}")))?,
        url: row.get(8)?,
        answer: row.get(9)?,
        author: row.get(10)?,
        created_at: Timestamp::from_microsecond(row.get(11)?).map_err(|e| damaged(e.to_string()))?,
        attributes: row.get(12)?,
    };
    Ok(StoredQuestion { point: point(row.get(0)?)?, seq: SeqNo(row.get::<_, i64>(1)?.unsigned_abs()), question })
}

pub fn point(number: i64) -> Result<PointId, StoreError> {
    u32::try_from(number).map(PointId).map_err(|_| StoreError::PointsExhausted)
}

/// Little-endian f32, in order.
pub fn vector_to_bytes(embedding: &Embedding) -> Vec<u8> {
    embedding.as_slice().iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub fn vector_from_bytes(bytes: &[u8], dimension: usize, into: &mut Vec<f32>) -> Result<(), EmbeddingError> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    if numbers.len() != dimension || !rest.is_empty() {
        return Err(EmbeddingError::WrongDimension { expected: dimension, actual: numbers.len() });
    }
    let start = into.len();
    into.extend(numbers.iter().map(|number| f32::from_le_bytes(*number)));
    match into[start..].iter().position(|value| !value.is_finite()) {
        Some(position) => Err(EmbeddingError::NotFinite { position }),
        None => Ok(()),
    }
}
