//! The routes in their layers, the port, and the end of it all.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use thiserror::Error;
use tokio::net::TcpListener;
use tower::util::MapRequestLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::Problem;
use super::state::Server;
use super::{
    admission, bulk, changes, duplicates, latency, linger, metrics, openapi, questions, related, rules, status, verdicts, web,
};
use crate::config::CorsOrigins;

/// Longest wait for requests under way after a signal to stop.
const DRAIN: Duration = Duration::from_secs(30);

#[derive(Debug, Error)]
pub enum ServeError {
    #[error("{address} can't be listened on; choose another with --listen, or stop what uses it")]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error("the server failed")]
    Serve(#[source] std::io::Error),
}

/// A server that holds its port.
pub struct Bound {
    server: Arc<Server>,
    listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    /// Takes the configured port. Connections wait in the backlog until [`Bound::run`].
    pub async fn bind(server: Arc<Server>) -> Result<Self, ServeError> {
        let address = server.config.listen;
        let bind = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        Ok(Self { server, listener, address })
    }

    /// The real address, also where port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then answers what is under way, up to half a minute.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let (stopping, stopped) = tokio::sync::oneshot::channel();
        let stop = async move {
            stop.await;
            // Nobody listens only where serving ended by itself.
            let _ = stopping.send(());
        };
        let serving = axum::serve(self.listener, router(self.server)).with_graceful_shutdown(stop);
        let too_late = async {
            if stopped.await.is_ok() {
                tokio::time::sleep(DRAIN).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            served = serving.into_future() => served.map_err(ServeError::Serve),
            () = too_late => {
                tracing::warn!(seconds = DRAIN.as_secs(), "requests were still under way; they are given up");
                Ok(())
            }
        }
    }
}

/// Every route in its layers.
fn router(server: Arc<Server>) -> Router {
    // What pages of other sites may read from a browser, where the settings let them.
    let (shared, shared_document) = OpenApiRouter::new()
        .routes(routes!(related::related))
        .routes(routes!(related::related_to_stored))
        .routes(routes!(web::fragment::fragment))
        .routes(routes!(duplicates::check))
        .routes(routes!(questions::latest))
        .split_for_parts();
    let (own, own_document) = OpenApiRouter::new()
        .routes(routes!(changes::changes))
        .routes(routes!(duplicates::groups))
        .routes(routes!(verdicts::put_verdict, verdicts::delete_verdict))
        .routes(routes!(verdicts::all_verdicts))
        .routes(routes!(rules::get_rules, rules::put_rules, rules::delete_rules))
        .routes(routes!(rules::all_rules))
        .routes(routes!(questions::get_question, questions::put_question, questions::delete_question))
        .routes(routes!(questions::page))
        .routes(routes!(status::status))
        .split_for_parts();
    let (bulk, bulk_document) =
        OpenApiRouter::new().routes(routes!(bulk::bulk)).routes(routes!(duplicates::score)).split_for_parts();
    let (probes, probes_document) = OpenApiRouter::new()
        .routes(routes!(status::healthz))
        .routes(routes!(status::readyz))
        .routes(routes!(metrics::metrics))
        .split_for_parts();
    let mut document = openapi::Document::openapi();
    for part in [shared_document, own_document, bulk_document, probes_document] {
        document.merge(part);
    }
    let document = openapi::with_common_answers(document);

    // What a route says to a wrong method stands inside of the layer, which answers a browser that asks before it sends.
    let shared = shared.method_not_allowed_fallback(wrong_method).layer(cross_origin(&server.config.cors_origins));
    let timed = shared.merge(own).merge(web::pages());
    timed
        .layer(from_fn_with_state(Arc::clone(&server), admission::deadline))
        .merge(bulk)
        .route_layer(from_fn_with_state(Arc::clone(&server), latency::measure))
        .merge(web::files(&document))
        .route("/openapi.json", get(move || openapi::serve(document.clone())))
        .layer(DefaultBodyLimit::max(server.config.max_body_bytes))
        .layer(from_fn_with_state(Arc::clone(&server), admission::limit))
        // Probes are answered however busy the server is.
        .merge(probes)
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(admission::guard_headers))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(|_| Problem::internal("a handler panicked").into_response()))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(MapRequestLayer::new(linger::linger))
        .with_state(server)
}

/// Lets pages of these origins read, and nothing more: a key can't be sent along.
fn cross_origin(origins: &CorsOrigins) -> CorsLayer {
    let allowed = match origins {
        CorsOrigins::All => AllowOrigin::any(),
        // Spelled by plain letters, as the settings check.
        CorsOrigins::Some(origins) => AllowOrigin::list(origins.iter().filter_map(|origin| origin.parse().ok())),
    };
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE])
        .expose_headers([header::ETAG, header::RETRY_AFTER])
        .max_age(Duration::from_secs(3_600))
}

async fn wrong_method(request: Request) -> Problem {
    Problem::method_not_allowed(request.uri().path())
}

async fn nothing_here(reader: web::Reader, request: Request) -> Response {
    let problem = Problem::no_such_path(request.uri().path());
    if reader.wants_page { web::no_page(&reader, &problem) } else { problem.into_response() }
}

/// The path without parameters: those may hold the text of a question.
fn span(request: &Request) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}
