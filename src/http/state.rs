//! What handlers share.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tokio::sync::Semaphore;

use super::duplicates::GroupsCache;
use super::error::Problem;
use super::latency::Latencies;
use super::recall::RecallGauge;
use crate::app::App;
use crate::config::Config;

/// Bulk uploads handled at once; more wait for their turn without taking a thread.
const BULK_AT_ONCE: usize = 2;

/// One server. The port is open before the model and the index are loaded, so that probes get an answer.
pub struct Server {
    pub config: Config,
    pub started: Instant,
    pub admission: Arc<Semaphore>,
    pub bulk: Semaphore,
    pub groups: GroupsCache,
    pub latencies: Latencies,
    pub recall: RecallGauge,
    app: OnceLock<App>,
}

impl Server {
    pub fn new(config: Config) -> Self {
        Self {
            admission: Arc::new(Semaphore::new(config.max_concurrent_requests)),
            bulk: Semaphore::new(BULK_AT_ONCE),
            groups: GroupsCache::default(),
            latencies: Latencies::default(),
            recall: RecallGauge::default(),
            config,
            started: Instant::now(),
            app: OnceLock::new(),
        }
    }

    /// From here on the server answers.
    pub fn ready(&self, app: App) {
        // Set once by construction: the loader is the only caller.
        let _ = self.app.set(app);
    }

    pub fn app(&self) -> Option<&App> {
        self.app.get()
    }
}

/// The loaded application; while it is loading, requests for it are answered 503.
pub struct Ready(pub App);

impl FromRequestParts<Arc<Server>> for Ready {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        server.app().cloned().map(Ready).ok_or_else(Problem::not_ready)
    }
}

/// Runs `work` where it may block.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}
