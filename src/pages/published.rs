//! What an output folder holds: which list of which question, and since when. It lies in the folder itself, so that the folder
//! can be moved, and losing it costs time only: every file is then compared with what should stand there.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The folder for what is ours and no page.
pub const OURS: &str = ".likewise";
const FILE: &str = "published.jsonl";
const RUNNING: &str = "running";
const FORMAT: &str = "likewise pages 1";

/// What was published of a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Of all that stands in it; empty where it was begun and may not be there.
    pub digest: String,
    /// The state of the store in which it changed last, or went.
    pub seq: u64,
    pub gone: bool,
}

/// The published lists by the id of their question.
#[derive(Debug, Default)]
pub struct Published {
    /// What kind of files lie in the folder; empty where there are none yet.
    pub format: String,
    pub seq: u64,
    /// Digest of all that decides lists beside the questions; empty where a run did not come to its end.
    pub asked: String,
    pub entries: HashMap<String, Entry>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    likewise: String,
    format: String,
    seq: u64,
    #[serde(default)]
    asked: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    id: String,
    digest: String,
    seq: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
}

/// Why a folder can't be written to.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{} holds files that `likewise pages` did not write; give it an empty folder", .0.display())]
    NotOurs(PathBuf),
    #[error("{} was written as {found}, and {wanted} is asked for; give it an empty folder", path.display())]
    OtherFormat { path: PathBuf, found: String, wanted: String },
    #[error("{} is no folder", .0.display())]
    NoFolder(PathBuf),
    #[error("{} can't be written", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// Makes the output folder, or makes sure that it is ours and can be written.
pub fn take(folder: &Path) -> Result<(), FolderError> {
    let failed = |source| FolderError::Write { path: folder.to_owned(), source };
    let ours = folder.join(OURS);
    if folder.exists() && !folder.is_dir() {
        return Err(FolderError::NoFolder(folder.to_owned()));
    }
    if folder.is_dir() && !ours.is_dir() && std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(FolderError::NotOurs(folder.to_owned()));
    }
    std::fs::create_dir_all(&ours).map_err(failed)?;
    // Tells at once what a full hour later would be a pity.
    let probe = ours.join("probe");
    File::create(&probe).and_then(|_| std::fs::remove_file(&probe)).map_err(failed)
}

/// Notes that a run is under way. One that did not come to its end may have left half-written files, which go now.
pub fn begin(folder: &Path) -> Result<(), FolderError> {
    let running = folder.join(OURS).join(RUNNING);
    if running.exists() {
        clear_half_written(folder).map_err(|source| FolderError::Write { path: folder.to_owned(), source })?;
    }
    File::create(&running).map(drop).map_err(|source| FolderError::Write { path: running, source })
}

/// Whether a run is under way, or did not come to its end.
pub fn is_running(folder: &Path) -> bool {
    folder.join(OURS).join(RUNNING).exists()
}

/// Notes that a run came to its end.
pub fn end(folder: &Path) -> Result<(), FolderError> {
    let running = folder.join(OURS).join(RUNNING);
    std::fs::remove_file(&running).map_err(|source| FolderError::Write { path: running, source })
}

fn clear_half_written(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            clear_half_written(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "part") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

impl Published {
    /// What the folder says; nothing where it says nothing or is damaged. Files of another format are refused.
    pub fn read(folder: &Path, format: &str) -> Result<Self, FolderError> {
        let path = folder.join(OURS).join(FILE);
        let mut published = Self::try_read(&path).unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(path = %path.display(), %error, "can't be used; every page is compared instead");
            }
            Self::default()
        });
        if !published.format.is_empty() && published.format != format {
            let (path, wanted) = (folder.to_owned(), format.to_owned());
            return Err(FolderError::OtherFormat { path, found: published.format, wanted });
        }
        published.format = format.to_owned();
        Ok(published)
    }

    fn try_read(path: &Path) -> io::Result<Self> {
        let mut lines = BufReader::new(File::open(path)?).lines();
        let header: Header = serde_json::from_str(&lines.next().transpose()?.unwrap_or_default())?;
        if header.likewise != FORMAT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "another format"));
        }
        let Header { format, seq, asked, .. } = header;
        let mut published = Self { format, seq, asked, entries: HashMap::new() };
        for line in lines {
            let Line { id, digest, seq, gone } = serde_json::from_str(&line?)?;
            published.entries.insert(id, Entry { digest, seq, gone });
        }
        Ok(published)
    }

    /// Writes it down, in the order of ids.
    pub fn write(&self, folder: &Path) -> Result<(), FolderError> {
        let path = folder.join(OURS).join(FILE);
        let mut sorted: Vec<(&String, &Entry)> = self.entries.iter().collect();
        sorted.sort_by_key(|(id, _)| *id);
        replace(&path, true, |out| {
            let (format, asked) = (self.format.clone(), self.asked.clone());
            serde_json::to_writer(&mut *out, &Header { likewise: FORMAT.into(), format, seq: self.seq, asked })?;
            out.write_all(b"\n")?;
            for (id, Entry { digest, seq, gone }) in sorted {
                serde_json::to_writer(&mut *out, &Line { id: id.clone(), digest: digest.clone(), seq: *seq, gone: *gone })?;
                out.write_all(b"\n")?;
            }
            Ok(())
        })
    }
}

/// Writes a file beside its place and moves it there as a whole; `durable` waits for the disk.
pub fn replace(
    path: &Path,
    durable: bool,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), FolderError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".part");
    let temporary = PathBuf::from(temporary);
    let work = || {
        let mut out = BufWriter::new(File::create(&temporary)?);
        write(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        if durable {
            file.sync_all()?;
        }
        std::fs::rename(&temporary, path)
    };
    work().map_err(|source| FolderError::Write { path: path.to_owned(), source })
}
