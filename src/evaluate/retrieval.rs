//! Looking questions up among others: by meaning, by words, by both.

use std::collections::{BTreeMap, BTreeSet};

use super::lists::Asked;
use super::run::embed;
use super::{EvaluateError, Group, Measured, Measurement, Ranking};
use crate::embed::{Embedder, compose};
use crate::embedding::Embedding;
use crate::lexical::{LexicalIndex, Terms};
use crate::question::{PointId, QuestionText};
use crate::recommend::Mode;

const MODES: [(Mode, &str); 3] = [(Mode::Semantic, ""), (Mode::Lexical, ", by words"), (Mode::Hybrid, ", hybrid")];
/// Most questions of labelled pairs that are looked up; of more, every n-th is.
const MOST_QUERIES: usize = 2_000;

/// Questions among which others are looked up.
pub struct Documents {
    embeddings: Vec<Embedding>,
    words: LexicalIndex,
}

/// A question to look up, and the positions of those that are right.
pub struct Query {
    pub text: QuestionText,
    pub right: BTreeSet<usize>,
    /// Its own position, where it is among the documents.
    pub own: Option<usize>,
}

impl Documents {
    pub fn new(embedder: &Embedder, texts: &[QuestionText]) -> Result<Self, EvaluateError> {
        let mut words = LexicalIndex::default();
        for (position, text) in texts.iter().enumerate() {
            words.insert(PointId(position as u32), &Terms::of(text));
        }
        Ok(Self { embeddings: embed(embedder, &texts.iter().map(compose).collect::<Vec<_>>())?, words })
    }

    /// How well the right ones are found, in each mode. Cost: a comparison of every query with every document.
    pub fn measure(&self, embedder: &Embedder, task: &str, queries: &[Query]) -> Result<Vec<Measurement>, EvaluateError> {
        let embeddings = embed(embedder, &queries.iter().map(|query| compose(&query.text)).collect::<Vec<_>>())?;
        let mut ranks = MODES.map(|_| Vec::with_capacity(queries.len()));
        for (query, embedding) in queries.iter().zip(&embeddings) {
            let terms = self.words.weigh(&Terms::of(&query.text));
            let parts = self.embeddings.iter().enumerate().map(|(position, document)| {
                (embedding.similarity(document), self.words.likeness(&terms, PointId(position as u32)))
            });
            let parts: Vec<_> = parts.collect();
            for ((mode, _), ranks) in MODES.iter().zip(&mut ranks) {
                let score = |position: usize| mode.score(parts[position].0, parts[position].1);
                let best = query.right.iter().map(|right| score(*right)).fold(f32::NEG_INFINITY, f32::max);
                let others = (0..parts.len()).filter(|other| Some(*other) != query.own && !query.right.contains(other));
                // What shares no word with the question was not found by words, however many others were not.
                let missed = *mode == Mode::Lexical && best <= 0.0;
                let before = others.filter(|other| missed || score(*other) > best).count();
                ranks.push(1 + before);
            }
        }
        let measured = MODES.iter().zip(ranks).map(|((_, name), ranks)| Measurement {
            task: format!("{task}{name}"),
            count: ranks.len(),
            measured: Measured::Found { documents: self.embeddings.len(), ranking: Ranking::of(&ranks) },
        });
        Ok(measured.collect())
    }
}

/// Each group's first text in the language `to`, as title and as title and body, is looked up by its other texts.
pub fn groups(embedder: &Embedder, groups: &[Group], to: &str) -> Result<Vec<Measurement>, EvaluateError> {
    let groups: Vec<&Group> =
        groups.iter().filter(|group| group.texts.get(to).is_some_and(|texts| !texts.is_empty())).collect();
    let whole: Vec<QuestionText> = groups.iter().map(|group| group.texts[to][0].clone()).collect();
    let titles = Documents::new(embedder, &whole.iter().map(QuestionText::title_alone).collect::<Vec<_>>())?;
    let whole = Documents::new(embedder, &whole)?;
    let mut queries: BTreeMap<&str, Vec<Query>> = BTreeMap::new();
    for (target, group) in groups.iter().enumerate() {
        for (language, texts) in &group.texts {
            let others = texts.iter().skip(usize::from(language == to));
            let query = |text: &QuestionText| Query { text: text.title_alone(), right: BTreeSet::from([target]), own: None };
            queries.entry(language).or_default().extend(others.map(query));
        }
    }
    let mut measurements = Vec::new();
    for (language, queries) in queries.into_iter().filter(|(_, queries)| !queries.is_empty()) {
        measurements.extend(titles.measure(embedder, &format!("{language} to {to} title"), &queries)?);
        measurements.extend(whole.measure(embedder, &format!("{language} to {to} title and body"), &queries)?);
    }
    if measurements.is_empty() { Err(EvaluateError::NothingToFind(to.to_owned())) } else { Ok(measurements) }
}

/// Every text of labelled pairs that has a duplicate is looked up among all other texts; nothing where no pair is the same.
pub fn pairs(embedder: &Embedder, pairs: &[(String, String)], same: &[bool]) -> Result<Vec<Measurement>, EvaluateError> {
    let Asked { texts, right, .. } = Asked::of_pairs(pairs, same);
    let all = texts.iter().zip(right).enumerate().filter(|(_, (_, right))| !right.is_empty());
    let queries = all.map(|(position, (text, right))| Query { text: text.clone(), right, own: Some(position) });
    let queries: Vec<Query> = queries.collect();
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    let step = queries.len().div_ceil(MOST_QUERIES);
    let queries: Vec<Query> = queries.into_iter().step_by(step).collect();
    Documents::new(embedder, &texts)?.measure(embedder, "the other one", &queries)
}
