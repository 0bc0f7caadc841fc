//! `likewise bench`: measures this machine; JSON out.

mod churn;
mod embed;
mod search;
mod service;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Done, Usage};
use crate::config::Config;
use embed::EmbedBench;
use search::SearchBench;
use service::ServiceBench;

/// Measure this machine.
#[derive(Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Texts and tokens a second of the model, by batch size
    Embed(EmbedBench),
    /// Recall and speed of the index over the stored questions
    Search(SearchBench),
    /// Latency of the HTTP API over the stored questions, by connections
    Service(ServiceBench),
}

impl Bench {
    pub fn run(self, config: Config) -> anyhow::Result<Done> {
        let report = match self.what {
            What::Embed(bench) => bench.run(&config)?,
            What::Search(bench) => bench.run(&config)?,
            What::Service(bench) => bench.run(config)?,
        };
        writeln!(std::io::stdout(), "{report:#}")?;
        Ok(Done::Fully)
    }
}

/// The sample questions' titles: short texts in ten languages, Chinese first.
fn sample_titles() -> anyhow::Result<Vec<String>> {
    let title = |line: &str| {
        let question: Value = serde_json::from_str(line)?;
        Ok(question["title"].as_str().unwrap_or_default().to_owned())
    };
    super::serve::SAMPLES.lines().map(title).collect()
}

fn read_lines(path: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    let lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    anyhow::ensure!(!lines.is_empty(), Usage(format!("{} holds no text", path.display())));
    Ok(lines)
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let position = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    let value = sorted.get(position).map_or(0.0, Duration::as_secs_f64);
    (value * 1e6).round() / 1e3
}
