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
use crate::corpus::Audited;
use crate::memory;

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
    /// The same for some of the searches that were asked; null where none was yet, or `recall_sample` is 0.
    pub sampled_recall: Option<SampledRecall>,
    /// What somebody must see to although requests are answered.
    pub alerts: Vec<String>,
    /// How long answers take, the busiest route first.
    pub latencies: Vec<RouteLatency>,
    /// Resident memory of the process in bytes, mapped files that were looked at included; null where the system does not tell.
    pub memory_bytes: Option<u64>,
    /// Without mapped files, which the system lets go of where memory is short.
    pub own_memory_bytes: Option<u64>,
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
    /// Those of them that lie in memory, not in mapped files.
    pub own_vector_bytes: usize,
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

/// Searches that were answered exactly as well, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct SampledRecall {
    /// 0 to 1, of the 20 nearest.
    pub value: f64,
    pub queries: u64,
    /// Neighbors in the exact answers.
    pub wanted: u64,
    /// Those of them that were found.
    pub found: u64,
}

impl SampledRecall {
    fn of(audited: Audited) -> Option<Self> {
        let Audited { queries, wanted, found } = audited;
        Some(Self { value: audited.recall()?, queries, wanted, found })
    }
}

/// Counts, model, index, uptime.
#[utoipa::path(get, path = "/v1/status", tag = "operation", responses((status = 200, body = StatusResponse, description = "How the server is")))]
pub async fn status(State(server): State<Arc<Server>>, Ready(app): Ready) -> ApiResult<Json<StatusResponse>> {
    gather(server, app).await.map(Json)
}

/// All there is to tell. Now and then it has the recall measured, beside the answer.
pub async fn gather(server: Arc<Server>, app: App) -> ApiResult<StatusResponse> {
    blocking(move || {
        if app.corpus.index_stats().in_graphs > 0 && server.recall.is_stale() {
            measure_recall(&server, &app);
        }
        gather_now(&server, &app)
    })
    .await
}

/// What is known now.
pub fn gather_now(server: &Server, app: &App) -> StatusResponse {
    let corpus = &app.corpus;
    let stats = corpus.index_stats();
    let questions = corpus.len();
    let embedder = app.embedder.stats();
    let model = app.embedder.model().info();
    let languages = corpus.language_counts().into_iter();
    let categories = corpus.category_counts().into_iter();
    let uses_graph = stats.in_graphs > 0;
    StatusResponse {
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: server.started.elapsed().as_secs(),
        questions,
        languages: languages.map(|(l, questions)| LanguageCount { language: l.as_str().into(), questions }).collect(),
        categories: categories.map(|(c, questions)| CategoryCount { category: (*c).into(), questions }).collect(),
        seq: corpus.applied_seq().0,
        model: ModelDetails {
            model: ModelOutput::of(app),
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
            own_vector_bytes: stats.own_vector_bytes,
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
        sampled_recall: corpus.audited().and_then(SampledRecall::of),
        alerts: corpus.alert().into_iter().collect(),
        latencies: server.latencies.told(),
        memory_bytes: memory::resident(),
        own_memory_bytes: memory::own(),
    }
}

/// Beside the answer: it takes a while where much is stored.
fn measure_recall(server: &Arc<Server>, app: &App) {
    let (server, app) = (Arc::clone(server), app.clone());
    tokio::task::spawn_blocking(move || server.recall.measure(&app));
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "Alive")))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The model is loaded, the questions are, and searches see every acknowledged write. What somebody must see to meanwhile stands on
/// lines of its own after `ready`.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, description = "Ready"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Still loading"),
    )
)]
pub async fn readyz(Ready(app): Ready) -> String {
    let alert = app.corpus.alert().map(|alert| format!("alert: {alert}\n"));
    format!("ready\n{}", alert.unwrap_or_default())
}
