//! `POST /v1/related` and `GET /v1/questions/{id}/related`: the list.

use std::collections::BTreeSet;
use std::time::Instant;

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiResult, Problem};
use super::extract::{Body, Parameters, PathId};
use super::questions::ModelOutput;
use super::state::{Ready, blocking};
use crate::app::App;
use crate::duplicates::Features;
use crate::embed::{Embedded, compose};
use crate::filter::Filter;
use crate::index::SearchMode;
use crate::language;
use crate::question::{FieldError, Language, Problem as Fault, QuestionId, QuestionText, parse_time};
use crate::recommend::{
    self, Arrangement, DEFAULT_LIMIT, Fill, Kind, MAX_LIMIT, Recommendation, RelatedList, RelatedQuery, SameLanguage,
    ShortReason,
};
use crate::store::{StoreError, StoredQuestion};

/// What to list related questions for, and which. Exactly one of `title` (with or without `body`), `text` and `id`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelatedRequest {
    /// The title of a new question.
    pub title: Option<String>,
    /// The body of a new question, beside its title.
    pub body: Option<String>,
    /// A new question as one text.
    #[schema(example = "医保断交后该怎么补")]
    pub text: Option<String>,
    /// A stored question; it is never in its own list.
    pub id: Option<String>,
    #[schema(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// Questions less alike than this are not listed.
    #[schema(minimum = -1, maximum = 1, default = 0)]
    pub min_score: Option<f32>,
    #[serde(default)]
    pub filter: FilterInput,
    /// Ids that are not listed.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Compare with every question in place of using the graph.
    #[serde(default)]
    pub exact: bool,
    #[serde(default)]
    pub fill: FillInput,
    /// Fields of the listed questions beside those that are always there.
    #[serde(default)]
    pub include: BTreeSet<Include>,
    /// Whether questions in the language of this one stand first, or alone.
    #[serde(default)]
    pub same_language: SameLanguageInput,
    /// How much it counts against a question that it is like those before it (maximal marginal relevance). The first one stays.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1, default = 0)]
    pub diversity: f32,
    /// Of questions that duplicate each other only one is listed, with the others under `duplicates`.
    #[serde(default)]
    pub collapse_duplicates: bool,
    // Fields of the contract whose work is not done yet: the value that says what happens today is taken and any other refused,
    // so that nobody believes to get what is not there.
    /// So far `semantic` alone.
    #[schema(example = "semantic")]
    pub mode: Option<String>,
    /// So far `false` alone.
    #[schema(example = false)]
    pub explain: Option<bool>,
}

/// All conditions hold together; within a list any value may match.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterInput {
    /// Language ranges: `zh` takes `zh-Hant` too.
    #[serde(default)]
    pub language: Vec<String>,
    #[serde(default)]
    pub category: Vec<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    /// RFC 3339, inclusive.
    pub created_after: Option<String>,
    /// RFC 3339, exclusive.
    pub created_before: Option<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SameLanguageInput {
    #[default]
    Any,
    /// They stand before others that are a little (.05) more alike.
    Prefer,
    Only,
}

/// What follows where fewer than `limit` questions are related.
#[derive(Debug, Default, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FillInput {
    #[default]
    None,
    /// The newest questions, each marked `"kind": "latest"`.
    Latest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    Body,
    Answer,
    Author,
    Tags,
    Attributes,
    // Always there; naming them is no mistake.
    Title,
    Url,
    Category,
    Language,
    CreatedAt,
    Score,
}

/// A list, best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct RelatedResponse {
    pub items: Vec<ItemOutput>,
    pub query: QueryOutput,
    /// Why fewer than `limit` came back: `filter`, `min_score`, `store_size`; else null.
    pub short_reason: Option<&'static str>,
    pub model: ModelOutput,
    pub took_ms: f64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QueryOutput {
    pub language: String,
    /// Tokens that the model read; null for a stored question, which was embedded when it was stored.
    pub tokens: Option<usize>,
    /// Whether the text was longer than the model reads; null for a stored question.
    pub truncated: Option<bool>,
}

