//! `likewise duplicates`: what `score` and `find` share.

mod find;
mod score;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::Done;
use crate::config::Config;
use crate::duplicates::Calibration;
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

/// The calibration for a model; says so where there is none made for it.
fn calibration(config: &Config, model: &str) -> anyhow::Result<Calibration> {
    let calibration = Calibration::find(&config.calibration_file(), model)?;
    if !calibration.is_for(model) {
        eprintln!(
            "note: no calibration for this model; probabilities are those of the bundled one (`likewise model calibrate`)"
        );
    }
    Ok(calibration)
}

/// Standard output or a file, packed by its name.
enum Output {
    Plain(Box<dyn Write>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

fn output(path: Option<&Path>) -> anyhow::Result<Output> {
    let Some(path) = path else { return Ok(Output::Plain(Box::new(BufWriter::new(io::stdout())))) };
    let file = File::create(path).with_context(|| format!("{} can't be written", path.display()))?;
    let file = BufWriter::new(file);
    Ok(match packing(path) {
        Packing::Plain => Output::Plain(Box::new(file)),
        Packing::Gzip => Output::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::default())),
        Packing::Zstd => Output::Zstd(zstd::Encoder::new(file, 3)?),
    })
}

impl Output {
    fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(mut out) => out.flush(),
            Self::Gzip(packer) => packer.finish()?.flush(),
            Self::Zstd(packer) => packer.finish()?.flush(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(out) => out.write(bytes),
            Self::Zstd(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Gzip(out) => out.flush(),
            Self::Zstd(out) => out.flush(),
        }
    }
}
