//! `/v1/duplicates`: whether a question is there already, how alike pairs are, and the groups of duplicates in the store.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiResult, Problem};
use super::extract::{Body, Parameters};
use super::list::QueryOutput;
use super::questions::ModelOutput;
use super::related::parse_limit;
use super::state::{Ready, Server, blocking};
use crate::app::App;
use crate::duplicates::{Features, StoredGroup, Verdict, judge_and_explain, stored_groups};
use crate::embed::{Embedded, compose};
use crate::embedding::Embedding;
use crate::filter::Filter;
use crate::index::SearchMode;
use crate::language;
use crate::question::{FieldError, Problem as Fault, QuestionId, QuestionText};

/// Most pairs in one request.
const MAX_PAIRS: usize = 10_000;
/// Nearest questions of which a draft's duplicates are among.
const CANDIDATES: usize = 100;
const DEFAULT_CHECKED: f32 = 0.5;
/// Groups are of questions at least so likely the same, where nothing else is asked for.
const DEFAULT_GROUPED: f32 = 0.8;

/// A draft. Either `title` (with or without `body`) or `text`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    #[schema(example = "公司不给交社保怎么办")]
    pub title: Option<String>,
    pub body: Option<String>,
    pub text: Option<String>,
    #[schema(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// Questions that are less likely the same are left out.
    #[schema(minimum = 0, maximum = 1, default = 0.5)]
    pub min_probability: Option<f32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CheckResponse {
    /// The likeliest first.
    pub items: Vec<DuplicateOutput>,
    pub query: QueryOutput,
    pub model: ModelOutput,
    /// Whether the probability was fitted for this model; see `likewise model calibrate`.
    pub calibrated: bool,
    pub took_ms: f64,
}

/// A stored question that may be the same.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateOutput {
    pub id: String,
    pub title: String,
    pub url: Option<String>,
    pub language: String,
    /// Whether it has an answer.
    pub answered: bool,
    #[serde(flatten)]
    pub judgement: JudgementOutput,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct JudgementOutput {
    /// Cosine similarity, -1 to 1.
    pub score: f32,
    /// That the same answer serves both, 0 to 1.
    pub probability: f32,
    /// `duplicate`, `related` or `different`.
    pub verdict: &'static str,
    /// What speaks against it, else what speaks for it.
    pub reasons: Vec<String>,
}

impl JudgementOutput {
    /// `decided` is what a person said of the pair.
    fn of(app: &App, a: (&Features, &Embedding), b: (&Features, &Embedding), decided: Option<Verdict>) -> Self {
        let score = a.1.similarity(b.1);
        let (judgement, reasons) = judge_and_explain(&app.judge, a.0, b.0, score, decided);
        Self { score: score.value(), probability: judgement.probability, verdict: judgement.verdict.as_str(), reasons }
    }
}

/// Is this question there already? The likely duplicates of a draft.
#[utoipa::path(
    post, path = "/v1/duplicates/check", tag = "duplicates", request_body = CheckRequest,
    responses(
        (status = 200, body = CheckResponse, description = "Likely duplicates, the likeliest first"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A field is at fault"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Overloaded or starting; see Retry-After"),
    )
)]
pub async fn check(Ready(app): Ready, Body(request): Body<CheckRequest>) -> ApiResult<Json<CheckResponse>> {
    likely_duplicates(&app, request).await.map(Json)
}

/// The answer to a request.
pub async fn likely_duplicates(app: &App, request: CheckRequest) -> ApiResult<CheckResponse> {
    let started = Instant::now();
    let mut errors = Vec::new();
    let limit = parse_limit(request.limit, &mut errors);
    let least = parse_probability(request.min_probability, DEFAULT_CHECKED, &mut errors);
    let text = match (&request.title, &request.text) {
        (Some(title), None) => QuestionText::parse(title, request.body.as_deref()),
        (None, Some(text)) if request.body.is_none() => QuestionText::parse_free(text),
        _ => Err(FieldError::new("", Fault::Other("needs either `title` (with or without `body`) or `text`".into()))),
    };
    let text = text.map_err(|e| errors.push(e)).ok();
    let (Some(text), true) = (text, errors.is_empty()) else { return Err(Problem::invalid_fields(&errors)) };
    let Embedded { embedding, tokens, truncated } = app.embedder.embed(compose(&text)).await?;
    let query =
        QueryOutput { language: language::detect(&text).as_str().to_owned(), tokens: Some(tokens), truncated: Some(truncated) };
    let (model, calibrated) = (ModelOutput::of(app), app.judge.is_for(app.corpus.model().fingerprint.as_str()));
    let app = app.clone();
    let items = blocking(move || duplicates_of(&app, &text, &embedding, least, limit)).await??;
    let took_ms = (started.elapsed().as_secs_f64() * 1e5).round() / 100.0;
    Ok(CheckResponse { items, query, model, calibrated, took_ms })
}

