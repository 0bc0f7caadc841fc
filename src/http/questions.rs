//! `/v1/questions`: one question, pages of them, the latest.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::admission::MayWrite;
use super::error::{ApiResult, Problem};
use super::extract::{Body, Parameters, PathId};
use super::list::ItemOutput;
use super::related::{FilterInput, parse_include, parse_limit, split};
use super::state::{Ready, blocking};
use crate::app::App;
use crate::corpus::Repository;
use crate::embed::compose;
use crate::ingest::Draft;
use crate::question::{FieldError, Language, Problem as Fault, Question, QuestionId};
use crate::recommend::Kind;
use crate::store::{Outcome, Page, Put, Write};
use crate::wire::{QuestionInput, QuestionOutput};

/// The model behind an answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ModelOutput {
    pub name: String,
    /// Digest of everything that decides a vector.
    pub fingerprint: String,
    pub dimension: usize,
}

impl ModelOutput {
    pub fn of(app: &App) -> Self {
        let model = app.corpus.model();
        Self { name: model.name.clone(), fingerprint: model.fingerprint.to_string(), dimension: model.dimension }
    }
}

/// One question.
#[utoipa::path(
    get, path = "/v1/questions/{id}", tag = "questions",
    params(("id" = String, Path, description = "Percent-encoded")),
    responses(
        (status = 200, body = QuestionOutput<'static>, description = "The question"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such question"),
    )
)]
pub async fn get_question(Ready(app): Ready, PathId(id): PathId) -> ApiResult<Response> {
    let wanted = id.clone();
    let stored = blocking(move || app.corpus.get(&wanted)).await??;
    let stored = stored.ok_or_else(|| Problem::no_such_question(id.as_str()))?;
    Ok(Json(QuestionOutput::from(&stored.question)).into_response())
}

/// Stores a question, or replaces the one with this id. Durable and findable when answered.
#[utoipa::path(
    put, path = "/v1/questions/{id}", tag = "questions", request_body = QuestionInput,
    params(("id" = String, Path, description = "Percent-encoded; the body may repeat it")),
    responses(
        (status = 200, body = QuestionOutput<'static>, description = "Replaced, or nothing to change"),
        (status = 201, body = QuestionOutput<'static>, description = "New"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "A key is needed"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A field is at fault"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Overloaded; see Retry-After"),
        (status = 507, body = Problem, content_type = "application/problem+json", description = "The disk is full"),
    )
)]
pub async fn put_question(
    _key: MayWrite,
    Ready(app): Ready,
    PathId(id): PathId,
    Body(mut input): Body<QuestionInput>,
) -> ApiResult<Response> {
    let stated = input.id.get_or_insert_with(|| id.as_str().to_owned());
    if *stated != id.as_str() {
        let why = format!("is {stated:?}, the path says {:?}", id.as_str());
        return Err(Problem::invalid_fields(&[FieldError::new("id", Fault::Other(why))]));
    }
    let draft = input.parse(None).map_err(|errors| Problem::invalid_fields(&errors))?;
    let (question, outcome) = put(app, draft).await?;
    let status = if matches!(outcome, Outcome::Created { .. }) { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(QuestionOutput::from(&question))).into_response())
}

/// Embeds a question's text where it is new, waiting without a thread, and stores it. A caller that goes away before the
/// write withdraws it.
pub async fn put(app: App, draft: Draft) -> ApiResult<(Question, Outcome)> {
    let mut put = Put::from(draft);
    loop {
        let corpus = Arc::clone(&app.corpus);
        let write = Write::Put(Box::new(put));
        let (committed, writes) = blocking(move || corpus.write(vec![write])).await??;
        let (Some(Write::Put(written)), [outcome]) = (writes.into_iter().next(), &committed.outcomes[..]) else {
            return Err(Problem::internal("the store answered another number of writes than it was given"));
        };
        if *outcome != Outcome::NeedsEmbedding {
            return Ok((written.question, *outcome));
        }
        put = *written;
        put.embedding = Some(app.embedder.embed(compose(&put.question.text)).await?.embedding);
    }
}

