//! Files of the pages, part of the program. An address holds the digest of what is there, so browsers may keep it for ever.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::cached;
use crate::http::error::Problem;

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file by its name.
macro_rules! asset {
    ($name:literal, $kind:expr) => {
        ($name, $kind, include_str!(concat!("assets/", $name)))
    };
}

/// Names, kinds and contents.
const ASSETS: [(&str, &str, &str); 8] = [
    asset!("style.css", "text/css; charset=utf-8"),
    asset!("favicon.svg", "image/svg+xml"),
    asset!("common.js", SCRIPT),
    asset!("home.js", SCRIPT),
    asset!("compose.js", SCRIPT),
    asset!("review.js", SCRIPT),
    asset!("status.js", SCRIPT),
    asset!("docs.js", SCRIPT),
];

/// Where each file is, by its name.
pub fn addresses() -> &'static BTreeMap<&'static str, String> {
    static ADDRESSES: LazyLock<BTreeMap<&str, String>> = LazyLock::new(|| {
        let address =
            |(name, _, content): &(&'static str, &str, &str)| (*name, format!("/assets/{name}?v={}", digest(content)));
        ASSETS.iter().map(address).collect()
    });
    &ADDRESSES
}

fn digest(content: &str) -> String {
    Sha256::digest(content).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Routes of the files, and of the scripts for other sites.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let embedded = |content: &'static str| {
        get(move |headers: HeaderMap| async move { cached(&headers, SCRIPT, "public, max-age=3600", content) })
    };
    Router::new()
        .route("/assets/{name}", get(asset))
        .route("/widget.js", embedded(include_str!("assets/widget.js")))
        .route("/ask.js", embedded(include_str!("assets/ask.js")))
}

async fn asset(Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> Response {
    let Some((_, kind, content)) = ASSETS.iter().find(|(known, ..)| *known == name) else {
        return Problem::no_such_path(uri.path()).into_response();
    };
    let is_named = uri.query() == Some(&format!("v={}", digest(content)));
    let kept = if is_named { "public, max-age=31536000, immutable" } else { "no-cache" };
    cached(&headers, kind, kept, *content)
}
