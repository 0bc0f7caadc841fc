//! `/status`: how the server is, in numbers and pictures.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::reader::{Reader, Speech};
use super::{Loaded, page_or, view};
use crate::app::App;
use crate::http::error::ApiResult;
use crate::http::latency::{Latencies, RouteLatency};
use crate::http::state::{Ready, Server};
use crate::http::status::{StatusResponse, gather};

/// Languages and categories that are named.
const NAMED: usize = 12;
/// Routes whose answers are pictured.
const ROUTES: usize = 6;
/// Height of the highest bar, in the picture's own units.
const HIGHEST: f64 = 84.0;

#[derive(Serialize)]
struct StatusPage {
    status: StatusResponse,
    uptime: String,
    cache_asked: u64,
    /// `None` before anything was embedded.
    cache_share: Option<f64>,
    languages: Vec<Share>,
    categories: Vec<Share>,
    latencies: Vec<Pictured>,
    calibrated: bool,
}

#[derive(Serialize)]
struct Share {
    name: String,
    questions: u64,
    /// Of the largest.
    share: f64,
}

/// The answers of one route.
#[derive(Serialize)]
struct Pictured {
    route: String,
    requests: u64,
    p50: f64,
    p99: f64,
    bars: Vec<Bar>,
}

#[derive(Serialize)]
struct Bar {
    /// The upper bound in milliseconds.
    label: String,
    count: u64,
    height: f64,
}

pub async fn page(reader: Reader, State(server): State<Arc<Server>>, Loaded(app): Loaded) -> Response {
    let answer = status(&reader, server, app).await;
    page_or(&reader, answer.map(|page| view::render(&reader, "status.html", page)))
}

/// The same without what is around it, for the script of the page.
pub async fn part(reader: Reader, State(server): State<Arc<Server>>, Ready(app): Ready) -> ApiResult<Response> {
    Ok(view::render(&reader, "gauges.html", status(&reader, server, app).await?))
}

async fn status(reader: &Reader, server: Arc<Server>, app: App) -> ApiResult<StatusPage> {
    let calibrated = app.judge.is_for(app.corpus.model().fingerprint.as_str());
    let status = gather(server, app).await?;
    let cache_asked = status.embedder.cache_hits + status.embedder.cache_misses;
    let name = |tag: &str| reader.speech.words()["language_names"][tag].as_str().unwrap_or(tag).to_owned();
    let languages = status.languages.iter().map(|count| (name(&count.language), count.questions)).collect();
    let categories = status.categories.iter().map(|count| (count.category.clone(), count.questions)).collect();
    let others = reader.word("status_others");
    Ok(StatusPage {
        uptime: uptime(status.uptime_seconds, reader.speech),
        cache_asked,
        cache_share: (cache_asked > 0).then(|| status.embedder.cache_hits as f64 / cache_asked as f64),
        languages: shares(languages, others),
        categories: shares(categories, others),
        latencies: status.latencies.iter().take(ROUTES).map(pictured).collect(),
        calibrated,
        status,
    })
}

/// The largest first; what is not named stands together at the end.
fn shares(mut counts: Vec<(String, u64)>, others: &str) -> Vec<Share> {
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if counts.len() > NAMED {
        let rest = counts.split_off(NAMED - 1).into_iter().map(|(_, count)| count).sum();
        counts.push((others.to_owned(), rest));
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    counts.into_iter().map(|(name, questions)| Share { name, questions, share: questions as f64 / most as f64 }).collect()
}

fn pictured(latency: &RouteLatency) -> Pictured {
    let bounds = Latencies::bounds();
    let place = |up_to: Option<f64>| up_to.map_or(bounds.len(), |up_to| bounds.partition_point(|bound| *bound < up_to));
    let mut counts = vec![0; bounds.len() + 1];
    for span in &latency.spans {
        counts[place(span.up_to)] = span.count;
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    // What is rare is still to be seen.
    let height = |count: u64| if count == 0 { 0.0 } else { (count as f64 / most * HIGHEST).max(2.0).round() };
    let label = |span: usize| match bounds.get(span) {
        Some(bound) if *bound >= 1_000.0 => format!("{}s", bound / 1e3),
        Some(bound) => bound.to_string(),
        None => "∞".into(),
    };
    let bars = counts.iter().enumerate().map(|(span, count)| Bar { label: label(span), count: *count, height: height(*count) });
    let RouteLatency { route, requests, p50, p99, .. } = latency.clone();
    Pictured { route, requests, p50, p99, bars: bars.collect() }
}

fn uptime(seconds: u64, speech: Speech) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (speech, days, hours, minutes) {
        (Speech::English, 0, 0, 0) => format!("{seconds} s"),
        (Speech::English, 0, 0, _) => format!("{minutes} min"),
        (Speech::English, 0, ..) => format!("{hours} h {minutes} min"),
        (Speech::English, ..) => format!("{days} d {hours} h"),
        (Speech::Chinese, 0, 0, 0) => format!("{seconds} 秒"),
        (Speech::Chinese, 0, 0, _) => format!("{minutes} 分钟"),
        (Speech::Chinese, 0, ..) => format!("{hours} 小时 {minutes} 分钟"),
        (Speech::Chinese, ..) => format!("{days} 天 {hours} 小时"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_named_and_all_are_counted() {
        let counts = (0..30).map(|n| (format!("c{n:02}"), n + 1)).collect();
        let shares = shares(counts, "others");
        assert_eq!((shares.len(), shares[0].name.as_str(), shares[0].questions), (NAMED, "c29", 30));
        assert_eq!(shares.last().map(|share| share.name.as_str()), Some("others"));
        assert_eq!(shares.iter().map(|share| share.questions).sum::<u64>(), (1..=30).sum::<u64>());
        assert!(shares.iter().all(|share| share.share <= 1.0));
    }
}
