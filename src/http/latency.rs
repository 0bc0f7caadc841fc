//! How long answers take, by route, since the start.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use parking_lot::RwLock;
use serde::Serialize;
use utoipa::ToSchema;

use super::state::Server;

/// Upper bounds of the spans that are counted, in milliseconds; a last span has no bound.
const BOUNDS: [f64; 14] = [0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0];

/// Counts of answers, by how long they took.
#[derive(Debug, Default)]
struct Histogram {
    counts: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
}

/// The counts of every route.
#[derive(Debug, Default)]
pub struct Latencies(RwLock<BTreeMap<(String, String), Arc<Histogram>>>);

/// How long the answers of one route took.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RouteLatency {
    /// Method and path, as the reference names them.
    pub route: String,
    pub requests: u64,
    /// All of them together.
    pub seconds: f64,
    /// Median in milliseconds, between the bounds of its span.
    pub p50: f64,
    pub p99: f64,
    /// Every span that is not empty.
    pub spans: Vec<Span>,
}

/// How many answers took so long.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Span {
    /// Milliseconds, at most; null for the last, which has no bound.
    pub up_to: Option<f64>,
    pub count: u64,
}

impl Histogram {
    fn note(&self, took: Duration) {
        let milliseconds = took.as_secs_f64() * 1e3;
        self.counts[BOUNDS.partition_point(|bound| *bound < milliseconds)].fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(took.as_micros() as u64, Ordering::Relaxed);
    }

    fn told(&self, route: String) -> RouteLatency {
        let counts = self.counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        let spans = counts.iter().enumerate().map(|(span, count)| Span { up_to: BOUNDS.get(span).copied(), count: *count });
        RouteLatency {
            route,
            requests: counts.iter().sum(),
            seconds: self.microseconds.load(Ordering::Relaxed) as f64 / 1e6,
            p50: quantile(&counts, 0.5),
            p99: quantile(&counts, 0.99),
            spans: spans.filter(|span| span.count > 0).collect(),
        }
    }
}

/// Where that share of the answers was given, in milliseconds; evenly spread within a span.
fn quantile(counts: &[u64; BOUNDS.len() + 1], share: f64) -> f64 {
    let rank = share * counts.iter().sum::<u64>() as f64;
    let mut before = 0.0;
    for (span, count) in counts.iter().enumerate() {
        let count = *count as f64;
        if count > 0.0 && before + count >= rank {
            let low = if span == 0 { 0.0 } else { BOUNDS[span - 1] };
            let high = BOUNDS.get(span).copied().unwrap_or(low);
            return low + (high - low) * (rank - before) / count;
        }
        before += count;
    }
    0.0
}

impl Latencies {
    fn note(&self, method: &str, path: &str, took: Duration) {
        let route = (path.to_owned(), method.to_owned());
        if let Some(histogram) = self.0.read().get(&route) {
            histogram.note(took);
            return;
        }
        let histogram = Arc::clone(self.0.write().entry(route).or_default());
        histogram.note(took);
    }

    /// Every route that answered, the busiest first.
    pub fn told(&self) -> Vec<RouteLatency> {
        let routes = self.0.read();
        let told = routes.iter().map(|((path, method), histogram)| histogram.told(format!("{method} {path}")));
        let mut told: Vec<RouteLatency> = told.collect();
        told.sort_by_key(|route| std::cmp::Reverse(route.requests));
        told
    }

    /// The bounds of all spans, in milliseconds.
    pub fn bounds() -> &'static [f64] {
        &BOUNDS
    }
}

/// Notes how long an answer takes until its body begins.
pub async fn measure(State(server): State<Arc<Server>>, route: MatchedPath, request: Request, next: Next) -> Response {
    let (started, method) = (Instant::now(), request.method().clone());
    let response = next.run(request).await;
    // A caller may call a method as he likes: those that no route has are not counted, or the counts would grow without end.
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        server.latencies.note(method.as_str(), route.as_str(), started.elapsed());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_within_their_span() {
        let latencies = Latencies::default();
        for milliseconds in 1..=100 {
            latencies.note("GET", "/a", Duration::from_millis(milliseconds));
        }
        latencies.note("GET", "/b", Duration::from_secs(60));
        let told = latencies.told();
        assert_eq!((told[0].route.as_str(), told[0].requests, told[1].requests), ("GET /a", 100, 1));
        assert!((49.0..=51.0).contains(&told[0].p50) && (98.0..=100.0).contains(&told[0].p99), "{told:?}");
        assert_eq!(told[0].spans.iter().map(|span| span.count).sum::<u64>(), 100);
        assert_eq!(told[1].spans, [Span { up_to: None, count: 1 }]);
        assert_eq!(told[1].p99, 5_000.0);
    }
}
