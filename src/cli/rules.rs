//! `likewise rules`.

use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{Done, Usage};
use crate::config::Config;
use crate::decisions::{DecisionLine, RulesBody, now, parse_pair};
use crate::editorial::{Decision, Rules, Verdict};
use crate::question::{FieldError, QuestionId};
use crate::store::{FolderLock, Outcome, Store, Write};

/// Decisions that are stored together.
const CHUNK: usize = 1_000;

/// What people decided: rules for lists, verdicts on pairs.
///
/// While a server holds the data folder, decide over its HTTP API: `/v1/rules/{id}` and `/v1/duplicates/verdicts/{a}/{b}`.
#[derive(Debug, Args)]
pub struct RulesCommand {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write all rules and verdicts as JSON Lines to standard output, as `import` reads them
    Export,
    /// Store rules and verdicts from JSON Lines (`-`: standard input)
    Import { file: PathBuf },
    /// Put rules in the place of those that a question had
    Set(Set),
    /// Take the rules of a question away
    Remove { id: String },
    /// Say what two questions are: `duplicate`, `related`, `different`, or `none` to take it back
    Verdict { a: String, b: String, verdict: String },
}

#[derive(Debug, Args)]
struct Set {
    id: String,
    /// Stands first in its list; repeat it for more, in their order
    #[arg(long, value_name = "ID")]
    pin: Vec<String>,
    /// Never stands in its list
    #[arg(long, value_name = "ID")]
    hide: Vec<String>,
    /// Neither stands in the other's list
    #[arg(long, value_name = "ID")]
    not_related: Vec<String>,
    /// The question stands in no list at all
    #[arg(long)]
    hidden: bool,
}

impl RulesCommand {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        let _lock = FolderLock::acquire(&config.data_dir)?;
        let store = Store::open(&config.data_dir)?;
        match self.command {
            Action::Export => export(&store),
            Action::Import { file } => import(&store, &file),
            Action::Set(set) => {
                let Set { id, pin, hide, not_related, hidden } = set;
                let id = parse_id(&id)?;
                let rules = RulesBody { pin, hide, not_related, hidden }.parse(&id).map_err(|errors| usage(&errors))?;
                write(&store, vec![Write::Rule(id, rules)]).map(|_| Done::Fully)
            }
            Action::Remove { id } => {
                let outcomes = write(&store, vec![Write::Rule(parse_id(&id)?, Rules::default())])?;
                anyhow::ensure!(outcomes == [Outcome::Decided], "the question {id:?} has no rules");
                Ok(Done::Fully)
            }
            Action::Verdict { a, b, verdict } => {
                let pair = parse_pair(&a, &b).map_err(|errors| usage(&errors))?;
                let decision = if verdict == "none" {
                    None
                } else {
                    let verdict = Verdict::parse(&verdict).map_err(|problem| Usage(format!("the verdict {problem}")))?;
                    Some(Decision { verdict, decided_at: now() })
                };
                write(&store, vec![Write::Decide(pair, decision)]).map(|_| Done::Fully)
            }
        }
    }
}

fn parse_id(text: &str) -> anyhow::Result<QuestionId> {
    Ok(QuestionId::parse(text).map_err(|problem| Usage(format!("the id {problem}")))?)
}

fn usage(errors: &[FieldError]) -> Usage {
    Usage(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

fn write(store: &Store, mut writes: Vec<Write>) -> anyhow::Result<Vec<Outcome>> {
    Ok(store.writer()?.write(&mut writes)?.outcomes)
}

fn export(store: &Store) -> anyhow::Result<Done> {
    let editorial = store.reader().editorial()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in DecisionLine::all(&editorial) {
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(Done::Fully)
}

/// Good lines are stored, bad ones told.
fn import(store: &Store, file: &PathBuf) -> anyhow::Result<Done> {
    let lines: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("{} can't be read", file.display()))?;
        Box::new(BufReader::new(opened))
    };
    let mut writer = store.writer()?;
    let (mut pending, mut changed, mut same, mut rejected) = (Vec::new(), 0u64, 0u64, 0u64);
    let mut flush = |pending: &mut Vec<Write>| -> anyhow::Result<()> {
        for outcome in writer.write(pending)?.outcomes {
            if outcome == Outcome::Decided { changed += 1 } else { same += 1 }
        }
        pending.clear();
        Ok(())
    };
    for (number, line) in lines.lines().enumerate() {
        let line = line.with_context(|| format!("{} can't be read", file.display()))?;
        if line.trim().is_empty() {
            continue;
        }
        let parsed = serde_json::from_str::<DecisionLine>(&line).map_err(|e| e.to_string());
        match parsed.and_then(|line| line.parse().map_err(|errors| usage(&errors).0)) {
            Ok(write) => pending.push(write),
            Err(why) => {
                rejected += 1;
                eprintln!("{}:{}: {why}", file.display(), number + 1);
            }
        }
        if pending.len() == CHUNK {
            flush(&mut pending)?;
        }
    }
    flush(&mut pending)?;
    eprintln!("{changed} decisions stored, {same} as they were, {rejected} lines rejected");
    Ok(if rejected == 0 { Done::Fully } else { Done::WithRejects })
}
