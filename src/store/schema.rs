//! The tables, and how an older file becomes a present one.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;

/// `LIKW`: marks the file as ours (SQLite's `application_id`).
const APPLICATION_ID: i64 = 0x4C49_4B57;

/// Each entry brings the schema from its position to the next; what was released is never edited, only followed.
const MIGRATIONS: [&str; 3] = [
    // `point` is never used again (AUTOINCREMENT): a new text is a new row, so that derived files can tell versions apart.
    // The vectors lie in a table of their own, so that reading texts does not drag them along.
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE questions (
         point      INTEGER PRIMARY KEY AUTOINCREMENT,
         seq        INTEGER NOT NULL,
         id         TEXT NOT NULL UNIQUE,
         title      TEXT NOT NULL,
         body       TEXT,
         language   TEXT NOT NULL,
         category   TEXT,
         tags       TEXT NOT NULL,
         url        TEXT,
         answer     TEXT,
         author     TEXT,
         created_at INTEGER NOT NULL,
         attributes TEXT
     ) STRICT;
     CREATE TABLE embeddings (
         point  INTEGER PRIMARY KEY REFERENCES questions (point) ON DELETE CASCADE,
         vector BLOB NOT NULL
     ) STRICT;
     INSERT INTO meta (key, value) VALUES ('seq', 0);",
    // What changed since, without reading every text.
    "CREATE INDEX questions_by_seq ON questions (seq);",
    // What people decided, and what tells this store from one that was made anew and has come as far. A decision that was taken back stays as a row without one, so that whoever asks what changed learns
    // of it; `touched` names every question that it was about, before and after. Lists of ids are JSON.
    "CREATE TABLE rules (
         id          TEXT PRIMARY KEY,
         seq         INTEGER NOT NULL,
         pin         TEXT NOT NULL,
         hide        TEXT NOT NULL,
         not_related TEXT NOT NULL,
         hidden      INTEGER NOT NULL,
         touched     TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE verdicts (
         a          TEXT NOT NULL,
         b          TEXT NOT NULL,
         seq        INTEGER NOT NULL,
         verdict    TEXT,
         decided_at INTEGER NOT NULL,
         PRIMARY KEY (a, b)
     ) STRICT, WITHOUT ROWID;
     INSERT INTO meta (key, value) VALUES ('store', lower(hex(randomblob(16))));",
];

/// Creates or migrates the database at `path`.
pub fn prepare(path: &Path) -> Result<(), StoreError> {
    let opening = |source| StoreError::Open { path: path.to_owned(), source };
    let mut db = Connection::open(path).map_err(opening)?;
    let integer = |db: &Connection, pragma: &str| db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let application = integer(&db, "application_id").map_err(opening)?;
    let version = integer(&db, "user_version").map_err(opening)?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).map_err(opening)?;
    if application != APPLICATION_ID && (application != 0 || tables > 0) {
        return Err(StoreError::NotOurs { path: path.to_owned() });
    }
    let known = MIGRATIONS.len() as i64;
    let Some(pending) = usize::try_from(version).ok().and_then(|from| MIGRATIONS.get(from..)) else {
        return Err(StoreError::NewerFormat { path: path.to_owned(), found: version, known });
    };
    if tables == 0 {
        // Five f32 vectors of 384 dimensions fill such a page to 94%; of the usual 4 KiB a quarter would be waste.
        db.pragma_update(None, "page_size", 8192)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    for (step, migration) in pending.iter().enumerate() {
        let transaction = db.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version + step as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Makes sure that the database at `path` is ours; tells its schema version.
pub fn version_of_ours(path: &Path) -> Result<i64, StoreError> {
    let opening = |source| StoreError::Open { path: path.to_owned(), source };
    let db = open_reader(path)?;
    let integer = |pragma: &str| db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map_err(opening);
    if integer("application_id")? != APPLICATION_ID {
        return Err(StoreError::NotOurs { path: path.to_owned() });
    }
    integer("user_version")
}

/// Makes sure that the database at `path` is ours and of the present schema.
pub fn check(path: &Path) -> Result<(), StoreError> {
    let (found, known) = (version_of_ours(path)?, MIGRATIONS.len() as i64);
    if found == known { Ok(()) } else { Err(StoreError::OtherFormat { path: path.to_owned(), found, known }) }
}

/// A connection that may write. `synchronous=FULL` makes a commit wait for the disk.
pub fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let db = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // 64 MiB of pages, in KiB: the index of ids stays in memory during an import.
    db.pragma_update(None, "cache_size", -65_536)?;
    Ok(db)
}

/// A connection that can't write.
pub fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let opening = |source| StoreError::Open { path: path.to_owned(), source };
    let db = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(opening)?;
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}
