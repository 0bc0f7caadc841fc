//! `likewise import`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use anyhow::Context;
use clap::Args;

use super::progress::Progress;
use super::{Done, Usage};
use crate::app::open_archive;
use crate::config::Config;
use crate::corpus::Archive;
use crate::embed::Embedder;
use crate::import::{BytesRead, ImportError, Row, rows};
use crate::ingest::{Draft, ingest};
use crate::store::{Outcome, SeenIds};

/// Questions that are committed together.
const CHUNK: usize = 1_024;
/// Rows read ahead of the one that is stored.
const READ_AHEAD: usize = 4_096;

/// Store questions from JSON Lines or CSV files (by their name; `-` is JSON Lines on standard input).
///
/// A question whose id is stored is replaced; one that did not change costs nothing. What was committed stays when the
/// import is stopped, and importing the file again goes on from there.
#[derive(Debug, Args)]
pub struct Import {
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Stop at the first row that is rejected
    #[arg(long)]
    strict: bool,
    /// Write rejected rows to this file
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Take ready embeddings from the rows' `embedding`; FINGERPRINT is that of the model that made them
    #[arg(long, value_name = "FINGERPRINT")]
    embeddings_from: Option<String>,
    /// Print the counts as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Default)]
struct Counts {
    created: u64,
    updated: u64,
    unchanged: u64,
    rejected: u64,
}

impl Counts {
    fn accepted(&self) -> u64 {
        self.created + self.updated + self.unchanged
    }
}

impl Import {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        let (archive, embedder) = open_archive(config)?;
        let dimension = self.ready_dimension(&archive)?;
        let mut counts = Counts::default();
        let mut rejects = match &self.rejects {
            Some(path) => {
                let file = File::create(path).with_context(|| format!("{} can't be written", path.display()))?;
                Some(BufWriter::new(file))
            }
            None => None,
        };
        let total = self.files.iter().map(|file| std::fs::metadata(file).map_or(0, |data| data.len())).sum();
        let mut progress = Progress::bytes("importing", total);
        let mut before = 0;
        for file in &self.files {
            let read = BytesRead::default();
            let sink = &mut Sink {
                archive: &archive,
                embedder: &embedder,
                counts: &mut counts,
                rejects: &mut rejects,
                progress: &mut progress,
                before,
            };
            self.import(file, dimension, &read, sink)?;
            before += read.get();
        }
        if let Some(rejects) = &mut rejects {
            rejects.flush()?;
        }
        archive.close()?;
        progress.finish();
        self.report(&counts, progress.elapsed().as_secs_f64())?;
        Ok(if counts.rejected == 0 { Done::Fully } else { Done::WithRejects })
    }

    /// The dimension of ready embeddings, where they are from this model.
    fn ready_dimension(&self, archive: &Archive) -> anyhow::Result<Option<usize>> {
        let Some(given) = &self.embeddings_from else { return Ok(None) };
        let model = archive.model();
        if given != model.fingerprint.as_str() {
            let why =
                format!("--embeddings-from is {given}, but the model {} has the fingerprint {}", model.name, model.fingerprint);
            return Err(Usage(why).into());
        }
        Ok(Some(model.dimension))
    }

    fn import(&self, file: &Path, dimension: Option<usize>, read: &BytesRead, sink: &mut Sink<'_>) -> anyhow::Result<()> {
        let rows = rows(file, dimension, read.clone())?;
        let mut seen = SeenIds::new()?;
        let (parsed, queue) = sync_channel::<Result<Row, ImportError>>(READ_AHEAD);
        std::thread::scope(|scope| {
            // Parsing goes on while the former rows are embedded and stored.
            scope.spawn(move || {
                for row in rows {
                    // Nobody takes rows any more once storing failed.
                    if parsed.send(row).is_err() {
                        return;
                    }
                }
            });
            let mut pending: Vec<Draft> = Vec::with_capacity(CHUNK);
            for row in queue {
                let Row { line, raw, draft } = row?;
                let draft = match draft {
                    Ok(draft) => match seen.insert(&draft.question.id, line)? {
                        None => Ok(draft),
                        Some(first) => Err(format!("the id {:?} stands on line {first} already", draft.question.id.as_str())),
                    },
                    Err(why) => Err(why),
                };
                match draft {
                    Ok(draft) => pending.push(draft),
                    Err(why) => {
                        let told = format!("{}:{line}: {why}", file.display());
                        if self.strict {
                            sink.store(&mut pending)?;
                            anyhow::bail!("{told} (--strict: what came before it was stored)");
                        }
                        sink.reject(&told, &raw)?;
                    }
                }
                if pending.len() >= CHUNK {
                    sink.store(&mut pending)?;
                    sink.show(read);
                }
            }
            sink.store(&mut pending)?;
            sink.show(read);
            Ok(())
        })
    }

    fn report(&self, counts: &Counts, seconds: f64) -> anyhow::Result<()> {
        let Counts { created, updated, unchanged, rejected } = counts;
        let accepted = counts.accepted();
        let rate = accepted as f64 / seconds.max(1e-3);
        if self.json {
            let report = serde_json::json!({
                "accepted": accepted, "created": created, "updated": updated, "unchanged": unchanged, "rejected": rejected,
                "seconds": seconds, "questions_per_second": rate,
            });
            writeln!(std::io::stdout(), "{report}")?;
        } else {
            eprintln!(
                "{accepted} questions stored in {seconds:.1} s ({rate:.0}/s): {created} new, {updated} changed, {unchanged} \
                 as they were; {rejected} rows rejected"
            );
        }
        Ok(())
    }
}

/// Where an import's results go.
struct Sink<'a> {
    archive: &'a Archive,
    embedder: &'a Embedder,
    counts: &'a mut Counts,
    rejects: &'a mut Option<BufWriter<File>>,
    progress: &'a mut Progress,
    /// Bytes of the files before this one.
    before: u64,
}

impl Sink<'_> {
    fn reject(&mut self, told: &str, raw: &[u8]) -> anyhow::Result<()> {
        self.counts.rejected += 1;
        self.progress.line(told);
        if let Some(rejects) = self.rejects {
            rejects.write_all(raw)?;
            rejects.write_all(b"\n")?;
        }
        Ok(())
    }

    fn store(&mut self, pending: &mut Vec<Draft>) -> anyhow::Result<()> {
        for outcome in ingest(self.archive, self.embedder, std::mem::take(pending))? {
            match outcome {
                Outcome::Created { .. } => self.counts.created += 1,
                Outcome::Unchanged { .. } => self.counts.unchanged += 1,
                _ => self.counts.updated += 1,
            }
        }
        Ok(())
    }

    fn show(&mut self, read: &BytesRead) {
        self.progress.update(self.before + read.get(), self.counts.accepted());
    }
}
