//! `likewise model`.

use std::io::{IsTerminal, Write};

use clap::{Args, Subcommand};

use super::{Done, Usage};
use crate::app::load_model;
use crate::config::Config;
use crate::embed::{Hub, Model, ModelFiles, ModelName};

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
}

impl ModelCommand {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        match self.command {
            Action::List => list(config)?,
            Action::Info { json } => info(config, json)?,
            Action::Fetch { name } => fetch(config, &name)?,
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
    let model = load_model(config)?;
    let info = model.info();
    let mut out = std::io::stdout().lock();
    if json {
        let told = serde_json::json!({
            "name": info.name, "fingerprint": info.fingerprint.as_str(), "dimension": info.dimension, "family": info.family,
            "layers": info.layers, "pooling": info.pooling, "vocabulary": info.vocabulary, "max_tokens": info.max_tokens,
            "prompt": info.prompt,
        });
        writeln!(out, "{told}")?;
        return Ok(());
    }
    writeln!(out, "{}", info.name)?;
    writeln!(out, "  fingerprint  {}", info.fingerprint)?;
    writeln!(
        out,
        "  body         {} of {} layers, {} dimensions, {} pooling",
        info.family, info.layers, info.dimension, info.pooling
    )?;
    writeln!(out, "  vocabulary   {} pieces", info.vocabulary)?;
    writeln!(out, "  reads        {} tokens of a text", info.max_tokens)?;
    if let Some(prompt) = &info.prompt {
        writeln!(out, "  prompt       {prompt:?}")?;
    }
    Ok(())
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
    Model::load(&ModelFiles::locate(&name.parse()?, &hub.cache)?, None)?;
    writeln!(std::io::stdout(), "{}", folder.display())?;
    eprintln!("fetched; use it with --model {name}");
    Ok(())
}
