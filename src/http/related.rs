//! `POST /v1/related` and `GET /v1/questions/{id}/related`: the list.

use std::collections::BTreeSet;
use std::time::Instant;

use axum::Json;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiResult, Problem};
use super::extract::{Body, Parameters, PathId};
use super::list::{ExplainOutput, Include, ItemOutput, QueryOutput, RelatedResponse};
use super::questions::ModelOutput;
use super::state::{Ready, blocking};
use crate::app::App;
use crate::embed::{Embedded, compose};
use crate::filter::Filter;
use crate::index::SearchMode;
use crate::language;
use crate::question::{FieldError, Language, Problem as Fault, QuestionId, QuestionText, parse_time};
use crate::recommend::{
    self, Arrangement, DEFAULT_LIMIT, Fill, Freshness, MAX_LIMIT, Mode, RelatedList, RelatedQuery, SameLanguage, ShortReason,
};
use crate::store::StoreError;

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
    /// Of questions that duplicate each other only the best is listed (with an answer, then the oldest), the others under its
    /// `duplicates`, and the list is filled up again.
    #[schema(default = true)]
    pub collapse_duplicates: Option<bool>,
    /// What makes a question related: its meaning, its words, or both.
    #[serde(default)]
    pub mode: ModeInput,
    /// Newer questions count as a little more alike.
    pub freshness: Option<FreshnessInput>,
    /// Most questions that `fill` adds; as many as are missing where absent.
    #[schema(minimum = 0, maximum = 100)]
    pub fill_limit: Option<i64>,
    /// Why each item stands where it stands.
    #[serde(default)]
    pub explain: bool,
}

/// What makes a question related.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeInput {
    /// Its meaning: the cosine of the embeddings.
    Semantic,
    /// The words it shares, the rare ones above all.
    Lexical,
    /// Both: seven parts meaning, three parts words.
    #[default]
    Hybrid,
}

/// A question that is new counts as more alike by `boost`, one that is a half-life old by half of it, and so on.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FreshnessInput {
    #[schema(minimum = 0, maximum = 1, default = 0.05)]
    pub boost: Option<f32>,
    #[schema(minimum = 0.01, maximum = 36500, default = 180)]
    pub half_life_days: Option<f32>,
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

/// What a list is asked for.
enum Subject {
    Text(QuestionText),
    Stored(QuestionId),
}

/// A checked request.
pub struct Asked {
    subject: Subject,
    options: Options,
    include: BTreeSet<Include>,
    explain: bool,
}

struct Options {
    limit: usize,
    min_score: f32,
    filter: Filter,
    exclude: Vec<QuestionId>,
    mode: Mode,
    search: SearchMode,
    fill: Fill,
    arrangement: Arrangement,
    same_language: SameLanguageInput,
}

impl RelatedRequest {
    /// Checks it; all faults are told at once.
    pub fn parse(self) -> Result<Asked, Problem> {
        let mut errors = Vec::new();
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
        check_range("min_score", min_score, -1.0, 1.0, &mut errors);
        check_range("diversity", self.diversity, 0.0, 1.0, &mut errors);
        let freshness = self.freshness.map(|freshness| freshness.parse(&mut errors));
        let at_most = self.fill_limit.map_or(limit, |at_most| {
            check_range("fill_limit", at_most as f32, 0.0, MAX_LIMIT as f32, &mut errors);
            usize::try_from(at_most).unwrap_or(0)
        });
        let filter = self.filter.parse(&mut errors);
        let exclude = parse_each("exclude", &self.exclude, QuestionId::parse, &mut errors);
        let (Some(subject), true) = (subject, errors.is_empty()) else { return Err(Problem::invalid_fields(&errors)) };
        let fill = match self.fill {
            FillInput::None => Fill::None,
            FillInput::Latest => Fill::Latest { at_most },
        };
        let arrangement = Arrangement {
            collapse: self.collapse_duplicates.unwrap_or(true),
            diversity: self.diversity,
            freshness,
            ..Arrangement::default()
        };
        let search = if self.exact { SearchMode::Exact } else { SearchMode::Approximate };
        let (mode, same_language) = (self.mode.into(), self.same_language);
        let options = Options { limit, min_score, filter, exclude, mode, search, fill, arrangement, same_language };
        Ok(Asked { subject, options, include: self.include, explain: self.explain })
    }
}

impl From<ModeInput> for Mode {
    fn from(mode: ModeInput) -> Self {
        match mode {
            ModeInput::Semantic => Self::Semantic,
            ModeInput::Lexical => Self::Lexical,
            ModeInput::Hybrid => Self::Hybrid,
        }
    }
}

impl From<Mode> for ModeInput {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Semantic => Self::Semantic,
            Mode::Lexical => Self::Lexical,
            Mode::Hybrid => Self::Hybrid,
        }
    }
}

