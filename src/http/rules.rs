//! `/v1/rules`: what editors want in lists, and what not.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::admission::MayWrite;
use super::error::{ApiResult, Problem};
use super::extract::{Body, Parameters, PathId};
use super::related::parse_limit;
use super::state::{Ready, blocking};
use crate::app::App;
use crate::corpus::Repository;
use crate::decisions::RulesBody;
use crate::editorial::Rules;
use crate::question::{FieldError, QuestionId};
use crate::store::{Outcome, Write};

/// The rules of one question.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesOutput {
    pub id: String,
    #[serde(flatten)]
    pub rules: RulesBody,
    /// Ids that the rules name and that are not stored now.
    pub missing: Vec<String>,
}

impl RulesOutput {
    fn of(app: &App, id: &QuestionId, rules: &Rules) -> Self {
        let missing = rules.named().chain([id]).filter(|id| app.corpus.point(id).is_none());
        Self { id: id.to_string(), missing: missing.map(ToString::to_string).collect(), rules: rules.into() }
    }
}

/// The rules for a question's list; empty where there are none.
#[utoipa::path(
    get, path = "/v1/rules/{id}", tag = "rules",
    params(("id" = String, Path, description = "The question's id, percent-encoded")),
    responses((status = 200, body = RulesOutput, description = "Its rules"))
)]
pub async fn get_rules(Ready(app): Ready, PathId(id): PathId) -> ApiResult<Json<RulesOutput>> {
    let rules = app.corpus.editorial().rules(&id).cloned().unwrap_or_default();
    Ok(Json(RulesOutput::of(&app, &id, &rules)))
}

/// Puts rules in the place of those that were. Durable and in force when answered.
#[utoipa::path(
    put, path = "/v1/rules/{id}", tag = "rules", request_body = RulesBody,
    params(("id" = String, Path, description = "The question's id, percent-encoded")),
    responses(
        (status = 200, body = RulesOutput, description = "The rules that hold now"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "A key is needed"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A field is at fault"),
    )
)]
pub async fn put_rules(
    _key: MayWrite,
    Ready(app): Ready,
    PathId(id): PathId,
    Body(body): Body<RulesBody>,
) -> ApiResult<Json<RulesOutput>> {
    let rules = body.parse(&id).map_err(|errors| Problem::invalid_fields(&errors))?;
    let output = RulesOutput::of(&app, &id, &rules);
    blocking(move || app.corpus.write(vec![Write::Rule(id, rules)])).await??;
    Ok(Json(output))
}

/// Takes the rules of a question away.
#[utoipa::path(
    delete, path = "/v1/rules/{id}", tag = "rules",
    params(("id" = String, Path, description = "The question's id, percent-encoded")),
    responses(
        (status = 204, description = "Taken away, durably"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "A key is needed"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "It has no rules"),
    )
)]
pub async fn delete_rules(_key: MayWrite, Ready(app): Ready, PathId(id): PathId) -> ApiResult<StatusCode> {
    let write = Write::Rule(id.clone(), Rules::default());
    let (committed, _) = blocking(move || app.corpus.write(vec![write])).await??;
    match committed.outcomes[..] {
        [Outcome::Decided] => Ok(StatusCode::NO_CONTENT),
        _ => Err(Problem::no_such_decision(&format!("the question {:?} has no rules", id.as_str()))),
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RulesParameters {
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// The `next` of the page before.
    after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RulesPage {
    pub items: Vec<RulesOutput>,
    /// What `after` takes for the next page; null on the last.
    pub next: Option<String>,
}

/// A page of all rules, in the order of ids.
#[utoipa::path(
    get, path = "/v1/rules", tag = "rules", params(RulesParameters),
    responses(
        (status = 200, body = RulesPage, description = "A page of rules"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A parameter is at fault"),
    )
)]
pub async fn all_rules(Ready(app): Ready, Parameters(parameters): Parameters<RulesParameters>) -> ApiResult<Json<RulesPage>> {
    let mut errors = Vec::new();
    let limit = parse_limit(parameters.limit, &mut errors);
    let after = parameters.after.as_deref().map(QuestionId::parse).transpose();
    let after = after.map_err(|problem| errors.push(FieldError::new("after", problem))).ok().flatten();
    if !errors.is_empty() {
        return Err(Problem::invalid_fields(&errors));
    }
    let editorial = app.corpus.editorial();
    let mut rules = editorial.all_rules(after.as_ref());
    let page: Vec<(QuestionId, Rules)> = rules.by_ref().take(limit).map(|(id, rules)| (id.clone(), rules.clone())).collect();
    let more = rules.next().is_some();
    drop(rules);
    drop(editorial);
    let next = page.last().filter(|_| more).map(|(id, _)| id.to_string());
    let items = page.iter().map(|(id, rules)| RulesOutput::of(&app, id, rules)).collect();
    Ok(Json(RulesPage { items, next }))
}