/// Forgets a question, for ever.
#[utoipa::path(
    delete, path = "/v1/questions/{id}", tag = "questions",
    params(("id" = String, Path, description = "Percent-encoded")),
    responses(
        (status = 204, description = "Deleted, durably"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "A key is needed"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such question"),
    )
)]
pub async fn delete_question(_key: MayWrite, Ready(app): Ready, PathId(id): PathId) -> ApiResult<StatusCode> {
    let write = Write::Delete(id.clone());
    let (committed, _) = blocking(move || app.corpus.write(vec![write])).await??;
    match committed.outcomes[..] {
        [Outcome::Deleted { .. }] => Ok(StatusCode::NO_CONTENT),
        _ => Err(Problem::no_such_question(id.as_str())),
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LatestParameters {
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// Categories, separated by commas.
    category: Option<String>,
    /// Language ranges, separated by commas.
    language: Option<String>,
    /// Fields beside those that are always there, separated by commas.
    include: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LatestResponse {
    pub items: Vec<ItemOutput>,
}

/// The newest questions, newest first, ties by id.
#[utoipa::path(
    get, path = "/v1/questions/latest", tag = "questions", params(LatestParameters),
    responses(
        (status = 200, body = LatestResponse, description = "The newest, newest first"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A parameter is at fault"),
    )
)]
pub async fn latest(
    Ready(app): Ready,
    Parameters(parameters): Parameters<LatestParameters>,
) -> ApiResult<Json<LatestResponse>> {
    let mut errors = Vec::new();
    let limit = parse_limit(parameters.limit, &mut errors);
    let filter = FilterInput {
        language: split(parameters.language.as_deref()),
        category: split(parameters.category.as_deref()),
        ..FilterInput::default()
    };
    let filter = filter.parse(&mut errors);
    let include = parse_include(parameters.include.as_deref())?;
    if !errors.is_empty() {
        return Err(Problem::invalid_fields(&errors));
    }
    let questions = blocking(move || {
        let points = app.corpus.latest(&app.corpus.allowed(&filter), limit);
        app.corpus.by_points(&points)
    });
    let questions = questions.await??.into_iter().flatten();
    let items = questions.map(|question| ItemOutput::new(question, None, Kind::Latest, &include)).collect();
    Ok(Json(LatestResponse { items }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
    /// The `next` of the page before.
    after: Option<String>,
    category: Option<String>,
    /// A language range: `zh` takes `zh-Hant` too.
    language: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PageResponse<'a> {
    items: Vec<QuestionOutput<'a>>,
    /// What `after` takes for the next page; null on the last.
    next: Option<&'a str>,
}

const MAX_PAGE: usize = 1_000;

/// A page of questions, in the order of their ids.
#[utoipa::path(
    get, path = "/v1/questions", tag = "questions", params(PageParameters),
    responses(
        (status = 200, body = PageResponse<'static>, description = "A page of questions"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A parameter is at fault"),
    )
)]
pub async fn page(Ready(app): Ready, Parameters(parameters): Parameters<PageParameters>) -> ApiResult<Response> {
    let page = parameters.parse().map_err(|errors| Problem::invalid_fields(&errors))?;
    let limit = page.limit;
    let questions = blocking(move || app.corpus.page(&page)).await??;
    let next = questions.last().filter(|_| questions.len() == limit).map(|last| last.question.id.as_str());
    let items: Vec<QuestionOutput<'_>> = questions.iter().map(|stored| (&stored.question).into()).collect();
    Ok(Json(PageResponse { items, next }).into_response())
}

impl PageParameters {
    fn parse(self) -> Result<Page, Vec<FieldError>> {
        let mut errors = Vec::new();
        let limit = self.limit.unwrap_or(100);
        let limit = usize::try_from(limit).ok().filter(|limit| (1..=MAX_PAGE).contains(limit)).unwrap_or_else(|| {
            let problem = Fault::OutOfRange { actual: limit.to_string(), min: "1".into(), max: MAX_PAGE.to_string() };
            errors.push(FieldError::new("limit", problem));
            1
        });
        let mut fault = |field: &str, problem| errors.push(FieldError::new(field, problem));
        let after = self.after.map(|id| QuestionId::parse(&id)).transpose();
        let after = after.unwrap_or_else(|problem| {
            fault("after", problem);
            None
        });
        let language = self.language.map(|tag| Language::parse(&tag)).transpose().unwrap_or_else(|problem| {
            fault("language", problem);
            None
        });
        if errors.is_empty() { Ok(Page { after, category: self.category, language, limit }) } else { Err(errors) }
    }
}