fn duplicates_of(
    app: &App,
    text: &QuestionText,
    embedding: &Embedding,
    least: f32,
    limit: usize,
) -> Result<Vec<DuplicateOutput>, Problem> {
    let own = app.judge.features(text.title());
    let near = app.corpus.nearest(embedding, CANDIDATES, &app.corpus.allowed(&Filter::default()), SearchMode::Approximate);
    let points: Vec<_> = near.iter().map(|neighbor| neighbor.point).collect();
    let mut items = Vec::new();
    for stored in app.corpus.by_points(&points)?.into_iter().flatten() {
        let Some(other) = app.corpus.embedding(stored.point) else { continue };
        let question = stored.question;
        let judgement = JudgementOutput::of(app, (&own, embedding), (&app.judge.features(question.text.title()), &other), None);
        if judgement.probability >= least {
            items.push(DuplicateOutput {
                id: question.id.to_string(),
                title: question.text.title().to_owned(),
                url: question.url,
                language: question.language.as_str().to_owned(),
                answered: question.answer.is_some(),
                judgement,
            });
        }
    }
    // Stable: of equally likely ones the more alike stays first.
    items.sort_by(|a, b| b.judgement.probability.total_cmp(&a.judgement.probability));
    items.truncate(limit);
    Ok(items)
}

fn parse_probability(given: Option<f32>, default: f32, errors: &mut Vec<FieldError>) -> f32 {
    let probability = given.unwrap_or(default);
    if !(0.0..=1.0).contains(&probability) {
        let fault = Fault::OutOfRange { actual: probability.to_string(), min: "0".into(), max: "1".into() };
        errors.push(FieldError::new("min_probability", fault));
    }
    probability
}

/// Up to 10,000 pairs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreRequest {
    pub pairs: Vec<PairInput>,
}

/// Each side is a text or the id of a stored question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairInput {
    pub a: Option<String>,
    pub b: Option<String>,
    pub a_id: Option<String>,
    pub b_id: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ScoreResponse {
    /// One a pair, in order.
    pub scores: Vec<JudgementOutput>,
    pub model: ModelOutput,
    pub calibrated: bool,
    pub took_ms: f64,
}

#[derive(PartialEq, Eq, Hash)]
enum Side {
    Text(String),
    Stored(QuestionId),
}

/// Scores pairs of questions. Equal texts are embedded once.
#[utoipa::path(
    post, path = "/v1/duplicates/score", tag = "duplicates", request_body = ScoreRequest,
    responses(
        (status = 200, body = ScoreResponse, description = "One judgement a pair, in order"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A pair is at fault"),
    )
)]
pub async fn score(
    State(server): State<Arc<Server>>,
    Ready(app): Ready,
    Body(request): Body<ScoreRequest>,
) -> ApiResult<Json<ScoreResponse>> {
    let started = Instant::now();
    let pairs = parse_pairs(request)?;
    let _turn = server.bulk.acquire().await.map_err(Problem::internal)?;
    let (model, calibrated) = (ModelOutput::of(&app), app.judge.is_for(app.corpus.model().fingerprint.as_str()));
    let scores = blocking(move || score_pairs(&app, &pairs)).await??;
    let took_ms = (started.elapsed().as_secs_f64() * 1e5).round() / 100.0;
    Ok(Json(ScoreResponse { scores, model, calibrated, took_ms }))
}

