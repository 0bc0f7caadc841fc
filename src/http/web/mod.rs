//! The web pages, and what other sites take in: useful without a script, livelier with one.
//!
//! A page asks the API's own functions and renders what they answer; its script asks for parts of pages, which the same templates
//! make, and puts them in place.

mod ask;
mod assets;
mod docs;
pub mod fragment;
mod home;
mod listed;
mod question;
mod reader;
mod review;
mod status;
mod view;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::error::{ApiResult, Problem};
use super::state::Server;
use crate::app::App;
pub use docs::Reference;
pub use reader::Reader;

/// The pages and their parts.
pub fn pages() -> Router<Arc<Server>> {
    Router::new()
        .route("/", get(home::page))
        .route("/parts/related", post(home::related))
        .route("/parts/latest", get(home::latest))
        .route("/q/{id}", get(question::page))
        .route("/ask", get(ask::page).post(ask::post))
        .route("/parts/similar", post(ask::similar))
        .route("/duplicates", get(review::page).post(review::say))
        .route("/status", get(status::page))
        .route("/parts/status", get(status::part))
}

/// Files of the pages, and the reference of the API.
pub fn files(document: &utoipa::openapi::OpenApi) -> Router<Arc<Server>> {
    let reference = Arc::new(Reference::of(document));
    assets::routes()
        .route("/docs", get(move |server, headers, reader| docs::page(Arc::clone(&reference), server, headers, reader)))
}

/// A page that says why there is none.
pub fn no_page(reader: &Reader, problem: &Problem) -> Response {
    view::problem(reader, problem)
}

/// The loaded application, for a page: while it is loading, the answer is a page that comes back by itself.
struct Loaded(App);

impl FromRequestParts<Arc<Server>> for Loaded {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Response> {
        let Ok(reader) = Reader::from_request_parts(parts, server).await;
        server.app().cloned().map(Self).ok_or_else(|| view::problem(&reader, &Problem::not_ready()))
    }
}

/// The parameters of a page's address. What a page does not know is none of its business: links gather all sorts of them.
struct Asked(HashMap<String, String>);

impl Asked {
    /// `None` where it is absent or blank.
    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Query::<HashMap<String, String>>::from_request_parts(parts, state).await;
        read.map(|Query(read)| Self(read)).map_err(|rejection| Problem::malformed(rejection.body_text()))
    }
}

/// What a form of a page sends, by this server's own pages only: another site could make a reader's browser send it.
struct Sent<T>(T);

impl<T: DeserializeOwned> FromRequest<Arc<Server>> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self, Problem> {
        if !is_from_here(request.headers()) {
            return Err(Problem::foreign_form());
        }
        let read = Form::<T>::from_request(request, server).await;
        read.map(|Form(read)| Self(read)).map_err(|rejection: FormRejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(server.config.max_body_bytes),
            _ => Problem::malformed(rejection.body_text()),
        })
    }
}

/// Browsers tell where a form was sent from; what tells nothing is none.
fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return ["same-origin", "none"].contains(&site);
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    origin.split_once("://").is_some_and(|(_, host)| Some(host) == text(header::HOST))
}

/// Something that is made anew seldom: who has it already is told so.
fn cached(headers: &HeaderMap, kind: &'static str, kept: &'static str, content: impl IntoResponse + AsRef<[u8]>) -> Response {
    let digest: String = Sha256::digest(content.as_ref()).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{digest}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    // A proxy that compresses marks the tag as weak.
    let is_known = known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { content.into_response() };
    let answered = response.headers_mut();
    answered.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answered.insert(header::ETAG, tag);
    }
    response
}

/// A page, or one that says why there is none.
fn page_or(reader: &Reader, answer: ApiResult<Response>) -> Response {
    answer.unwrap_or_else(|problem| view::problem(reader, &problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn forms_of_other_sites_are_told_from_our_own() {
        assert!(is_from_here(&headers(&[])));
        assert!(is_from_here(&headers(&[("sec-fetch-site", "same-origin"), ("origin", "http://a.example")])));
        assert!(is_from_here(&headers(&[("origin", "https://a.example:8"), ("host", "a.example:8")])));
        for foreign in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://b.example"), ("host", "a.example")],
            &[("origin", "null"), ("host", "a.example")],
        ] {
            assert!(!is_from_here(&headers(foreign)), "{foreign:?}");
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let first = cached(&headers(&[]), "text/plain", "no-cache", "a");
        let tag = first.headers()[header::ETAG].to_str().expect("ascii").to_owned();
        let mut known = HeaderMap::new();
        known.insert(header::IF_NONE_MATCH, format!("\"x\", W/{tag}").parse().expect("a value"));
        assert_eq!(cached(&known, "text/plain", "no-cache", "a").status(), StatusCode::NOT_MODIFIED);
        assert_eq!(cached(&known, "text/plain", "no-cache", "b").status(), StatusCode::OK);
    }
}
