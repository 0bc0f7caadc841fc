//! `likewise backup` and `likewise restore`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::{Done, Usage};
use crate::config::Config;
use crate::store::{FolderLock, Store, StoreError};

/// Write a consistent copy of everything that is stored into one file, also while a server runs.
///
/// Questions, embeddings, rules and verdicts are in it; graphs, lists and words are made anew from it, and models and
/// `calibration.json` are files to copy beside it.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to make; there must be none
    file: PathBuf,
}

impl Backup {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        let reader = Store::open_beside(&config.data_dir)?.reader();
        let seq = match reader.backup(&self.file) {
            Err(StoreError::Exists { path }) => {
                return Err(Usage(format!("{} is there already; choose another name", path.display())).into());
            }
            done => done?,
        };
        eprintln!("{} holds all that was stored up to write {}", self.file.display(), seq.0);
        Ok(Done::Fully)
    }
}

/// Make a data folder of a file that `likewise backup` wrote.
#[derive(Debug, Args)]
pub struct Restore {
    file: PathBuf,
    /// Also where the data folder holds questions, which are lost then
    #[arg(long)]
    replace: bool,
}

impl Restore {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        let _lock = FolderLock::acquire(&config.data_dir)?;
        match Store::restore(&self.file, &config.data_dir, self.replace) {
            Err(StoreError::Exists { path }) => Err(Usage(format!(
                "{} is there already; name another --data-dir, or say --replace to lose what it holds",
                path.display()
            ))
            .into()),
            restored => {
                let store = restored?;
                remove_derived(&config.data_dir)?;
                let count = store.reader().count()?;
                eprintln!("{} holds {count} questions", config.data_dir.display());
                Ok(Done::Fully)
            }
        }
    }
}

/// What was derived from a store that is no more.
fn remove_derived(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} can't be read", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if ["segment-", "words.", "lists-"].iter().any(|prefix| name.starts_with(prefix)) {
            std::fs::remove_file(&path).with_context(|| format!("{} can't be removed", path.display()))?;
        }
    }
    Ok(())
}