fn parse_pairs(request: ScoreRequest) -> Result<Vec<(Side, Side)>, Problem> {
    let mut errors = Vec::new();
    if request.pairs.len() > MAX_PAIRS {
        let fault = Fault::TooLong { actual: request.pairs.len(), max: MAX_PAIRS, unit: "pairs" };
        return Err(Problem::invalid_fields(&[FieldError::new("pairs", fault)]));
    }
    let mut pairs = Vec::with_capacity(request.pairs.len());
    for (number, pair) in request.pairs.into_iter().enumerate() {
        let mut side = |name: &str, text: Option<String>, id: Option<String>| {
            let parsed = match (text, id) {
                (Some(text), None) => {
                    QuestionText::parse_free(&text).map(|text| Side::Text(compose(&text))).map_err(|e| e.problem)
                }
                (None, Some(id)) => QuestionId::parse(&id).map(Side::Stored),
                _ => Err(Fault::Other(format!("needs exactly one of `{name}` and `{name}_id`"))),
            };
            parsed.map_err(|fault| errors.push(FieldError::new(format!("pairs/{number}/{name}"), fault))).ok()
        };
        let (a, b) = (side("a", pair.a, pair.a_id), side("b", pair.b, pair.b_id));
        pairs.extend(a.zip(b));
    }
    if errors.is_empty() { Ok(pairs) } else { Err(Problem::invalid_fields(&errors)) }
}

fn score_pairs(app: &App, pairs: &[(Side, Side)]) -> Result<Vec<JudgementOutput>, Problem> {
    let sides: HashSet<&Side> = pairs.iter().flat_map(|(a, b)| [a, b]).collect();
    let texts: Vec<String> =
        sides.iter().filter_map(|side| if let Side::Text(text) = side { Some(text.clone()) } else { None }).collect();
    let mut known: HashMap<Side, (Arc<Features>, Embedding)> = HashMap::with_capacity(sides.len());
    let embeddings = app.embedder.embed_bulk(&texts)?;
    for (text, embedding) in texts.into_iter().zip(embeddings) {
        // A composed text begins with its title, on one line.
        let features = app.judge.features(text.lines().next().unwrap_or_default());
        known.insert(Side::Text(text), (features, embedding));
    }
    let ids: Vec<QuestionId> =
        sides.iter().filter_map(|side| if let Side::Stored(id) = side { Some(id.clone()) } else { None }).collect();
    for stored in app.corpus.by_points(&app.corpus.points(&ids))?.into_iter().flatten() {
        if let Some(embedding) = app.corpus.embedding(stored.point) {
            known.insert(Side::Stored(stored.question.id), (app.judge.features(stored.question.text.title()), embedding));
        }
    }
    let get = |side| match (known.get(side), side) {
        (Some((features, embedding)), _) => Ok((&**features, embedding)),
        (None, Side::Stored(id)) => Err(Problem::no_such_question(id.as_str())),
        (None, Side::Text(_)) => Err(Problem::internal("a text was not embedded")),
    };
    let decided = |a: &Side, b: &Side| match (a, b) {
        (Side::Stored(a), Side::Stored(b)) => app.corpus.editorial().verdict(a, b),
        _ => None,
    };
    pairs.iter().map(|(a, b)| Ok(JudgementOutput::of(app, get(a)?, get(b)?, decided(a, b)))).collect()
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GroupsParameters {
    /// Every two questions of a group are at least so likely the same; 0.8 where absent.
    #[param(minimum = 0.05, maximum = 1, default = 0.8)]
    min_probability: Option<f32>,
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// The `next` of the page before.
    after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GroupsResponse {
    /// The largest first.
    pub groups: Vec<GroupOutput>,
    /// How many there are in all.
    pub total: usize,
    /// For `after`, where there are more.
    pub next: Option<String>,
    /// The state of the store that they are of.
    pub seq: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GroupOutput {
    /// The one that stands for all: with an answer, then the oldest.
    pub representative: String,
    pub members: Vec<MemberOutput>,
    /// The least probability between two members.
    pub weakest: f32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MemberOutput {
    pub id: String,
    pub title: String,
    pub url: Option<String>,
    pub language: String,
    pub answered: bool,
}

impl From<&StoredGroup> for GroupOutput {
    fn from(group: &StoredGroup) -> Self {
        let members = group.members.iter().map(|question| MemberOutput {
            id: question.id.to_string(),
            title: question.text.title().to_owned(),
            url: question.url.clone(),
            language: question.language.as_str().to_owned(),
            answered: question.answer.is_some(),
        });
        Self {
            representative: group.representative().map(|question| question.id.to_string()).unwrap_or_default(),
            members: members.collect(),
            weakest: group.weakest,
        }
    }
}

/// The groups of duplicates in the store: every two questions of one are likely the same.
#[utoipa::path(
    get, path = "/v1/duplicates/groups", tag = "duplicates", params(GroupsParameters),
    responses(
        (status = 200, body = GroupsResponse, description = "A page of groups, the largest first"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A parameter is at fault"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "The lists are still being made; see Retry-After"),
    )
)]
pub async fn groups(
    State(server): State<Arc<Server>>,
    Ready(app): Ready,
    Parameters(parameters): Parameters<GroupsParameters>,
) -> ApiResult<Json<GroupsResponse>> {
    let mut errors = Vec::new();
    let limit = parse_limit(parameters.limit, &mut errors);
    let least = parse_probability(parameters.min_probability, DEFAULT_GROUPED, &mut errors);
    if least < 0.05 {
        let fault = Fault::OutOfRange { actual: least.to_string(), min: "0.05".into(), max: "1".into() };
        errors.push(FieldError::new("min_probability", fault));
    }
    let after = parameters.after.as_deref().map(GroupCursor::parse).transpose();
    let after = after.map_err(|fault| errors.push(FieldError::new("after", fault))).ok().flatten();
    if !errors.is_empty() {
        return Err(Problem::invalid_fields(&errors));
    }
    let page = blocking(move || server.groups.page(&app, least, after.as_ref(), limit))
        .await??
        .ok_or_else(Problem::lists_not_ready)?;
    Ok(Json(GroupsResponse {
        groups: page.groups.iter().map(GroupOutput::from).collect(),
        total: page.total,
        next: page.next.map(|next| next.to_string()),
        seq: page.seq,
    }))
}

/// The groups that were asked for last: finding them reads much of the store.
#[derive(Default)]
pub struct GroupsCache(parking_lot::Mutex<Option<CachedGroups>>);

/// The state of the store, and its groups.
type GroupsOf = (u64, Arc<Vec<StoredGroup>>);

struct CachedGroups {
    seq: u64,
    least: f32,
    groups: Arc<Vec<StoredGroup>>,
}

/// Some of all groups, the largest first.
pub struct GroupsPage {
    pub groups: Vec<StoredGroup>,
    pub total: usize,
    /// After which the next page starts, if there is one.
    pub next: Option<GroupCursor>,
    seq: u64,
}

/// Where a group stands among all: the largest first, then by what stands for them. Groups change while somebody judges them; by
/// such a place none is passed over that was not shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupCursor(Reverse<usize>, String);

impl GroupCursor {
    fn of(group: &StoredGroup) -> Self {
        let representative = group.representative().map(|question| question.id.to_string());
        Self(Reverse(group.members.len()), representative.unwrap_or_default())
    }

    pub fn parse(text: &str) -> Result<Self, Fault> {
        let parts = text.split_once(':').and_then(|(size, id)| Some(Self(Reverse(size.parse().ok()?), id.to_owned())));
        parts.ok_or_else(|| Fault::Other("is no cursor of this list".into()))
    }
}

impl fmt::Display for GroupCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.0, self.1)
    }
}

