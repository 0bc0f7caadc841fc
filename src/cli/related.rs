//! `likewise related`.

use std::io::Write;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::{Done, Usage};
use crate::app::App;
use crate::config::Config;
use crate::embed::compose;
use crate::question::{QuestionId, QuestionText};
use crate::recommend::{self, DEFAULT_LIMIT, MAX_LIMIT, RelatedList, RelatedQuery};
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
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl Related {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        if !(1..=MAX_LIMIT).contains(&self.limit) {
            return Err(Usage(format!("--limit is {}, allowed is 1 to {MAX_LIMIT}", self.limit)).into());
        }
        let subject = self.subject()?;
        let app = App::open(config, |_, _| ())?;
        let query = match &subject {
            Subject::Text(text) => RelatedQuery::new(app.embedder.embed_now(&compose(text))?.embedding),
            Subject::Stored(id) => {
                let point =
                    app.corpus.point(id).with_context(|| format!("no question with the id {:?} is stored", id.as_str()))?;
                let embedding = app.corpus.embedding(point).context("the question was deleted meanwhile")?;
                RelatedQuery { own: Some(point), ..RelatedQuery::new(embedding) }
            }
        };
        let query = RelatedQuery { limit: self.limit, min_score: self.min_score, ..query };
        let list = recommend::related(&app.corpus, &app.calibration, &query)?;
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
        let line = Line { score: item.score.value(), question: (&item.question.question).into() };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    }
    Ok(())
}

fn print_table(list: &RelatedList, stored: usize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for (position, item) in list.items.iter().enumerate() {
        let question = &item.question.question;
        writeln!(out, "{:3}. {:.3}  {}  [{}]", position + 1, item.score.value(), question.text.title(), question.id)?;
    }
    if list.items.is_empty() {
        eprintln!("nothing is related among {stored} questions");
    }
    Ok(())
}
