//! Bodies, parameters and paths, with our errors in place of the framework's.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

use super::error::{Problem, ProblemField};
use super::state::Server;
use crate::decisions::parse_pair;
use crate::editorial::QuestionPair;
use crate::question::QuestionId;

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Server>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::media_type("send JSON, with the header `Content-Type: application/json`"));
        }
        let bytes = Bytes::from_request(request, server).await.map_err(|e| body_problem(e, server))?;
        from_json(&bytes).map(Body)
    }
}

pub fn is_json(headers: &HeaderMap) -> bool {
    let essence = media_type(headers);
    essence == "application/json" || essence.ends_with("+json")
}

/// The content type without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub fn body_problem(rejection: BytesRejection, server: &Server) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::too_large(server.config.max_body_bytes);
    }
    Problem::malformed(format!("the body did not arrive whole: {}", rejection.into_response().status()))
}

/// Parses JSON; an error names the field as a JSON pointer.
pub fn from_json<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json);
    let value = parsed.map_err(|error| {
        let inner = error.inner();
        if !inner.is_data() {
            return Problem::malformed(format!("the body is no JSON: {inner}"));
        }
        let pointer = pointer(error.path());
        Problem::invalid(vec![ProblemField { pointer, detail: inner.to_string() }])
    })?;
    json.end().map_err(|e| Problem::malformed(format!("after the JSON there is more: {e}")))?;
    Ok(value)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

/// Parameters after the `?`.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Server>> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, server).await;
        query.map(|query| Self(query.0)).map_err(|e| {
            let detail = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
            // The framework's message begins with the parameter where one is at fault.
            let name = detail.split_once(": ").map(|(name, _)| name).filter(|name| !name.contains(' '));
            let pointer = name.map_or_else(String::new, |name| format!("/{name}"));
            Problem::invalid(vec![ProblemField { pointer, detail }])
        })
    }
}

/// The `{id}` of the path.
pub struct PathId(pub QuestionId);

impl FromRequestParts<Arc<Server>> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, server)
            .await
            .map_err(|e| Problem::malformed(format!("the id in the path can't be read: {e}")))?;
        let wrong = |problem| ProblemField { pointer: "/id".into(), detail: format!("the id in the path {problem}") };
        QuestionId::parse(&text).map(Self).map_err(|problem| Problem::invalid(vec![wrong(problem)]))
    }
}

/// The `{a}/{b}` of the path: two different questions.
pub struct PathPair(pub QuestionPair);

impl FromRequestParts<Arc<Server>> for PathPair {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let Path((a, b)) = Path::<(String, String)>::from_request_parts(parts, server)
            .await
            .map_err(|e| Problem::malformed(format!("the ids in the path can't be read: {e}")))?;
        parse_pair(&a, &b).map(Self).map_err(|errors| Problem::invalid_fields(&errors))
    }
}
