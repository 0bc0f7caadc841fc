//! `likewise related`.

use std::io::Write;

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{Done, Usage};
use crate::app::App;
use crate::config::Config;
use crate::embed::compose;
use crate::question::{QuestionId, QuestionText};
use crate::recommend::{self, DEFAULT_LIMIT, MAX_LIMIT, Mode, RelatedList, RelatedQuery};
use crate::wire::QuestionOutput;

/// List the questions related to a text, or to a stored question.
#[derive(Debug, Args)]
pub struct Related {
    /// A new question
    #[arg(required_unless_present = "id")]
    text: Option<String>,
    /// A stored question, which is not listed itself
    #[arg(long, conflicts_with = "text")]
    id: Option<String>,
    /// Questions to list, 1 to 100
    #[arg(long, default_value_t = DEFAULT_LIMIT)]
    limit: usize,
    /// Questions less alike than this are not listed
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    min_score: f32,
    /// What makes a question related: its meaning, its words, or both
    #[arg(long, value_enum, default_value = "hybrid")]
    mode: ModeArgument,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ModeArgument {
    Semantic,
    Lexical,
    Hybrid,
}

impl From<ModeArgument> for Mode {
    fn from(mode: ModeArgument) -> Self {
        match mode {
            ModeArgument::Semantic => Self::Semantic,
            ModeArgument::Lexical => Self::Lexical,
            ModeArgument::Hybrid => Self::Hybrid,
        }
    }
}

impl Related {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        if !(1..=MAX_LIMIT).contains(&self.limit) {
            return Err(Usage(format!("--limit is {}, allowed is 1 to {MAX_LIMIT}", self.limit)).into());
        }
        let subject = self.subject()?;
        let app = App::open(config, |_, _| ())?;
        let query = match subject {
            Subject::Text(text) => RelatedQuery::for_text(app.embedder.embed_now(&compose(&text))?.embedding, text),
            Subject::Stored(id) => {
                let missing = || format!("no question with the id {:?} is stored", id.as_str());
                let stored = app.corpus.get(&id)?.with_context(missing)?;
                RelatedQuery::for_stored(&app.corpus, stored).context("the question was deleted meanwhile")?
            }
        };
        let query = RelatedQuery { limit: self.limit, min_score: self.min_score, mode: self.mode.into(), ..query };
        let list = recommend::related(&app.corpus, &app.judge, None, &query)?;
        if self.json {
            print_json(&list)?;
        } else {
            print_table(&list, app.corpus.len())?;
        }
        Ok(Done::Fully)
    }

    fn subject(&self) -> anyhow::Result<Subject> {
        match (&self.text, &self.id) {
            (Some(text), _) => Ok(Subject::Text(QuestionText::parse_free(text).map_err(|e| Usage(e.to_string()))?)),
            (None, Some(id)) => Ok(Subject::Stored(QuestionId::parse(id).map_err(|e| Usage(format!("--id {e}")))?)),
            (None, None) => Err(Usage("a text or --id is needed".into()).into()),
        }
    }
}

enum Subject {
    Text(QuestionText),
    Stored(QuestionId),
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    score: f32,
    question: QuestionOutput<'a>,
}

fn print_json(list: &RelatedList) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for item in &list.items {
        let line = Line { score: item.candidate.ranked.score, question: (&item.question.question).into() };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    }
    Ok(())
}

fn print_table(list: &RelatedList, stored: usize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for (position, item) in list.items.iter().enumerate() {
        let question = &item.question.question;
        writeln!(out, "{:3}. {:.3}  {}  [{}]", position + 1, item.candidate.ranked.score, question.text.title(), question.id)?;
    }
    if list.items.is_empty() {
        eprintln!("nothing is related among {stored} questions");
    }
    Ok(())
}