/// A listed question.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemOutput {
    pub id: String,
    pub title: String,
    pub url: Option<String>,
    pub category: Option<String>,
    pub language: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: jiff::Timestamp,
    /// Cosine similarity, -1 to 1.
    pub score: Option<f32>,
    /// `related` or `latest`.
    pub kind: &'static str,
    /// How likely the same answer serves both; null where that can't be told.
    pub duplicate_probability: Option<f32>,
    /// Ids of questions that this one stands for, where duplicates are collapsed.
    pub duplicates: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub attributes: Option<Box<serde_json::value::RawValue>>,
}

impl ItemOutput {
    /// An item of a list.
    pub fn listed(item: Recommendation, include: &BTreeSet<Include>) -> Self {
        let Recommendation { question, score, kind, duplicate_probability, duplicates } = item;
        let duplicates = duplicates.iter().map(ToString::to_string).collect();
        Self { duplicate_probability, duplicates, ..Self::new(question, Some(score.value()), kind, include) }
    }

    pub fn new(stored: StoredQuestion, score: Option<f32>, kind: Kind, include: &BTreeSet<Include>) -> Self {
        let question = stored.question;
        let wants = |field| include.contains(&field);
        Self {
            id: question.id.to_string(),
            title: question.text.title().to_owned(),
            body: question.text.body().filter(|_| wants(Include::Body)).map(str::to_owned),
            url: question.url,
            category: question.category,
            language: question.language.as_str().to_owned(),
            created_at: question.created_at,
            score,
            kind: match kind {
                Kind::Related => "related",
                Kind::Latest => "latest",
            },
            duplicate_probability: None,
            duplicates: Vec::new(),
            answer: question.answer.filter(|_| wants(Include::Answer)),
            author: question.author.filter(|_| wants(Include::Author)),
            tags: wants(Include::Tags).then_some(question.tags),
            attributes: question.attributes.filter(|_| wants(Include::Attributes)).and_then(|a| serde_json::from_str(&a).ok()),
        }
    }
}

/// What a list is asked for.
enum Subject {
    Text(QuestionText),
    Stored(QuestionId),
}

/// A checked request.
struct Asked {
    subject: Subject,
    options: Options,
    include: BTreeSet<Include>,
}

struct Options {
    limit: usize,
    min_score: f32,
    filter: Filter,
    exclude: Vec<QuestionId>,
    mode: SearchMode,
    fill: Fill,
    collapse: bool,
    diversity: f32,
    same_language: SameLanguageInput,
}

impl RelatedRequest {
    /// Faults of the fields that can take one value so far.
    fn not_yet(&self) -> Vec<FieldError> {
        let fields = [
            ("mode", self.mode.as_deref().is_none_or(|mode| mode == "semantic"), "semantic"),
            ("explain", self.explain != Some(true), "false"),
        ];
        let refused = fields.into_iter().filter(|(_, fine, _)| !fine);
        let fault = |allowed| Fault::Other(format!("can only be {allowed} in this version; leave it out"));
        refused.map(|(field, _, allowed)| FieldError::new(field, fault(allowed))).collect()
    }

    fn parse(self) -> Result<Asked, Problem> {
        let mut errors = self.not_yet();
        let subject = match (self.title, self.text, self.id) {
            (Some(title), None, None) => QuestionText::parse(&title, self.body.as_deref()).map(Subject::Text),
            (None, Some(text), None) if self.body.is_none() => QuestionText::parse_free(&text).map(Subject::Text),
            (None, None, Some(id)) if self.body.is_none() => {
                QuestionId::parse(&id).map(Subject::Stored).map_err(|problem| FieldError::new("id", problem))
            }
            _ => {
                let why = "needs exactly one of `title` (with or without `body`), `text` and `id`";
                Err(FieldError::new("", Fault::Other(why.into())))
            }
        };
        let subject = subject.map_err(|e| errors.push(e)).ok();
        let limit = parse_limit(self.limit, &mut errors);
        let min_score = self.min_score.unwrap_or(0.0);
        if !(-1.0..=1.0).contains(&min_score) {
            let problem = Fault::OutOfRange { actual: min_score.to_string(), min: "-1".into(), max: "1".into() };
            errors.push(FieldError::new("min_score", problem));
        }
        if !(0.0..=1.0).contains(&self.diversity) {
            let problem = Fault::OutOfRange { actual: self.diversity.to_string(), min: "0".into(), max: "1".into() };
            errors.push(FieldError::new("diversity", problem));
        }
        let filter = self.filter.parse(&mut errors);
        let exclude = parse_each("exclude", &self.exclude, QuestionId::parse, &mut errors);
        let (Some(subject), true) = (subject, errors.is_empty()) else { return Err(Problem::invalid_fields(&errors)) };
        let mode = if self.exact { SearchMode::Exact } else { SearchMode::Approximate };
        let fill = self.fill.into();
        let (collapse, diversity, same_language) = (self.collapse_duplicates, self.diversity, self.same_language);
        let options = Options { limit, min_score, filter, exclude, mode, fill, collapse, diversity, same_language };
        Ok(Asked { subject, options, include: self.include })
    }
}

