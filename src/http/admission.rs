//! What a request passes before its handler: the door, the key, the clock, the headers.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::Problem;
use super::state::Server;
use super::web::{self, Reader};
use crate::config::{Config, Scope};

/// Refuses at once what would exceed `max_concurrent_requests`.
pub async fn limit(State(server): State<Arc<Server>>, reader: Reader, request: Request, next: Next) -> Response {
    match Arc::clone(&server.admission).try_acquire_owned() {
        Ok(_permit) => next.run(request).await,
        Err(_) => refuse(&reader, &Problem::too_many_requests(server.config.max_concurrent_requests)),
    }
}

/// Tells a browser by a page, others by JSON.
fn refuse(reader: &Reader, problem: &Problem) -> Response {
    if reader.wants_page { web::no_page(reader, problem) } else { problem.clone().into_response() }
}

/// Ends a request that takes too long.
pub async fn deadline(State(server): State<Arc<Server>>, reader: Reader, request: Request, next: Next) -> Response {
    match tokio::time::timeout(server.config.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refuse(&reader, &Problem::timed_out()),
    }
}

/// Proof that the caller may change something: where keys are set, one with the scope `write` was sent. A handler that
/// changes something takes it as an argument.
pub struct MayWrite;

impl FromRequestParts<Arc<Server>> for MayWrite {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        may_write(&server.config, header.and_then(|value| value.strip_prefix("Bearer "))).map(|()| Self)
    }
}

/// Whether who sends this key may change something; where no keys are set, everybody may.
pub fn may_write(config: &Config, key: Option<&str>) -> Result<(), Problem> {
    if config.api_keys.is_empty() {
        return Ok(());
    }
    let secret = key.ok_or_else(|| Problem::unauthorized("send the header `Authorization: Bearer KEY`"))?;
    let known = config.api_keys.iter().find(|key| key.is(secret.trim()));
    let key = known.ok_or_else(|| Problem::unauthorized("this key is not known here"))?;
    if key.scope < Scope::Write {
        return Err(Problem::forbidden("this key may only read; use one with the scope `write`"));
    }
    Ok(())
}

/// Headers that keep browsers from being talked into anything.
pub async fn guard_headers(request: Request, next: Next) -> Response {
    const CSP: &str = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; base-uri 'none'; \
                       frame-ancestors 'none'; form-action 'self'";
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::CONTENT_SECURITY_POLICY, CSP);
    response
}
