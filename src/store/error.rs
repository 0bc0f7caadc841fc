//! What can go wrong with the store.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("{} can't be opened as a likewise database", path.display())]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error("{} is a database of another program", path.display())]
    NotOurs { path: PathBuf },
    #[error("{} has schema version {found}, this program knows up to {known}: use the newer program", path.display())]
    NewerFormat { path: PathBuf, found: i64, known: i64 },
    #[error("{} has schema version {found}, and the process that uses it is another version than this one ({known})", path.display())]
    OtherFormat { path: PathBuf, found: i64, known: i64 },
    #[error("{} is there already", path.display())]
    Exists { path: PathBuf },
    #[error("{} is damaged: {fault}", path.display())]
    DamagedBackup { path: PathBuf, fault: String },
    #[error("{} can't be written", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("the disk is full: nothing of this write was stored; make room and send it again")]
    DiskFull,
    #[error("the store is out of point numbers: export it and import it into a new data folder")]
    PointsExhausted,
    #[error("{remaining} questions lack their new embedding; run `likewise reindex` again")]
    Unfinished { remaining: u64 },
    #[error("questions were deleted faster than a list of them could be read; ask again")]
    Changing,
    #[error("the store holds a damaged row for question {id}: {why}; restore a backup")]
    Damaged { id: String, why: String },
    #[error("the database failed")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Sqlite(error),
        }
    }
}
