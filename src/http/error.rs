//! Errors as RFC 9457 `application/problem+json`. The only place that maps inner errors to answers; causes that are ours are
//! logged here, once.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::corpus::CorpusError;
use crate::embed::EmbedError;
use crate::ingest::IngestError;
use crate::question::{FieldError, Problem as Fault};
use crate::store::StoreError;

/// A problem, as the caller sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Stable: `urn:likewise:problem:` and a word.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    /// What to change.
    detail: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemField>,
    #[serde(skip)]
    retry_after_seconds: Option<u64>,
}

/// One field at fault.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemField {
    /// JSON pointer (RFC 6901) into the request's body; for a parameter its name after a slash.
    pub pointer: String,
    pub detail: String,
}

impl From<&FieldError> for ProblemField {
    fn from(error: &FieldError) -> Self {
        let pointer = if error.field.is_empty() { String::new() } else { format!("/{}", error.field) };
        Self { pointer, detail: error.to_string() }
    }
}

pub type ApiResult<T> = Result<T, Problem>;

impl Problem {
    fn new(status: StatusCode, word: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:likewise:problem:{word}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_seconds: None,
        }
    }

    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request can't be read", detail)
    }

    pub fn media_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Another content type is needed", detail)
    }

    pub fn invalid(errors: Vec<ProblemField>) -> Self {
        let detail = match &errors[..] {
            [one] => one.detail.clone(),
            several => format!("{} fields are at fault; see `errors`", several.len()),
        };
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", "A field is at fault", detail) }
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The word that its type ends with.
    pub fn word(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }

    pub fn title(&self) -> &'static str {
        self.title
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_seconds
    }

    pub fn fields(&self) -> &[ProblemField] {
        &self.errors
    }

    /// For lists of rejected questions.
    pub fn into_reason(self) -> (String, Vec<ProblemField>) {
        (self.detail, self.errors)
    }

    pub fn invalid_fields(errors: &[FieldError]) -> Self {
        Self::invalid(errors.iter().map(ProblemField::from).collect())
    }

    pub fn invalid_field(field: &str, fault: Fault) -> Self {
        Self::invalid_fields(&[FieldError::new(field, fault)])
    }

    pub fn foreign_form() -> Self {
        let detail = "this form was sent by another site's page; open it here";
        Self::new(StatusCode::FORBIDDEN, "foreign-form", "The form is not ours", detail)
    }

    pub fn too_large(limit: usize) -> Self {
        let detail = format!("the request's body may have {limit} bytes; send less, or stream it as application/x-ndjson");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too large", detail)
    }

    pub fn no_such_question(id: &str) -> Self {
        let detail = format!("no question with the id {id:?} is stored");
        Self::new(StatusCode::NOT_FOUND, "no-such-question", "There is no such question", detail)
    }

    pub fn no_such_decision(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "no-such-decision", "Nothing was decided", detail)
    }

    pub fn no_such_path(path: &str) -> Self {
        let detail = format!("nothing is at {path}; /openapi.json describes what there is");
        Self::new(StatusCode::NOT_FOUND, "no-such-path", "There is nothing here", detail)
    }

    pub fn method_not_allowed(path: &str) -> Self {
        let detail = format!("{path} does not take this method; /openapi.json tells which it takes");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Another method is needed", detail)
    }

    pub fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "An API key is needed", detail)
    }

    pub fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "The API key does not allow this", detail)
    }

    pub fn too_many_requests(limit: usize) -> Self {
        let detail =
            format!("{limit} requests are under way already; come back later or ask for a higher `max_concurrent_requests`");
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests", detail);
        Self { retry_after_seconds: Some(1), ..problem }
    }

    pub fn not_ready() -> Self {
        let detail = "the model and the index are being loaded; come back in a moment";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "The server is starting", detail);
        Self { retry_after_seconds: Some(1), ..problem }
    }

    pub fn lists_not_ready() -> Self {
        let detail = "the lists of all questions are still being made, or `living_lists` is off";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "lists-not-ready", "The lists are not there yet", detail);
        Self { retry_after_seconds: Some(5), ..problem }
    }

    pub fn timed_out() -> Self {
        let detail = "the request took longer than `request_timeout_seconds`; send less, or come back when the load is lower";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "The request took too long", detail);
        Self { retry_after_seconds: Some(1), ..problem }
    }

    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        let detail = "something failed here that the request did not cause; the server's log tells what";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The server failed", detail)
    }

    fn disk_full(error: &StoreError) -> Self {
        tracing::error!(%error, "the disk is full");
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk-full", "The server's disk is full", error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let retry_after = self.retry_after_seconds;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<EmbedError> for Problem {
    fn from(error: EmbedError) -> Self {
        match error {
            EmbedError::Overloaded { retry_after } => {
                let detail = error.to_string();
                let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "The server is overloaded", detail);
                Self { retry_after_seconds: Some(retry_after.as_secs()), ..problem }
            }
            EmbedError::Encode(_) | EmbedError::Stopped => Self::internal(error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull => Self::disk_full(&error),
            other => Self::internal(chain(&other)),
        }
    }
}

impl From<IngestError> for Problem {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Embed(error) => error.into(),
            IngestError::Store(error) => error.into(),
            IngestError::Corpus(error) => error.into(),
        }
    }
}

impl From<CorpusError> for Problem {
    fn from(error: CorpusError) -> Self {
        match error {
            CorpusError::Store(error) => error.into(),
            CorpusError::Write(error) if matches!(*error, StoreError::DiskFull) => Self::disk_full(&error),
            other => Self::internal(chain(&other)),
        }
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
