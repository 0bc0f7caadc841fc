//! A list as the HTTP API tells it: its items, and why each stands where it stands.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::questions::ModelOutput;
use super::related::ModeInput;
use crate::duplicates::{Features, reasons};
use crate::lexical::Terms;
use crate::pages::description;
use crate::question::QuestionText;
use crate::recommend::{Candidate, Collapsed, Kind, Mode, Recommendation};
use crate::store::StoredQuestion;

/// Fields of listed questions that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    Body,
    /// The beginning of the body, else of the answer, on one line.
    Description,
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
    /// What the order is by.
    pub mode: ModeInput,
    /// Why fewer than `limit` came back: `filter`, `min_score`, `no_shared_words`, `store_size`; else null.
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
    /// What the order is by: in mode `semantic` the cosine similarity (-1 to 1), else 0 to 1. Of one that stands for others: that of the
    /// most alike of them.
    pub score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<ScoresOutput>,
    /// `related` or `latest`.
    pub kind: &'static str,
    /// Whether an editor put it there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// How likely the same answer serves both; null where that can't be told.
    pub duplicate_probability: Option<f32>,
    /// Ids of questions that this one stands for, where duplicates are collapsed.
    pub duplicates: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The beginning of the body, else of the answer, on one line: up to 90 characters, and an ellipsis where there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub attributes: Option<Box<serde_json::value::RawValue>>,
    /// Where the request asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<ExplainOutput>,
}

/// The parts of a score.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoresOutput {
    /// Cosine similarity, -1 to 1.
    pub semantic: f32,
    /// How far the words of the question are shared, 0 to 1; null in mode `semantic`.
    pub lexical: Option<f32>,
}

/// Why an item stands where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainOutput {
    /// Its place by meaning alone, from 1; null where it is not among those looked at.
    pub rank_semantic: Option<usize>,
    /// Its place by words alone, from 1; null where it is not among those looked at.
    pub rank_lexical: Option<usize>,
    /// Words that are shared, as they stand in the question asked; of longer words the beginning.
    pub matched_terms: Vec<String>,
    /// What `same_language` and `freshness` added to the score.
    pub bonus: f32,
    /// `pinned` where an editor put it there.
    pub rules: Vec<&'static str>,
    /// The questions that it stands for.
    pub collapsed: Vec<CollapsedOutput>,
    /// What speaks against its being the same question, else what speaks for it.
    pub duplicate_reasons: Vec<String>,
}

/// A question that another one stands for.
#[derive(Debug, Serialize, ToSchema)]
pub struct CollapsedOutput {
    pub id: String,
    /// That it is the same as the one that is listed; 1 where a person said so.
    pub probability: f32,
}

impl ExplainOutput {
    pub fn of(item: &Recommendation, asked: Option<&QuestionText>) -> Self {
        let Candidate { ranked, pinned, bonus, duplicates } = &item.candidate;
        let text = &item.question.question.text;
        let why = |asked: &QuestionText| reasons(&Features::of(asked.title()), &Features::of(text.title()), ranked.semantic);
        let collapsed = duplicates.iter().map(|Collapsed { id, probability, .. }| {
            let (id, probability) = (id.to_string(), *probability);
            CollapsedOutput { id, probability }
        });
        Self {
            rank_semantic: ranked.place_by_meaning,
            rank_lexical: ranked.place_by_words,
            matched_terms: asked.map(|asked| Terms::shared(asked, text)).unwrap_or_default(),
            bonus: *bonus,
            rules: pinned.then_some("pinned").into_iter().collect(),
            collapsed: collapsed.collect(),
            duplicate_reasons: asked.map(why).unwrap_or_default(),
        }
    }
}

impl ItemOutput {
    /// An item of a list in a mode.
    pub fn listed(item: Recommendation, mode: Mode, include: &BTreeSet<Include>, explain: Option<ExplainOutput>) -> Self {
        let Recommendation { question, kind, candidate, duplicate_probability } = item;
        let Candidate { ranked, pinned, duplicates, .. } = candidate;
        let score = if mode == Mode::Semantic { ranked.score } else { ranked.score.max(0.0) };
        let lexical = (mode != Mode::Semantic).then_some(ranked.lexical);
        Self {
            scores: Some(ScoresOutput { semantic: ranked.semantic.value(), lexical }),
            pinned,
            duplicate_probability,
            duplicates: duplicates.iter().map(|duplicate| duplicate.id.to_string()).collect(),
            explain,
            ..Self::new(question, Some(score), kind, include)
        }
    }

    pub fn new(stored: StoredQuestion, score: Option<f32>, kind: Kind, include: &BTreeSet<Include>) -> Self {
        let question = stored.question;
        let wants = |field| include.contains(&field);
        Self {
            id: question.id.to_string(),
            title: question.text.title().to_owned(),
            body: question.text.body().filter(|_| wants(Include::Body)).map(str::to_owned),
            description: wants(Include::Description).then(|| description(question.text.body(), question.answer.as_deref())),
            url: question.url,
            category: question.category,
            language: question.language.as_str().to_owned(),
            created_at: question.created_at,
            score,
            kind: match kind {
                Kind::Related => "related",
                Kind::Latest => "latest",
            },
            scores: None,
            pinned: false,
            explain: None,
            duplicate_probability: None,
            duplicates: Vec::new(),
            answer: question.answer.filter(|_| wants(Include::Answer)),
            author: question.author.filter(|_| wants(Include::Author)),
            tags: wants(Include::Tags).then_some(question.tags),
            attributes: question.attributes.filter(|_| wants(Include::Attributes)).and_then(|a| serde_json::from_str(&a).ok()),
        }
    }
}
