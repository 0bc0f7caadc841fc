//! The page at `/` and its files, part of the program.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Routes of the page; its files change only with the program, and are asked for again when it does.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(|| file("text/html; charset=utf-8", include_str!("assets/index.html"))))
        .route("/assets/style.css", get(|| file("text/css; charset=utf-8", include_str!("assets/style.css"))))
        .route("/assets/home.js", get(|| file("text/javascript; charset=utf-8", include_str!("assets/home.js"))))
        .route("/assets/favicon.svg", get(|| file("image/svg+xml", include_str!("assets/favicon.svg"))))
}

async fn file(kind: &'static str, content: &'static str) -> Response {
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    (headers, content).into_response()
}
