//! `likewise model`.

use std::io::{IsTerminal, Write};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{Done, Usage};
use crate::app::load_model;
use crate::config::Config;
use crate::duplicates::{Calibration, Fit, Judge};
use crate::embed::Embedder;
use crate::embed::{Hub, Model, ModelCard, ModelFiles, ModelInfo, ModelName, WeightsFile, weights_files};
use crate::evaluate::{self, Dataset};

/// List models, tell about one, or fetch one.
#[derive(Debug, Args)]
pub struct ModelCommand {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The models that can be used without fetching
    List,
    /// What the configured model is
    Info {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model from the hub: the only use of the network
    Fetch {
        /// `owner/name[@revision]`
        name: String,
    },
    /// Fit the probability of duplicates to labelled pairs, for the configured model and this data folder
    ///
    /// FILEs are those of `likewise eval`: TSV or CSV with two texts and `label`, 1 where the same answer serves both, else 0. Some
    /// hundred pairs as they come up on the site are enough; hard cases must be among them.
    Calibrate {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Where to put it, in place of the data folder
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

impl ModelCommand {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        match self.command {
            Action::List => list(config)?,
            Action::Info { json } => info(config, json)?,
            Action::Fetch { name } => fetch(config, &name)?,
            Action::Calibrate { files, out } => calibrate(config, &files, out.as_deref())?,
        }
        Ok(Done::Fully)
    }
}

fn list(config: &Config) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "bundled")?;
    for name in Hub::fetched(&config.hub_cache()) {
        writeln!(out, "{name}")?;
    }
    Ok(())
}

fn info(config: &Config, json: bool) -> anyhow::Result<()> {
    let files = ModelFiles::locate(&config.model, &config.hub_cache())?;
    let model = Model::load(&files, config.prompt.as_deref(), config.compute)?;
    let card = ModelCard::read(&files)?.unwrap_or_default();
    let weights = weights_files(&files)?;
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", as_json(model.info(), &card, &weights))?;
    } else {
        tell(&mut out, model.info(), &card, &weights)?;
    }
    Ok(())
}

fn as_json(info: &ModelInfo, card: &ModelCard, weights: &[WeightsFile]) -> serde_json::Value {
    let weights = weights.iter().map(|w| serde_json::json!({ "file": w.name, "bytes": w.bytes, "sha256": w.sha256 }));
    serde_json::json!({
        "name": info.name, "fingerprint": info.fingerprint.as_str(), "dimension": info.dimension, "family": info.family,
        "layers": info.layers, "pooling": info.pooling, "vocabulary": info.vocabulary, "max_tokens": info.max_tokens,
        "prompt": info.prompt, "compute": info.compute, "weights": weights.collect::<Vec<_>>(), "license": card.license,
        "base_models": card.base_models, "languages": card.languages, "summary": card.summary,
    })
}

fn tell(out: &mut impl Write, info: &ModelInfo, card: &ModelCard, weights: &[WeightsFile]) -> std::io::Result<()> {
    let mut line = |label: &str, text: &str| if text.is_empty() { Ok(()) } else { writeln!(out, "  {label:12} {text}") };
    line("model", &info.name)?;
    line("fingerprint", info.fingerprint.as_str())?;
    let body = format!("{} of {} layers, {} dimensions, {} pooling", info.family, info.layers, info.dimension, info.pooling);
    line("body", &body)?;
    line("vocabulary", &format!("{} pieces", info.vocabulary))?;
    line("reads", &format!("{} tokens of a text", info.max_tokens))?;
    line("computed", &format!("as {} by {} threads", info.compute, info.threads))?;
    line("prompt", info.prompt.as_deref().unwrap_or_default())?;
    for file in weights {
        line("weights", &format!("{:.1} MB, sha256 {}", file.bytes as f64 / 1e6, file.sha256))?;
    }
    line("license", &card.license)?;
    line("base", &card.base_models.join(", "))?;
    line("languages", &card.languages.join(" "))?;
    line("card", &card.summary)
}

fn fetch(config: &Config, name: &str) -> anyhow::Result<()> {
    let ModelName::Hub { repository, revision } = name.parse()? else {
        return Err(Usage(format!("{name:?} is no name on the hub, such as intfloat/multilingual-e5-small")).into());
    };
    let hub = Hub {
        endpoint: config.hub_endpoint.clone(),
        cache: config.hub_cache(),
        token: std::env::var("LIKEWISE_HUB_TOKEN").ok(),
        progress: std::io::stderr().is_terminal(),
    };
    std::fs::create_dir_all(&hub.cache)?;
    let folder = hub.fetch(&repository, revision.as_deref())?;
    // Whether it can be used is told now, not at the first start with it.
    Model::load(&ModelFiles::locate(&name.parse()?, &hub.cache)?, None, config.compute)?;
    writeln!(std::io::stdout(), "{}", folder.display())?;
    eprintln!("fetched; use it with --model {name}");
    Ok(())
}

fn calibrate(config: &Config, files: &[PathBuf], out: Option<&Path>) -> anyhow::Result<()> {
    let mut texts = Vec::new();
    let mut same = Vec::new();
    for file in files {
        let Dataset::Labelled { pairs, labels } = evaluate::read(file)? else {
            return Err(Usage(format!("{} has no labelled pairs: two texts and `label`", file.display())).into());
        };
        texts.extend(pairs);
        same.extend(labels);
    }
    let model = Arc::new(load_model(config)?);
    let fingerprint = model.info().fingerprint.to_string();
    // Any will do to tell what the words of a pair say; one that can't be used must not keep anybody from making it again.
    let judge = Judge::new(Calibration::bundled()?, model.vocabulary().cloned());
    let embedder = Embedder::start(model, config.embedder)?;
    let scores = evaluate::cosines(&embedder, &texts)?;
    let labelled = texts.iter().zip(scores).zip(&same);
    let labelled = labelled.map(|(((a, b), score), same)| judge.labelled(&judge.features(a), &judge.features(b), score, *same));
    let Fit { calibration, report } = Calibration::fit(&fingerprint, &labelled.collect::<Vec<_>>())?;
    std::fs::create_dir_all(&config.data_dir).with_context(|| format!("{}", config.data_dir.display()))?;
    let path = out.map_or_else(|| config.calibration_file(), Path::to_owned);
    calibration.write(&path)?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&report)?)?;
    eprintln!(
        "fitted to {} pairs, {} of them duplicates; on fifths that it was not fitted to: accuracy {:.3}, calibration error {:.3}; \
         written to {}",
        report.pairs,
        report.same,
        report.accuracy,
        report.expected_calibration_error,
        path.display()
    );
    Ok(())
}
