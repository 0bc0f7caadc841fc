//! Which ids an import has met, in bounded memory.

use rusqlite::{Connection, params};

use super::error::StoreError;
use crate::question::QuestionId;

/// A set of ids that spills to a temporary file of SQLite's (removed when dropped), so that a file of any length can be
/// checked for ids that stand in it twice.
pub struct SeenIds {
    db: Connection,
}

impl SeenIds {
    pub fn new() -> Result<Self, StoreError> {
        // An empty name is a private database on disk, used beyond the page cache only.
        let db = Connection::open("")?;
        db.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;
             CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID; BEGIN;",
        )?;
        Ok(Self { db })
    }

    /// Notes that `id` stands on `line`; answers the line it stood on before, if it did.
    pub fn insert(&mut self, id: &QuestionId, line: u64) -> Result<Option<u64>, StoreError> {
        let line = i64::try_from(line).unwrap_or(i64::MAX);
        let mut insert = self.db.prepare_cached("INSERT OR IGNORE INTO seen (id, line) VALUES (?1, ?2)")?;
        if insert.execute(params![id.as_str(), line])? == 1 {
            return Ok(None);
        }
        let mut find = self.db.prepare_cached("SELECT line FROM seen WHERE id = ?1")?;
        let first: i64 = find.query_row([id.as_str()], |row| row.get(0))?;
        Ok(Some(first.unsigned_abs()))
    }
}
