//! `likewise eval`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::Done;
use crate::app::{judge, load_model};
use crate::config::Config;
use crate::embed::Embedder;
use crate::evaluate::{self, ListQuality, Measured, Measurement};

/// Measure the model on labelled data.
///
/// What a FILE holds is told by its name and header. JSON Lines hold groups of texts that ask the same: `{"group": "g1", "zh":
/// ["…", {"title": "…", "body": "…"}], "en": "…"}`; each group's first text in the language `--to` is looked up by its other
/// texts. TSV (no quoting) and CSV hold pairs: two texts (`q1` and `q2`, `s1` and `s2`, `a` and `b`, …) with `label`, 1 where they
/// ask the same, else 0; or with `score`, a graded likeness; or exactly two columns named otherwise: translations.
#[derive(Debug, Args)]
pub struct Eval {
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Language of the texts to find in groups
    #[arg(long, default_value = "zh")]
    to: String,
    /// Also make the list of every question among all others, in each mode, with and without each way of arranging it
    #[arg(long)]
    lists: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Draw score histograms, precision-recall curves and bars into this SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

impl Eval {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        // Every file is read before the first text is embedded: a fault in the last one must not cost the work on the others.
        let read = |path: &PathBuf| evaluate::read(path).map(|dataset| (path.display().to_string(), dataset));
        let datasets = self.files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let model = Arc::new(load_model(config)?);
        let judge = judge(config, &model)?;
        let embedder = Embedder::start(model, config.embedder)?;
        let mut measured = Vec::new();
        for (name, dataset) in &datasets {
            let mut found = evaluate::run(&embedder, &judge, dataset, &self.to)?;
            if self.lists {
                found.extend(evaluate::run_lists(&embedder, &judge, dataset)?);
            }
            measured.push((short_name(name), found));
        }
        if let Some(path) = &self.plot {
            evaluate::plot(path, &measured)?;
        }
        let printed = if self.json { print_json(&measured) } else { print_table(&measured) };
        printed.map(|()| Done::Fully)
    }
}

/// The last two parts of a path tell data sets apart.
fn short_name(path: &str) -> String {
    let parts: Vec<&str> = path.rsplit('/').take(2).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

fn print_json(measured: &[(String, Vec<Measurement>)]) -> anyhow::Result<()> {
    let rows = measured.iter().flat_map(|(name, list)| list.iter().map(move |measurement| row(name, measurement)));
    writeln!(std::io::stdout(), "{:#}", Value::from_iter(rows))?;
    Ok(())
}

fn row(name: &str, Measurement { task, count, measured }: &Measurement) -> Value {
    let mut row = match measured {
        Measured::Graded { spearman, pearson } => json!({ "spearman": spearman, "pearson": pearson }),
        Measured::Labelled { average_precision, roc_auc, best, calibration_error, .. } => json!({
            "average_precision": average_precision, "roc_auc": roc_auc, "calibration_error": calibration_error,
            "best_accuracy": best.accuracy, "best_threshold": best.threshold,
        }),
        Measured::Found { documents, ranking } => json!({
            "documents": documents, "accuracy_at_1": ranking.accuracy_at_1, "mrr": ranking.mrr,
            "recall_at_10": ranking.recall_at_10, "ndcg_at_10": ranking.ndcg_at_10,
        }),
        Measured::Listed { documents, quality: ListQuality { ranking, near_duplicates, other_language, short } } => json!({
            "documents": documents, "accuracy_at_1": ranking.accuracy_at_1, "mrr": ranking.mrr,
            "recall_at_10": ranking.recall_at_10, "ndcg_at_10": ranking.ndcg_at_10,
            "near_duplicates": near_duplicates, "other_language": other_language, "short": short,
        }),
    };
    row["dataset"] = name.into();
    row["task"] = task.as_str().into();
    row["count"] = (*count).into();
    row
}

fn print_table(measured: &[(String, Vec<Measurement>)]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for (name, list) in measured {
        writeln!(out, "{name}")?;
        for Measurement { task, count, measured } in list {
            let told = match measured {
                Measured::Graded { spearman, pearson } => format!("Spearman {spearman:.3}  Pearson {pearson:.3}"),
                Measured::Labelled { average_precision, roc_auc, best, calibration_error, .. } => {
                    let error = calibration_error.map_or_else(String::new, |error| format!("  calibration error {error:.3}"));
                    format!(
                        "AP {average_precision:.3}  best accuracy {:.3} at {:.3}  ROC-AUC {roc_auc:.3}{error}",
                        best.accuracy, best.threshold
                    )
                }
                Measured::Found { documents, ranking } => format!(
                    "accuracy@1 {:.3}  MRR {:.3}  recall@10 {:.3}  nDCG@10 {:.3}  of {documents}",
                    ranking.accuracy_at_1, ranking.mrr, ranking.recall_at_10, ranking.ndcg_at_10
                ),
                Measured::Listed { documents, quality: ListQuality { ranking, near_duplicates, other_language, short } } => {
                    format!(
                        "accuracy@1 {:.3}  MRR {:.3}  nDCG@10 {:.3}  near duplicates {:.1}%  other language {:.1}%  short {:.1}%  of \
                         {documents}",
                        ranking.accuracy_at_1,
                        ranking.mrr,
                        ranking.ndcg_at_10,
                        near_duplicates * 100.0,
                        other_language * 100.0,
                        short * 100.0
                    )
                }
            };
            writeln!(out, "  {task:33} {count:7}  {told}")?;
        }
    }
    Ok(())
}
