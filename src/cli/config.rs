//! `likewise config`.

use std::io::Write;

use clap::Args;

use super::Done;
use crate::config::{Config, SETTINGS};

/// Print the effective settings, where each came from, and what it means.
#[derive(Debug, Args)]
pub struct ConfigCommand {}

impl ConfigCommand {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        let mut out = std::io::stdout().lock();
        for ((name, value, origin), (_, _, meaning)) in config.origins.iter().zip(&SETTINGS) {
            writeln!(out, "{name} = {value:?}  # {origin}; {meaning}")?;
        }
        Ok(Done::Fully)
    }
}