impl GroupsCache {
    /// A page of groups; `None` where the lists are still being made.
    pub fn page(
        &self,
        app: &App,
        least: f32,
        after: Option<&GroupCursor>,
        limit: usize,
    ) -> Result<Option<GroupsPage>, Problem> {
        let Some((seq, all)) = self.get(app, least)? else { return Ok(None) };
        let start = after.map_or(0, |after| all.partition_point(|group| GroupCursor::of(group) <= *after));
        let end = all.len().min(start.saturating_add(limit));
        let groups = all[start..end].to_vec();
        let next = groups.last().filter(|_| end < all.len()).map(GroupCursor::of);
        Ok(Some(GroupsPage { groups, total: all.len(), next, seq }))
    }

    /// The groups and the state they are of; `None` where the lists are still being made. Callers that ask at once wait for one.
    fn get(&self, app: &App, least: f32) -> Result<Option<GroupsOf>, Problem> {
        let Some(lists) = &app.lists else { return Ok(None) };
        let mut cached = self.0.lock();
        if let Some(known) = cached.as_ref().filter(|known| known.seq == app.corpus.applied_seq().0 && known.least == least) {
            return Ok(Some((known.seq, Arc::clone(&known.groups))));
        }
        let Some(found) = lists.read(|lists| stored_groups(&app.corpus, lists, &app.judge, least)) else {
            return Ok(None);
        };
        let (seq, mut groups) = found?;
        groups.sort_by_cached_key(GroupCursor::of);
        let groups = Arc::new(groups);
        *cached = Some(CachedGroups { seq: seq.0, least, groups: Arc::clone(&groups) });
        Ok(Some((seq.0, groups)))
    }
}
