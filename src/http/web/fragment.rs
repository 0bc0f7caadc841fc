//! `/fragments/related/{id}`: a list as a piece of HTML for other sites' pages.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use utoipa::IntoParams;

use super::cached;
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Parameters, PathId};
use crate::http::related::{FillInput, FilterInput, Found, RelatedRequest, find, split};
use crate::http::state::{Ready, Server, blocking};
use crate::pages::{Format, Listed, ListedItem, Renderer};

/// Who has a list keeps it that long, and may show it while a newer one is fetched.
const KEPT: &str = "public, max-age=60, stale-while-revalidate=600";

#[derive(Debug, serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FragmentParameters {
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    min_score: Option<f32>,
    /// `latest`: fill up with the newest.
    fill: Option<FillInput>,
    /// Language ranges, separated by commas.
    language: Option<String>,
    /// Categories, separated by commas.
    category: Option<String>,
}

/// The related questions as a piece of HTML, the same as `likewise pages --format html` writes.
#[utoipa::path(
    get, path = "/fragments/related/{id}", tag = "related",
    params(("id" = String, Path, description = "The question's id, percent-encoded"), FragmentParameters),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "A `section` with a heading and an ordered list"),
        (status = 304, description = "As it was (`If-None-Match`)"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such question"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A parameter is at fault"),
    )
)]
pub async fn fragment(
    State(server): State<Arc<Server>>,
    Ready(app): Ready,
    PathId(id): PathId,
    headers: HeaderMap,
    Parameters(parameters): Parameters<FragmentParameters>,
) -> ApiResult<Response> {
    let FragmentParameters { limit, min_score, fill, language, category } = parameters;
    let filter =
        FilterInput { language: split(language.as_deref()), category: split(category.as_deref()), ..FilterInput::default() };
    let fill = fill.unwrap_or_default();
    let request =
        RelatedRequest { id: Some(id.as_str().to_owned()), limit, min_score, fill, filter, ..RelatedRequest::default() };
    let corpus = Arc::clone(&app.corpus);
    let missing = Problem::no_such_question(id.as_str());
    let asked = blocking(move || corpus.get(&id)).await??.ok_or(missing)?.question;
    let Found { list, .. } = find(app, request.parse()?).await?;
    let items = list.items.iter().map(|item| ListedItem {
        question: &item.question,
        score: item.candidate.ranked.semantic.value(),
        kind: item.kind,
        pinned: item.candidate.pinned,
        duplicates: item.candidate.duplicates.iter().map(|duplicate| duplicate.id.to_string()).collect(),
    });
    let listed = Listed { question: &asked, items: items.collect() };
    let link = server.config.question_url.clone().unwrap_or_else(|| page_here(&headers));
    let renderer = Renderer::new(Format::Html, None, listed.items.len(), &link);
    let html = renderer.and_then(|renderer| renderer.render(&listed)).map_err(Problem::internal)?;
    Ok(cached(&headers, "text/html; charset=utf-8", KEPT, html))
}

/// Where a question's page is on this server, as seen from another site.
fn page_here(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.map_or_else(|| "/q/{id}".into(), |host| format!("//{host}/q/{{id}}"))
}
