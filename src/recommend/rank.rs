//! Which questions come near, by meaning and by words, and how near.

use std::collections::HashMap;

use super::allowed::Allowed;
use crate::corpus::Corpus;
use crate::embedding::{Embedding, Similarity};
use crate::index::Neighbor;
use crate::lexical::WeighedTerms;
use crate::question::{Language, PointId};

/// What makes a question related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Its meaning: the cosine of the embeddings.
    Semantic,
    /// Its words: see [`crate::lexical`].
    Lexical,
    /// Both.
    #[default]
    Hybrid,
}

/// How much the words count beside the meaning. Measured with the bundled model over 14 sets: MRR .717 by meaning, .744 at .2, .752
/// at .3, .757 at .4; but English sets are best at .2 to .3, and intents (banking77) at .2. Reciprocal rank fusion was worse
/// than a weighted sum on ten of twelve sets.
const WORDS: f32 = 0.3;

/// What a question in another language, which can share no words, is taken to share: so many words for each part of meaning. Without it
/// the same question in another language stands behind others in this one. Measured on lists over two categories in ten languages
/// (`likewise eval --lists`): MRR .941 and .954 by meaning; hybrid .896 and .909 at 0, .941 and .940 at .2, .947 and .943 at .3, the same
/// at .6; from .3 on other languages come to stand before.
const LIKELY_SHARED: f32 = 0.25;

/// Questions that are looked up by words for a list: a bound of its cost. The rarest words go first.
const LOOKED_UP: usize = 20_000;
/// The same where words are all there is.
const LOOKED_UP_LEXICAL: usize = 2_000_000;

/// What a list is ranked by.
pub struct Subject {
    embedding: Embedding,
    terms: Option<WeighedTerms>,
    /// In another one, words tell nothing.
    language: Option<Language>,
    mode: Mode,
}

/// A question that comes near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    pub point: PointId,
    pub semantic: Similarity,
    /// 0 to 1.
    pub lexical: f32,
    /// What it is ordered by: one of the above, or their weighted sum.
    pub score: f32,
    /// Its place by meaning alone, from 1, where it is among the nearest.
    pub place_by_meaning: Option<usize>,
    /// Its place by words alone.
    pub place_by_words: Option<usize>,
}

impl Mode {
    /// What a question is ordered by.
    pub fn score(self, semantic: Similarity, lexical: f32) -> f32 {
        match self {
            Self::Semantic => semantic.value(),
            Self::Lexical => lexical,
            Self::Hybrid => (1.0 - WORDS) * semantic.value() + WORDS * lexical,
        }
    }
}

impl Subject {
    /// Where only an embedding is known, meaning is all that can count.
    pub fn new(embedding: Embedding, terms: Option<WeighedTerms>, language: Option<Language>, mode: Mode) -> Self {
        let terms = terms.filter(|_| mode != Mode::Semantic);
        let mode = if terms.is_none() && mode == Mode::Hybrid { Mode::Semantic } else { mode };
        Self { embedding, terms, language, mode }
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The score of one question, wherever it came from; `None` where it is gone.
    pub fn score(&self, corpus: &Corpus, point: PointId) -> Option<Ranked> {
        let semantic = corpus.similarity(point, &self.embedding)?;
        let lexical = self.terms.as_ref().map_or(0.0, |terms| corpus.lexical().likeness(terms, point));
        let mut ranked = [self.ranked(point, semantic, lexical)];
        self.excuse(corpus, &mut ranked);
        Some(ranked[0])
    }

    fn ranked(&self, point: PointId, semantic: Similarity, lexical: f32) -> Ranked {
        let score = self.mode.score(semantic, lexical);
        Ranked { point, semantic, lexical, score, place_by_meaning: None, place_by_words: None }
    }

    /// Gives questions in another language the words that they would likely share in this one.
    fn excuse(&self, corpus: &Corpus, ranked: &mut [Ranked]) {
        let Some(own) = self.language.as_ref().filter(|_| self.mode == Mode::Hybrid) else { return };
        let points: Vec<PointId> = ranked.iter().map(|ranked| ranked.point).collect();
        for (ranked, noted) in ranked.iter_mut().zip(corpus.noted(&points)) {
            if noted.is_some_and(|(language, _)| !language.is_kin_of(own)) {
                let likely = LIKELY_SHARED * ranked.semantic.value();
                ranked.score = self.mode.score(ranked.semantic, ranked.lexical.max(likely));
            }
        }
    }

    /// Joins what is near by meaning with up to `depth` of `allowed` that are near by words; best first, ties by id. Cost: some
    /// nanoseconds for each question that shares a rare word, at most 20,000, and a microsecond a candidate.
    pub fn rank(&self, corpus: &Corpus, near: &[Neighbor], allowed: &Allowed, depth: usize) -> Vec<Ranked> {
        let mut found: HashMap<PointId, Ranked> = HashMap::with_capacity(2 * depth);
        let lexical = corpus.lexical();
        if let Some(terms) = &self.terms {
            let budget = if self.mode == Mode::Lexical { LOOKED_UP_LEXICAL } else { LOOKED_UP };
            let by_words = lexical.nearest(terms, depth + allowed.spare(), allowed.points(), budget).into_iter();
            let by_words = by_words.filter(|shared| allowed.contains(shared.point)).take(depth);
            for (place, shared) in by_words.enumerate() {
                let Some(semantic) = corpus.similarity(shared.point, &self.embedding) else { continue };
                let ranked = self.ranked(shared.point, semantic, shared.likeness);
                found.insert(shared.point, Ranked { place_by_words: Some(place + 1), ..ranked });
            }
        }
        for (place, neighbor) in near.iter().enumerate() {
            let likeness = || self.terms.as_ref().map_or(0.0, |terms| lexical.likeness(terms, neighbor.point));
            let entry = found.entry(neighbor.point);
            entry.or_insert_with(|| self.ranked(neighbor.point, neighbor.similarity, likeness())).place_by_meaning =
                Some(place + 1);
        }
        drop(lexical);
        let mut found: Vec<Ranked> = found.into_values().collect();
        self.excuse(corpus, &mut found);
        sorted(corpus, found)
    }
}

/// Best first, ties by id.
fn sorted(corpus: &Corpus, ranked: Vec<Ranked>) -> Vec<Ranked> {
    let points: Vec<PointId> = ranked.iter().map(|ranked| ranked.point).collect();
    let mut with_ids: Vec<_> = ranked.into_iter().zip(corpus.ids(&points)).collect();
    with_ids.sort_by(|(a, a_id), (b, b_id)| b.score.total_cmp(&a.score).then_with(|| a_id.cmp(b_id)));
    with_ids.into_iter().map(|(ranked, _)| ranked).collect()
}
