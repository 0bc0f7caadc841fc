//! One file that holds all of a store, and a store from such a file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::read::Reader;
use super::{DATABASE_FILE, Store, schema};
use crate::question::SeqNo;

impl Reader {
    /// Writes a copy of one state into `path`, durably, whole or not at all; tells which state. Writers go on meanwhile.
    pub fn backup(&self, path: &Path) -> Result<SeqNo, StoreError> {
        if path.exists() {
            return Err(StoreError::Exists { path: path.to_owned() });
        }
        let part = beside(path);
        remove(&part)?;
        let written = self.copy_into(&part).and_then(|()| keep(&part, path));
        if written.is_err() {
            // What is half written is of no use. There may be nothing to remove.
            let _ = std::fs::remove_file(&part);
        }
        written?;
        Self::new(path.to_owned()).seq()
    }
}

impl Store {
    /// The store of a backup in `folder`, which this process has locked. Another one that is there is refused, or with `replace`
    /// lost. The backup is checked first.
    pub fn restore(backup: &Path, folder: &Path, replace: bool) -> Result<Self, StoreError> {
        let path = folder.join(DATABASE_FILE);
        if path.exists() && !replace {
            return Err(StoreError::Exists { path });
        }
        schema::version_of_ours(backup)?;
        let reader = Reader::new(backup.to_owned());
        if let Some(fault) = reader.faults()?.into_iter().next() {
            return Err(StoreError::DamagedBackup { path: backup.to_owned(), fault });
        }
        let part = beside(&path);
        remove(&part)?;
        reader.copy_into(&part)?;
        // An older schema is brought to the present one, a newer one refused, before anything is lost.
        schema::prepare(&part)?;
        // The log of the former database must not be taken for one of this.
        for suffix in ["-wal", "-shm"] {
            remove(&folder.join(format!("{DATABASE_FILE}{suffix}")))?;
        }
        keep(&part, &path)?;
        Self::open(folder)
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::File { path: path.to_owned(), source }),
        _ => Ok(()),
    }
}

/// Gives a file that is complete its name, durably.
fn keep(part: &Path, path: &Path) -> Result<(), StoreError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let kept = File::open(part)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(part, path))
        .and_then(|()| File::open(parent)?.sync_all());
    kept.map_err(|source| StoreError::File { path: path.to_owned(), source })
}
