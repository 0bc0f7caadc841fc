//! `/v1/duplicates/verdicts`: people's word on pairs of questions.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::admission::MayWrite;
use super::error::{ApiResult, Problem};
use super::extract::{Body, Parameters, PathPair};
use super::related::parse_limit;
use super::state::{Ready, blocking};
use crate::app::App;
use crate::corpus::Repository;
use crate::decisions::{now, parse_pair};
use crate::editorial::{Decision, QuestionPair, Verdict};
use crate::question::{FieldError, Problem as Fault};
use crate::store::{Outcome, Write};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictBody {
    /// `duplicate`, `related` or `different`.
    #[schema(example = "duplicate")]
    pub verdict: String,
}

/// A person's word on a pair. It outranks the model, and outlives a change of model.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerdictOutput {
    /// The lesser id.
    pub a: String,
    pub b: String,
    pub verdict: &'static str,
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: jiff::Timestamp,
}

impl VerdictOutput {
    fn of(pair: &QuestionPair, decision: Decision) -> Self {
        let [a, b] = pair.ids().map(ToString::to_string);
        Self { a, b, verdict: decision.verdict.as_str(), decided_at: decision.decided_at }
    }
}

/// Notes what two questions are. Durable and in force when answered.
#[utoipa::path(
    put, path = "/v1/duplicates/verdicts/{a}/{b}", tag = "duplicates", request_body = VerdictBody,
    params(
        ("a" = String, Path, description = "An id, percent-encoded"),
        ("b" = String, Path, description = "Another id; the order does not matter"),
    ),
    responses(
        (status = 200, body = VerdictOutput, description = "What holds now"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "A key is needed"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such question"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A field is at fault"),
    )
)]
pub async fn put_verdict(
    _key: MayWrite,
    Ready(app): Ready,
    PathPair(pair): PathPair,
    Body(body): Body<VerdictBody>,
) -> ApiResult<Json<VerdictOutput>> {
    let verdict =
        Verdict::parse(&body.verdict).map_err(|fault| Problem::invalid_fields(&[FieldError::new("verdict", fault)]))?;
    let decision = decide(&app, &pair, verdict).await?;
    Ok(Json(VerdictOutput::of(&pair, decision)))
}

/// Notes what two stored questions are; gives what holds now.
pub async fn decide(app: &App, pair: &QuestionPair, verdict: Verdict) -> ApiResult<Decision> {
    if let Some(missing) = pair.ids().into_iter().find(|id| app.corpus.point(id).is_none()) {
        return Err(Problem::no_such_question(missing.as_str()));
    }
    let decision = Decision { verdict, decided_at: now() };
    let (corpus, write) = (Arc::clone(&app.corpus), Write::Decide(pair.clone(), Some(decision)));
    blocking(move || corpus.write(vec![write])).await??;
    // The same word as before keeps its time.
    Ok(app.corpus.editorial().decision(pair).unwrap_or(decision))
}

/// Takes a word back: the model's holds again.
#[utoipa::path(
    delete, path = "/v1/duplicates/verdicts/{a}/{b}", tag = "duplicates",
    params(
        ("a" = String, Path, description = "An id, percent-encoded"),
        ("b" = String, Path, description = "Another id; the order does not matter"),
    ),
    responses(
        (status = 204, description = "Taken back, durably"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "A key is needed"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "Nobody decided on this pair"),
    )
)]
pub async fn delete_verdict(_key: MayWrite, Ready(app): Ready, PathPair(pair): PathPair) -> ApiResult<StatusCode> {
    let taken_back = take_back(&app, pair).await?;
    taken_back.then_some(StatusCode::NO_CONTENT).ok_or_else(|| Problem::no_such_decision("nobody decided on this pair"))
}

/// Takes a word back; false where there was none.
pub async fn take_back(app: &App, pair: QuestionPair) -> ApiResult<bool> {
    let (corpus, write) = (Arc::clone(&app.corpus), Write::Decide(pair, None));
    let (committed, _) = blocking(move || corpus.write(vec![write])).await??;
    Ok(matches!(committed.outcomes[..], [Outcome::Decided]))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VerdictsParameters {
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// The `next` of the page before.
    after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct VerdictsPage {
    pub items: Vec<VerdictOutput>,
    /// How many there are in all.
    pub total: usize,
    /// What `after` takes for the next page; null on the last.
    pub next: Option<String>,
}

/// A page of all verdicts, in the order of pairs.
#[utoipa::path(
    get, path = "/v1/duplicates/verdicts", tag = "duplicates", params(VerdictsParameters),
    responses(
        (status = 200, body = VerdictsPage, description = "A page of verdicts"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A parameter is at fault"),
    )
)]
pub async fn all_verdicts(
    Ready(app): Ready,
    Parameters(parameters): Parameters<VerdictsParameters>,
) -> ApiResult<Json<VerdictsPage>> {
    let mut errors = Vec::new();
    let limit = parse_limit(parameters.limit, &mut errors);
    let after = parameters.after.as_deref().map(parse_cursor).transpose();
    let after = after.map_err(|fault| errors.push(FieldError::new("after", fault))).ok().flatten();
    if !errors.is_empty() {
        return Err(Problem::invalid_fields(&errors));
    }
    let editorial = app.corpus.editorial();
    let mut decisions = editorial.all_decisions(after.as_ref()).peekable();
    let mut items = Vec::with_capacity(limit);
    let mut last = None;
    for (pair, decision) in decisions.by_ref().take(limit) {
        items.push(VerdictOutput::of(pair, *decision));
        last = Some(pair);
    }
    let next = last.filter(|_| decisions.peek().is_some()).map(cursor);
    Ok(Json(VerdictsPage { items, total: editorial.decision_count(), next }))
}

/// Ids hold no line feeds.
fn cursor(pair: &QuestionPair) -> String {
    let [a, b] = pair.ids();
    URL_SAFE_NO_PAD.encode(format!("{a}\n{b}"))
}

fn parse_cursor(text: &str) -> Result<QuestionPair, Fault> {
    let pair = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = pair.as_deref().and_then(|text| text.split_once('\n')).and_then(|(a, b)| parse_pair(a, b).ok());
    pair.ok_or_else(|| Fault::Other("is no cursor of this list".into()))
}
