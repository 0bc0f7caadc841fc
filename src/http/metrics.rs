//! `/metrics`: what Prometheus reads, in its text format (version 0.0.4).

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::latency::Latencies;
use super::state::{Server, blocking};
use super::status::{StatusResponse, gather_now};

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Counts, gauges and response times for Prometheus. Also told while the server is loading: `likewise_ready` is 0 then.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, content_type = "text/plain", body = String, description = "Prometheus text format 0.0.4")))]
pub async fn metrics(State(server): State<Arc<Server>>) -> impl IntoResponse {
    let app = server.app().cloned();
    let status = match app {
        Some(app) => {
            let server = Arc::clone(&server);
            blocking(move || gather_now(&server, &app)).await.ok()
        }
        None => None,
    };
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], written(&server, status.as_ref()))
}

/// Metrics as text.
#[derive(Default)]
struct Metrics(String);

impl Metrics {
    /// A family of one kind; `values` are its labels, with their braces, and numbers.
    fn family(&mut self, name: &str, kind: &str, help: &str, values: impl IntoIterator<Item = (String, f64)>) {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return;
        }
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP likewise_{name} {help}\n# TYPE likewise_{name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(self.0, "likewise_{name}{labels} {value}");
        }
    }

    fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.family(name, "gauge", help, [(String::new(), value)]);
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, "counter", help, [(String::new(), value as f64)]);
    }
}

/// Labels in their braces; values are escaped as the format wants it.
fn labels(pairs: &[(&str, &str)]) -> String {
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

fn written(server: &Server, status: Option<&StatusResponse>) -> String {
    let mut m = Metrics::default();
    m.family("info", "gauge", "Version of the program", [(labels(&[("version", env!("CARGO_PKG_VERSION"))]), 1.0)]);
    m.gauge("uptime_seconds", "Time since the start", server.started.elapsed().as_secs_f64());
    m.gauge("ready", "1 when requests are answered, 0 while loading", f64::from(u8::from(status.is_some())));
    if let Some(status) = status {
        write_status(&mut m, status);
    }
    write_latencies(&mut m, &server.latencies);
    m.0
}

fn write_status(m: &mut Metrics, status: &StatusResponse) {
    let StatusResponse { index, embedder, .. } = status;
    let name = labels(&[("name", &status.model.model.name), ("compute", &status.model.compute)]);
    m.family("model_info", "gauge", "The model", [(name, 1.0)]);
    m.gauge("alerts", "What somebody must see to; /readyz and the log say what", status.alerts.len() as f64);
    m.gauge("questions", "Stored questions", status.questions as f64);
    m.counter("writes_total", "The last write that searches see", status.seq);
    m.gauge("index_points", "Points in the index, deleted ones that were not folded away included", index.points as f64);
    m.gauge("index_deleted", "Deleted points that were not folded away", index.deleted as f64);
    m.gauge("index_in_graphs", "Points that are searched by a graph", index.in_graphs as f64);
    m.gauge("index_fresh", "Points that are in no segment yet", index.fresh as f64);
    m.gauge("index_segments", "Segments of the index", index.segments as f64);
    m.gauge("index_vector_bytes", "Vectors, in memory or mapped files", index.vector_bytes as f64);
    m.gauge("index_own_vector_bytes", "Vectors in memory", index.own_vector_bytes as f64);
    m.gauge("index_graph_bytes", "Graphs", index.graph_bytes as f64);
    if let Some(recall) = status.recall {
        m.gauge("recall", "Share of the true nearest 20 that searches find, on some stored questions", recall.value);
    }
    if let Some(sampled) = status.sampled_recall {
        m.counter("audited_queries_total", "Searches that were answered exactly as well", sampled.queries);
        m.counter("audited_neighbors_total", "Neighbors that the exact answers of audited searches have", sampled.wanted);
        m.counter("audited_neighbors_found_total", "Those of them that searches found", sampled.found);
    }
    if let Some(lists) = &status.lists {
        m.counter("lists_writes_total", "The last write that the lists of all questions show", lists.seq);
    }
    let waiting = [("interactive", embedder.waiting_interactive), ("bulk", embedder.waiting_bulk)];
    let waiting = waiting.map(|(class, count)| (labels(&[("class", class)]), count as f64));
    m.family("embedder_waiting", "gauge", "Texts that wait to be embedded", waiting);
    m.counter("embedder_texts_total", "Texts that were embedded", embedder.texts);
    m.counter("embedder_tokens_total", "Tokens that were embedded", embedder.tokens);
    m.counter("embedder_batches_total", "Batches that were embedded", embedder.batches);
    m.counter("embedder_abandoned_total", "Texts whose caller went away before their turn", embedder.abandoned);
    m.counter("embedder_cache_hits_total", "Texts whose embedding was remembered", embedder.cache_hits);
    m.counter("embedder_cache_misses_total", "Texts whose embedding was not remembered", embedder.cache_misses);
    if let Some(bytes) = status.memory_bytes {
        m.gauge("resident_memory_bytes", "Memory of the process, mapped files that were looked at included", bytes as f64);
    }
    if let Some(bytes) = status.own_memory_bytes {
        m.gauge("own_memory_bytes", "Memory of the process without mapped files", bytes as f64);
    }
}

fn write_latencies(m: &mut Metrics, latencies: &Latencies) {
    let name = "request_duration_seconds";
    let mut lines = Vec::new();
    for route in latencies.told() {
        let (method, path) = route.route.split_once(' ').unwrap_or(("", &route.route));
        let mut up_to = 0;
        for bound in Latencies::bounds() {
            up_to += route.spans.iter().filter(|span| span.up_to == Some(*bound)).map(|span| span.count).sum::<u64>();
            let le = (bound / 1e3).to_string();
            lines.push((format!("_bucket{}", labels(&[("method", method), ("route", path), ("le", &le)])), up_to as f64));
        }
        let infinite = labels(&[("method", method), ("route", path), ("le", "+Inf")]);
        lines.push((format!("_bucket{infinite}"), route.requests as f64));
        let labels = labels(&[("method", method), ("route", path)]);
        lines.push((format!("_sum{labels}"), route.seconds));
        lines.push((format!("_count{labels}"), route.requests as f64));
    }
    m.family(name, "histogram", "How long answers take until their body begins", lines);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(labels(&[("a", "x"), ("b", "q\"\\\n")]), r#"{a="x",b="q\"\\\n"}"#);
    }
}