impl From<FillInput> for Fill {
    fn from(fill: FillInput) -> Self {
        match fill {
            FillInput::None => Self::None,
            FillInput::Latest => Self::Latest,
        }
    }
}

impl FilterInput {
    pub fn parse(self, errors: &mut Vec<FieldError>) -> Filter {
        let mut time = |field: &str, text: Option<String>| {
            let parsed = text.map(|text| parse_time(&text)).transpose();
            parsed.map_err(|problem| errors.push(FieldError::new(format!("filter/{field}"), problem))).ok().flatten()
        };
        let created_after = time("created_after", self.created_after);
        let created_before = time("created_before", self.created_before);
        let languages = parse_each("filter/language", &self.language, Language::parse, errors);
        Filter { languages, categories: self.category, tags: self.tags, created_after, created_before }
    }
}

/// The limit of a list, 1 to 100, 20 where absent.
pub fn parse_limit(limit: Option<i64>, errors: &mut Vec<FieldError>) -> usize {
    let limit = limit.unwrap_or(DEFAULT_LIMIT as i64);
    match usize::try_from(limit) {
        Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => limit,
        _ => {
            let problem = Fault::OutOfRange { actual: limit.to_string(), min: "1".into(), max: MAX_LIMIT.to_string() };
            errors.push(FieldError::new("limit", problem));
            DEFAULT_LIMIT
        }
    }
}

fn parse_each<T>(
    field: &str,
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, Fault>,
    errors: &mut Vec<FieldError>,
) -> Vec<T> {
    let mut parsed = Vec::with_capacity(texts.len());
    for (position, text) in texts.iter().enumerate() {
        match parse(text) {
            Ok(value) => parsed.push(value),
            Err(problem) => errors.push(FieldError::new(format!("{field}/{position}"), problem)),
        }
    }
    parsed
}

/// The related questions of a new or a stored question.
#[utoipa::path(
    post, path = "/v1/related", tag = "related", request_body = RelatedRequest,
    responses(
        (status = 200, body = RelatedResponse, description = "The list, best first"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such stored question"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A field is at fault"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Overloaded or starting; see Retry-After"),
    )
)]
pub async fn related(Ready(app): Ready, Body(request): Body<RelatedRequest>) -> ApiResult<Json<RelatedResponse>> {
    list(app, request.parse()?).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StoredRelatedParameters {
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    min_score: Option<f32>,
    /// `latest`: fill up with the newest.
    fill: Option<FillInput>,
    /// Language ranges, separated by commas.
    language: Option<String>,
    /// Categories, separated by commas.
    category: Option<String>,
    /// Fields beside those that are always there, separated by commas: `body`, `answer`, `author`, `tags`, `attributes`.
    include: Option<String>,
    exact: Option<bool>,
    /// `prefer` or `only`: questions in the language of this one first, or alone.
    same_language: Option<SameLanguageInput>,
    /// 0 to 1; see `POST /v1/related`.
    diversity: Option<f32>,
    /// Of questions that duplicate each other only one is listed.
    collapse_duplicates: Option<bool>,
}

/// The related questions of a stored question.
#[utoipa::path(
    get, path = "/v1/questions/{id}/related", tag = "related",
    params(("id" = String, Path, description = "The question's id, percent-encoded"), StoredRelatedParameters),
    responses(
        (status = 200, body = RelatedResponse, description = "The list, best first"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such question"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A parameter is at fault"),
    )
)]
pub async fn related_to_stored(
    Ready(app): Ready,
    PathId(id): PathId,
    Parameters(parameters): Parameters<StoredRelatedParameters>,
) -> ApiResult<Json<RelatedResponse>> {
    let request = RelatedRequest {
        id: Some(id.as_str().to_owned()),
        limit: parameters.limit,
        min_score: parameters.min_score,
        fill: parameters.fill.unwrap_or_default(),
        filter: FilterInput {
            language: split(parameters.language.as_deref()),
            category: split(parameters.category.as_deref()),
            ..FilterInput::default()
        },
        include: parse_include(parameters.include.as_deref())?,
        exact: parameters.exact.unwrap_or(false),
        same_language: parameters.same_language.unwrap_or_default(),
        diversity: parameters.diversity.unwrap_or(0.0),
        collapse_duplicates: parameters.collapse_duplicates.unwrap_or(false),
        ..RelatedRequest::default()
    };
    list(app, request.parse()?).await
}

