//! `/q/{id}`: a question with its answer, and the related ones or the latest.

use std::sync::Arc;

use axum::response::Response;
use serde::Serialize;

use super::listed::{self, Listed, RelatedView};
use super::reader::Reader;
use super::{Loaded, page_or, view};
use crate::app::App;
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::PathId;
use crate::http::related::{FillInput, RelatedRequest};
use crate::http::state::blocking;
use crate::pages::description;
use crate::question::QuestionId;
use crate::wire::QuestionOutput;

#[derive(Serialize)]
struct QuestionPage<'a> {
    question: Shown<'a>,
    description: String,
    date: String,
    /// The related ones, then the latest where fewer are related.
    items: Vec<Listed>,
}

/// A question with all its fields, absent ones too.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    title: &'a str,
    body: Option<&'a str>,
    language: &'a str,
    category: Option<&'a str>,
    tags: &'a [String],
    url: Option<&'a str>,
    answer: Option<&'a str>,
    author: Option<&'a str>,
    created_at: String,
}

impl<'a> From<QuestionOutput<'a>> for Shown<'a> {
    fn from(question: QuestionOutput<'a>) -> Self {
        let QuestionOutput { id, title, body, language, category, tags, url, answer, author, created_at, .. } = question;
        Self { id, title, body, language, category, tags, url, answer, author, created_at: created_at.to_string() }
    }
}

pub async fn page(reader: Reader, Loaded(app): Loaded, id: Result<PathId, Problem>) -> Response {
    let answer = match id {
        Ok(PathId(id)) => show(&reader, &app, id).await,
        Err(problem) => Err(problem),
    };
    page_or(&reader, answer)
}

async fn show(reader: &Reader, app: &App, id: QuestionId) -> ApiResult<Response> {
    let (corpus, wanted) = (Arc::clone(&app.corpus), id.clone());
    let stored = blocking(move || corpus.get(&wanted)).await??.ok_or_else(|| Problem::no_such_question(id.as_str()))?;
    let request = RelatedRequest { id: Some(id.as_str().to_owned()), fill: FillInput::Latest, ..RelatedRequest::default() };
    let RelatedView { items, .. } = listed::related(app, request).await?;
    let question = &stored.question;
    let page = QuestionPage {
        question: QuestionOutput::from(question).into(),
        description: description(question.text.body(), question.answer.as_deref()),
        date: question.created_at.strftime("%Y-%m-%d").to_string(),
        items,
    };
    Ok(view::render(reader, "question.html", page))
}
