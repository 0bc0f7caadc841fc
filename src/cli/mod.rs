//! The command line: one file a subcommand. Results go to standard output, talk to standard error.

mod backup;
mod bench;
mod config;
mod duplicates;
mod eval;
mod export;
mod import;
mod model;
mod pages;
mod progress;
mod reindex;
mod related;
mod rules;
mod serve;
mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Config;

/// Related questions by meaning: embeds questions, indexes them and serves the related ones.
#[derive(Debug, Parser)]
#[command(name = "likewise", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// All the state there is [default: ./likewise-data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// `bundled`, a folder in the sentence-transformers layout, or a fetched `owner/name[@revision]` [default: bundled]
    #[arg(long, global = true, value_name = "MODEL")]
    model: Option<String>,
    /// Text put before every question, in place of the prompt that the model names
    #[arg(long, global = true, value_name = "TEXT")]
    prompt: Option<String>,
    /// Settings file [default: likewise.toml where there is one]
    #[arg(long, global = true, value_name = "FILE", env = "LIKEWISE_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the HTTP API and the web page
    Serve(serve::Serve),
    /// Store questions from JSON Lines or CSV files
    Import(import::Import),
    /// Write every question as JSON Lines to standard output
    Export(export::Export),
    /// List the questions related to a text or to a stored question
    Related(related::Related),
    /// Write the list of every question: JSON Lines, fragments of HTML, or whole pages
    Pages(pages::Pages),
    /// Score pairs of questions, or find all duplicates of the store
    Duplicates(duplicates::Duplicates),
    /// What people decided: rules for lists, verdicts on pairs
    Rules(rules::RulesCommand),
    /// Change to the configured model: embed every stored question with it
    Reindex(reindex::Reindex),
    /// Write a consistent copy of everything that is stored into one file, also while a server runs
    Backup(backup::Backup),
    /// Make a data folder of such a file
    Restore(backup::Restore),
    /// Check everything that is stored, and what was derived from it
    Verify(verify::Verify),
    /// Measure a model on labelled data
    Eval(eval::Eval),
    /// Measure this machine
    Bench(bench::Bench),
    /// List models, tell about one, or fetch one
    Model(model::ModelCommand),
    /// Print the effective settings and where each came from
    Config(config::ConfigCommand),
}

/// How a command ended; see the contract of exit codes.
pub enum Done {
    /// 0
    Fully,
    /// 3: done, but some of the input was rejected.
    WithRejects,
}

/// Runs the program.
pub fn run() -> ExitCode {
    match execute(Cli::parse()) {
        Ok(Done::Fully) => ExitCode::SUCCESS,
        Ok(Done::WithRejects) => ExitCode::from(3),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("likewise: {error:#}");
            let usage = error.downcast_ref::<crate::config::ConfigError>().is_some() || error.is::<Usage>();
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

/// A wrong combination of arguments.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

fn execute(cli: Cli) -> anyhow::Result<Done> {
    let mut flags = cli.global.flags();
    if let Command::Serve(serve) = &cli.command {
        flags.extend(serve.flags());
    }
    let config = Config::load(&flags, environment(), cli.global.config.as_deref())?;
    match cli.command {
        Command::Serve(command) => command.run(config),
        Command::Import(command) => command.run(&config),
        Command::Export(command) => command.run(&config),
        Command::Related(command) => command.run(&config),
        Command::Duplicates(command) => command.run(&config),
        Command::Pages(command) => command.run(&config),
        Command::Rules(command) => command.run(&config),
        Command::Reindex(command) => command.run(&config),
        Command::Backup(command) => command.run(&config),
        Command::Restore(command) => command.run(&config),
        Command::Verify(command) => command.run(&config),
        Command::Eval(command) => command.run(&config),
        Command::Bench(command) => command.run(config),
        Command::Model(command) => command.run(&config),
        Command::Config(command) => command.run(&config),
    }
}

/// The variables that are text; ours are.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

impl Global {
    fn flags(&self) -> BTreeMap<&'static str, String> {
        let data_dir = self.data_dir.as_ref().map(|path| path.display().to_string());
        let given = [("data_dir", data_dir), ("model", self.model.clone()), ("prompt", self.prompt.clone())];
        given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// Whoever read our output went away, as `head` does: nothing failed.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    error.chain().any(|cause| kind(cause) == Some(std::io::ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