/// Values of a parameter that are separated by commas.
pub fn split(list: Option<&str>) -> Vec<String> {
    list.map(|list| list.split(',').map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned).collect()).unwrap_or_default()
}

pub fn parse_include(list: Option<&str>) -> Result<BTreeSet<Include>, Problem> {
    let parse = |name: String| {
        serde_json::from_value(serde_json::Value::String(name))
            .map_err(|e| Problem::invalid_fields(&[FieldError::new("include", Fault::Other(e.to_string()))]))
    };
    split(list).into_iter().map(parse).collect()
}

async fn list(app: App, asked: Asked) -> ApiResult<Json<RelatedResponse>> {
    let started = Instant::now();
    let (query, language, about) = match asked.subject {
        Subject::Text(text) => {
            let Embedded { embedding, tokens, truncated } = app.embedder.embed(compose(&text)).await?;
            let language = language::detect(&text);
            let output = QueryOutput { language: language.as_str().into(), tokens: Some(tokens), truncated: Some(truncated) };
            let query = RelatedQuery { features: Some(Features::of(text.title())), ..RelatedQuery::new(embedding) };
            (query, language, output)
        }
        Subject::Stored(id) => {
            let app = app.clone();
            blocking(move || stored_query(&app, &id)).await??
        }
    };
    let Options { limit, min_score, filter, exclude, mode, fill, collapse, diversity, same_language } = asked.options;
    let same_language = match same_language {
        SameLanguageInput::Any => SameLanguage::Any,
        SameLanguageInput::Prefer => SameLanguage::Prefer(language),
        SameLanguageInput::Only => SameLanguage::Only(language),
    };
    let arrangement = Arrangement { collapse, diversity, same_language };
    let query = RelatedQuery { limit, min_score, filter, exclude, mode, fill, arrangement, ..query };
    let model = ModelOutput::of(&app);
    let list = blocking(move || find(&app, &query)).await??;
    let items = list.items.into_iter().map(|item| ItemOutput::listed(item, &asked.include));
    Ok(Json(RelatedResponse {
        items: items.collect(),
        query: about,
        short_reason: list.short_reason.map(|reason| match reason {
            ShortReason::Filter => "filter",
            ShortReason::MinScore => "min_score",
            ShortReason::StoreSize => "store_size",
        }),
        model,
        took_ms: (started.elapsed().as_secs_f64() * 1e5).round() / 100.0,
    }))
}

/// From the living lists, where they can tell; else by a search.
fn find(app: &App, query: &RelatedQuery) -> Result<RelatedList, StoreError> {
    if let Some(lists) = &app.lists
        && let Some(list) = recommend::listed(&app.corpus, &app.calibration, lists, query)?
    {
        return Ok(list);
    }
    recommend::related(&app.corpus, &app.calibration, query)
}

fn stored_query(app: &App, id: &QuestionId) -> Result<(RelatedQuery, Language, QueryOutput), Problem> {
    let missing = || Problem::no_such_question(id.as_str());
    let stored = app.corpus.get(id)?.ok_or_else(missing)?;
    let embedding = app.corpus.embedding(stored.point).ok_or_else(missing)?;
    let language = stored.question.language;
    let about = QueryOutput { language: language.as_str().to_owned(), tokens: None, truncated: None };
    let features = Some(Features::of(stored.question.text.title()));
    let query = RelatedQuery { own: Some(stored.point), features, ..RelatedQuery::new(embedding) };
    Ok((query, language, about))
}
