//! `likewise duplicates`: what `score` and `find` share.

mod find;
mod score;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::Done;
use crate::config::Config;
use crate::duplicates::Judge;
use crate::import::{Packing, packing};
use find::Find;
use score::Score;

/// Score pairs of questions, or find all duplicates of the store.
#[derive(Debug, Args)]
pub struct Duplicates {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add `score`, `probability`, `verdict` and `reasons` to every pair of a file, in order
    Score(Score),
    /// Find every likely duplicate pair in the store, and the groups they form
    Find(Find),
}

impl Duplicates {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        match self.command {
            Action::Score(command) => command.run(config),
            Action::Find(command) => command.run(config),
        }
    }
}

/// Says so where there is no calibration for the model.
fn tell_if_uncalibrated(judge: &Judge, model: &str) {
    if !judge.is_for(model) {
        eprintln!(
            "note: no calibration for this model; probabilities are those of the bundled one (`likewise model calibrate`)"
        );
    }
}

/// Standard output or a file. A file has its name once it is whole, so that a run that was stopped leaves none or the one before.
struct Output {
    packer: Packer,
    /// What is written, and what it becomes.
    becomes: Option<(PathBuf, PathBuf)>,
}

/// What packs, by the name of the file.
enum Packer {
    Plain(Box<dyn Write>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

fn output(path: Option<&Path>) -> anyhow::Result<Output> {
    let Some(path) = path else {
        return Ok(Output { packer: Packer::Plain(Box::new(BufWriter::new(io::stdout()))), becomes: None });
    };
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    // A pipe or a device can't be replaced.
    let replaced = path.is_file() || !path.exists();
    let becomes = replaced.then(|| (PathBuf::from(part), path.to_owned()));
    let written = becomes.as_ref().map_or(path, |(part, _)| part);
    let file = File::create(written).with_context(|| format!("{} can't be written", written.display()))?;
    let file = BufWriter::new(file);
    let packer = match packing(path) {
        Packing::Plain => Packer::Plain(Box::new(file)),
        Packing::Gzip => Packer::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::default())),
        Packing::Zstd => Packer::Zstd(zstd::Encoder::new(file, 3)?),
    };
    Ok(Output { packer, becomes })
}

impl Output {
    fn finish(self) -> io::Result<()> {
        match self.packer {
            Packer::Plain(mut out) => out.flush()?,
            Packer::Gzip(packer) => packer.finish()?.flush()?,
            Packer::Zstd(packer) => packer.finish()?.flush()?,
        }
        self.becomes.map_or(Ok(()), |(part, path)| std::fs::rename(part, path))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.packer {
            Packer::Plain(out) => out.write(bytes),
            Packer::Gzip(out) => out.write(bytes),
            Packer::Zstd(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.packer {
            Packer::Plain(out) => out.flush(),
            Packer::Gzip(out) => out.flush(),
            Packer::Zstd(out) => out.flush(),
        }
    }
}
