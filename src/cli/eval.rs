//! `likewise eval`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::Done;
use crate::app::load_model;
use crate::config::Config;
use crate::embed::Embedder;
use crate::evaluate::{self, Group};

/// Measure the model on labelled question groups.
///
/// FILE is JSON Lines, one group a line: `{"group": "g1", "zh": ["…", {"title": "…", "body": "…"}], "en": "…"}`. All texts of a
/// group ask the same thing. Each group's first text in the language `--to` is looked up by its other texts.
#[derive(Debug, Args)]
pub struct Eval {
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Language of the texts to find
    #[arg(long, default_value = "zh")]
    to: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Eval {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        let mut groups: Vec<Group> = Vec::new();
        for file in &self.files {
            groups.extend(evaluate::read_groups(file)?);
        }
        let embedder = Embedder::start(Arc::new(load_model(config)?), config.embedder)?;
        let results = evaluate::groups(&embedder, &groups, &self.to)?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let rows = results.iter().map(|r| {
                serde_json::json!({
                    "from": r.from, "to": self.to, "with_body": r.with_body, "queries": r.queries, "documents": r.documents,
                    "accuracy_at_1": r.accuracy_at_1, "mrr": r.mrr,
                })
            });
            writeln!(out, "{}", serde_json::Value::from_iter(rows))?;
            return Ok(Done::Fully);
        }
        writeln!(out, "{:8} {:24} {:>8} {:>10} {:>8} {:>8}", "from", "to", "queries", "documents", "acc@1", "MRR")?;
        for r in &results {
            let to = format!("{} {}", self.to, if r.with_body { "title and body" } else { "title" });
            writeln!(out, "{:8} {to:24} {:8} {:10} {:8.3} {:8.3}", r.from, r.queries, r.documents, r.accuracy_at_1, r.mrr)?;
        }
        Ok(Done::Fully)
    }
}
