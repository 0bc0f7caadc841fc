//! A change of model: new embeddings grow beside the old ones and replace them in one transaction.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::StoreError;
use super::read::StoredQuestion;
use super::{StoredModel, rows, schema};
use crate::embedding::Embedding;
use crate::question::PointId;

const NEXT_FINGERPRINT: &str = "next_fingerprint";

/// A change of model under way. What is stored here is kept when the process ends, and the next one goes on from there; the
/// store answers with the old embeddings until [`Reindex::finish`].
pub struct Reindex {
    db: Connection,
    model: StoredModel,
    /// Points up to here were handed out.
    cursor: i64,
}

impl Reindex {
    /// Begins a change to `model`, or goes on with one. Embeddings of a change to another model that was given up are dropped.
    pub(super) fn begin(path: &Path, model: StoredModel) -> Result<Self, StoreError> {
        let mut db = schema::open_writer(path)?;
        let transaction = db.transaction()?;
        transaction.execute_batch(
            "CREATE TABLE IF NOT EXISTS embeddings_next (
                 point  INTEGER PRIMARY KEY REFERENCES questions (point) ON DELETE CASCADE,
                 vector BLOB NOT NULL
             ) STRICT;",
        )?;
        let stored = transaction.query_row("SELECT value FROM meta WHERE key = ?1", [NEXT_FINGERPRINT], |row| row.get(0));
        let stored: Option<String> = stored.optional()?;
        if stored.as_deref() != Some(model.fingerprint.as_str()) {
            transaction.execute("DELETE FROM embeddings_next", [])?;
            let fact = (NEXT_FINGERPRINT, model.fingerprint.as_str());
            transaction.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", fact)?;
        }
        transaction.commit()?;
        Ok(Self { db, model, cursor: -1 })
    }

    /// How many questions lack their new embedding.
    pub fn remaining(&self) -> Result<u64, StoreError> {
        let sql = "SELECT (SELECT count(*) FROM questions) - (SELECT count(*) FROM embeddings_next)";
        Ok(self.db.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }

    /// The next questions that lack their new embedding; empty when all were handed out.
    pub fn next_batch(&mut self, limit: usize) -> Result<Vec<StoredQuestion>, StoreError> {
        let sql = format!(
            "SELECT {} FROM questions WHERE point > ?1
                 AND NOT EXISTS (SELECT 1 FROM embeddings_next e WHERE e.point = questions.point)
             ORDER BY point LIMIT ?2",
            rows::QUESTION_COLUMNS
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut found = statement.query(params![self.cursor, limit as i64])?;
        let mut questions = Vec::new();
        while let Some(row) = found.next()? {
            questions.push(rows::question(row)?);
        }
        if let Some(last) = questions.last() {
            self.cursor = i64::from(last.point.0);
        }
        Ok(questions)
    }

    /// Keeps new embeddings; on the disk when it returns.
    pub fn store(&mut self, embeddings: &[(PointId, Embedding)]) -> Result<(), StoreError> {
        let transaction = self.db.transaction()?;
        for (point, embedding) in embeddings {
            let mut statement = transaction.prepare_cached("INSERT INTO embeddings_next (point, vector) VALUES (?1, ?2)")?;
            statement.execute(params![point.0, rows::vector_to_bytes(embedding)])?;
        }
        Ok(transaction.commit()?)
    }

    /// Puts the new embeddings in place of the old ones, all at once. Refused while a question lacks its own.
    pub fn finish(mut self) -> Result<(), StoreError> {
        let remaining = self.remaining()?;
        if remaining > 0 {
            return Err(StoreError::Unfinished { remaining });
        }
        let transaction = self.db.transaction()?;
        transaction.execute_batch("DROP TABLE embeddings; ALTER TABLE embeddings_next RENAME TO embeddings;")?;
        transaction.execute("DELETE FROM meta WHERE key = ?1", [NEXT_FINGERPRINT])?;
        self.model.write(&transaction)?;
        transaction.commit()?;
        // The old embeddings' pages are given back to the file system.
        self.db.execute_batch("VACUUM")?;
        Ok(self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}