impl FreshnessInput {
    fn parse(self, errors: &mut Vec<FieldError>) -> Freshness {
        let (boost, half_life_days) = (self.boost.unwrap_or(0.05), self.half_life_days.unwrap_or(180.0));
        check_range("freshness/boost", boost, 0.0, 1.0, errors);
        check_range("freshness/half_life_days", half_life_days, 0.01, 36_500.0, errors);
        Freshness { boost, half_life_days, now: Timestamp::now() }
    }
}

fn check_range(field: &str, value: f32, min: f32, max: f32, errors: &mut Vec<FieldError>) {
    if !(min..=max).contains(&value) {
        let fault = Fault::OutOfRange { actual: value.to_string(), min: min.to_string(), max: max.to_string() };
        errors.push(FieldError::new(field, fault));
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
    answer(app, request).await.map(Json)
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
    /// Fields beside those that are always there, separated by commas: `body`, `description`, `answer`, `author`, `tags`,
    /// `attributes`.
    include: Option<String>,
    exact: Option<bool>,
    /// `prefer` or `only`: questions in the language of this one first, or alone.
    same_language: Option<SameLanguageInput>,
    /// 0 to 1; see `POST /v1/related`.
    diversity: Option<f32>,
    /// Of questions that duplicate each other only one is listed; true where absent.
    collapse_duplicates: Option<bool>,
    /// `semantic`, `lexical` or `hybrid`, which it is where absent.
    mode: Option<ModeInput>,
    /// Why each item stands where it stands.
    explain: Option<bool>,
    /// Most questions that `fill` adds.
    fill_limit: Option<i64>,
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
        collapse_duplicates: parameters.collapse_duplicates,
        mode: parameters.mode.unwrap_or_default(),
        explain: parameters.explain.unwrap_or(false),
        fill_limit: parameters.fill_limit,
        ..RelatedRequest::default()
    };
    answer(app, request).await.map(Json)
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

/// A list, and what it was asked for with.
pub struct Found {
    pub list: RelatedList,
    about: QueryOutput,
    mode: Mode,
    /// What was asked for.
    text: Option<QuestionText>,
}

/// Finds what a checked request asks for.
pub async fn find(app: App, asked: Asked) -> ApiResult<Found> {
    let (query, language, about) = match asked.subject {
        Subject::Text(text) => {
            let Embedded { embedding, tokens, truncated } = app.embedder.embed(compose(&text)).await?;
            let language = language::detect(&text);
            let output = QueryOutput { language: language.as_str().into(), tokens: Some(tokens), truncated: Some(truncated) };
            (RelatedQuery::for_text(embedding, text), language, output)
        }
        Subject::Stored(id) => {
            let app = app.clone();
            blocking(move || stored_query(&app, &id)).await??
        }
    };
    let Options { limit, min_score, filter, exclude, mode, search, fill, arrangement, same_language } = asked.options;
    let same_language = match same_language {
        SameLanguageInput::Any => SameLanguage::Any,
        SameLanguageInput::Prefer => SameLanguage::Prefer(language),
        SameLanguageInput::Only => SameLanguage::Only(language),
    };
    let arrangement = Arrangement { same_language, ..arrangement };
    let query = RelatedQuery { limit, min_score, filter, exclude, mode, search, fill, arrangement, ..query };
    let found = blocking(move || {
        let list = recommend::related(&app.corpus, &app.judge, app.lists.as_deref(), &query)?;
        Ok::<_, StoreError>(Found { list, about, mode, text: query.text })
    });
    Ok(found.await??)
}

/// The answer to a request.
pub async fn answer(app: App, request: RelatedRequest) -> ApiResult<RelatedResponse> {
    let started = Instant::now();
    let model = ModelOutput::of(&app);
    let asked = request.parse()?;
    let (include, explain) = (asked.include.clone(), asked.explain);
    let Found { list, about, mode, text } = find(app, asked).await?;
    let items = list.items.into_iter().map(|item| {
        let explained = explain.then(|| ExplainOutput::of(&item, text.as_ref()));
        ItemOutput::listed(item, mode, &include, explained)
    });
    Ok(RelatedResponse {
        items: items.collect(),
        query: about,
        mode: mode.into(),
        short_reason: list.short_reason.map(|reason| match reason {
            ShortReason::Filter => "filter",
            ShortReason::MinScore => "min_score",
            ShortReason::NoSharedWords => "no_shared_words",
            ShortReason::StoreSize => "store_size",
        }),
        model,
        took_ms: (started.elapsed().as_secs_f64() * 1e5).round() / 100.0,
    })
}

fn stored_query(app: &App, id: &QuestionId) -> Result<(RelatedQuery, Language, QueryOutput), Problem> {
    let missing = || Problem::no_such_question(id.as_str());
    let stored = app.corpus.get(id)?.ok_or_else(missing)?;
    let language = stored.question.language.clone();
    let about = QueryOutput { language: language.as_str().to_owned(), tokens: None, truncated: None };
    let query = RelatedQuery::for_stored(&app.corpus, stored).ok_or_else(missing)?;
    Ok((query, language, about))
}
