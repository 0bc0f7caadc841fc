//! `/v1/status`, `/healthz`, `/readyz`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{ApiResult, Problem};
use super::latency::RouteLatency;
use super::questions::ModelOutput;
use super::recall::Recall;
use super::state::{Ready, Server, blocking};
use crate::app::App;

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusResponse {
    pub version: &'static str,
    pub uptime_seconds: u64,
    pub questions: usize,
    pub languages: Vec<LanguageCount>,
    pub categories: Vec<CategoryCount>,
    /// The last write that searches see.
    pub seq: u64,
    pub model: ModelDetails,
    pub index: IndexStatus,
    pub embedder: EmbedderStatus,
    /// Null where `living_lists` is off.
    pub lists: Option<ListsStatus>,
    /// What searches find of what is there; null before it was measured first, and where no graph is asked.
    pub recall: Option<Recall>,
    /// How long answers take, the busiest route first.
    pub latencies: Vec<RouteLatency>,
    /// Resident memory of the process in bytes; null where the system does not tell.
    pub memory_bytes: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LanguageCount {
    pub language: String,
    pub questions: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryCount {
    pub category: String,
    pub questions: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ModelDetails {
    #[serde(flatten)]
    pub model: ModelOutput,
    pub family: String,
    pub layers: usize,
    pub pooling: String,
    pub vocabulary: usize,
    /// How it is computed here: precision and instructions.
    pub compute: String,
    /// Longest input in tokens; what is longer is cut.
    pub max_tokens: usize,
    pub prompt: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct IndexStatus {
    /// Points in memory, deleted ones that were not folded away yet included.
    pub points: usize,
    pub deleted: usize,
    /// Points that are searched by a graph; the others are compared one by one.
    pub in_graphs: usize,
    pub fresh: usize,
    pub segments: usize,
    pub vector_bytes: usize,
    pub graph_bytes: usize,
}

/// The lists of all questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListsStatus {
    /// The write that they show; 0 while they are made for the first time. Behind `seq`, lists are found by searching.
    pub seq: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EmbedderStatus {
    pub waiting_interactive: usize,
    pub waiting_bulk: usize,
    pub texts: u64,
    pub tokens: u64,
    pub batches: u64,
    /// Texts whose caller went away before their turn; they cost nothing.
    pub abandoned: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
}

/// Counts, model, index, uptime.
#[utoipa::path(get, path = "/v1/status", tag = "operation", responses((status = 200, body = StatusResponse, description = "How the server is")))]
pub async fn status(State(server): State<Arc<Server>>, Ready(app): Ready) -> ApiResult<Json<StatusResponse>> {
    gather(server, app).await.map(Json)
}

/// All there is to tell. Now and then it has the recall measured, beside the answer.
pub async fn gather(server: Arc<Server>, app: App) -> ApiResult<StatusResponse> {
    blocking(move || {
        let corpus = &app.corpus;
        let stats = corpus.index_stats();
        let questions = corpus.len();
        let embedder = app.embedder.stats();
        let model = app.embedder.model().info();
        let languages = corpus.language_counts().into_iter();
        let categories = corpus.category_counts().into_iter();
        let uses_graph = stats.in_graphs > 0;
        if uses_graph && server.recall.is_stale() {
            measure_recall(&server, &app);
        }
        StatusResponse {
            version: env!("CARGO_PKG_VERSION"),
            uptime_seconds: server.started.elapsed().as_secs(),
            questions,
            languages: languages.map(|(l, questions)| LanguageCount { language: l.as_str().into(), questions }).collect(),
            categories: categories.map(|(c, questions)| CategoryCount { category: (*c).into(), questions }).collect(),
            seq: corpus.applied_seq().0,
            model: ModelDetails {
                model: ModelOutput::of(&app),
                family: model.family.clone(),
                layers: model.layers,
                pooling: model.pooling.clone(),
                vocabulary: model.vocabulary,
                compute: model.compute.clone(),
                max_tokens: model.max_tokens,
                prompt: model.prompt.clone(),
            },
            index: IndexStatus {
                points: stats.points,
                deleted: stats.points.saturating_sub(questions),
                in_graphs: stats.in_graphs,
                fresh: stats.fresh,
                segments: stats.segments,
                vector_bytes: stats.vector_bytes,
                graph_bytes: stats.graph_bytes,
            },
            embedder: EmbedderStatus {
                waiting_interactive: embedder.waiting_interactive,
                waiting_bulk: embedder.waiting_bulk,
                texts: embedder.texts,
                tokens: embedder.tokens,
                batches: embedder.batches,
                abandoned: embedder.abandoned,
                cache_hits: embedder.cache_hits,
                cache_misses: embedder.cache_misses,
            },
            lists: app.lists.as_ref().map(|lists| ListsStatus { seq: lists.seq().0 }),
            recall: server.recall.last().filter(|_| uses_graph),
            latencies: server.latencies.told(),
            memory_bytes: resident_bytes(),
        }
    })
    .await
}

/// Beside the answer: it takes a while where much is stored.
fn measure_recall(server: &Arc<Server>, app: &App) {
    let (server, app) = (Arc::clone(server), app.clone());
    tokio::task::spawn_blocking(move || server.recall.measure(&app));
}

/// Linux tells in pages, second field.
fn resident_bytes() -> Option<u64> {
    let line = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = line.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "Alive")))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The model is loaded, the questions are, and searches see every acknowledged write.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, description = "Ready"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Still loading"),
    )
)]
pub async fn readyz(_ready: Ready) -> &'static str {
    "ready\n"
}
