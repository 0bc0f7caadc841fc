//! Whether two questions are the same, by one model: its calibration, and its vocabulary where it has one.

use std::sync::Arc;

use moka::sync::Cache;

use super::calibration::{Calibration, KINSHIP, LabelledPair, inputs};
use super::{DUPLICATE_FROM, Features, Judgement, SAME_FROM, Verdict};
use crate::embed::{MOST_KINSHIP, NEUTRAL_KINSHIP, Vocabulary};
use crate::embedding::Similarity;

/// Titles whose features are remembered, a kilobyte each.
const REMEMBERED: u64 = 50_000;

pub struct Judge {
    calibration: Calibration,
    vocabulary: Option<Arc<Vocabulary>>,
    /// Of titles that were asked for lately: a question stands in some twenty lists.
    features: Cache<String, Arc<Features>>,
}

impl Judge {
    pub fn new(calibration: Calibration, vocabulary: Option<Arc<Vocabulary>>) -> Self {
        Self { calibration, vocabulary, features: Cache::new(REMEMBERED) }
    }

    /// Whether the probability was fitted for this model.
    pub fn is_for(&self, model: &str) -> bool {
        self.calibration.is_for(model)
    }

    /// What tells it from others.
    pub fn identity(&self) -> String {
        format!("{:?} {}", self.calibration, self.vocabulary.is_some())
    }

    /// What a title says, remembered for a while. Cost: some ten microseconds the first time.
    pub fn features(&self, title: &str) -> Arc<Features> {
        if let Some(known) = self.features.get(title) {
            return known;
        }
        let features = Arc::new(self.features_once(title));
        self.features.insert(title.to_owned(), Arc::clone(&features));
        features
    }

    /// What a title says, for work on every question once.
    pub fn features_once(&self, title: &str) -> Features {
        let pieces = self.vocabulary.as_ref().map(|vocabulary| vocabulary.pieces(title)).unwrap_or_default();
        Features::of(title).with_pieces(pieces)
    }

    fn kinship(&self, a: &Features, b: &Features) -> f32 {
        self.vocabulary.as_ref().map_or(NEUTRAL_KINSHIP, |vocabulary| vocabulary.kinship(&a.pieces, &b.pieces))
    }

    /// The probability that the same answer serves both, 0 to 1. The same letters in the same order are one text. Cost: some ten
    /// microseconds.
    pub fn probability(&self, a: &Features, b: &Features, score: Similarity) -> f32 {
        if is_exact(a, b, score) {
            return 1.0;
        }
        self.calibration.probability(&inputs(a, b, score, self.kinship(a, b)))
    }

    /// The probability where it is at least `least`. Cost: a fraction of a microsecond for most pairs that are less likely.
    pub fn probability_from(&self, least: f32, a: &Features, b: &Features, score: Similarity) -> Option<f32> {
        if is_exact(a, b, score) {
            return Some(1.0);
        }
        let mut inputs = inputs(a, b, score, MOST_KINSHIP);
        // Kinship can only speak for a pair.
        if self.calibration.probability(&inputs) < least {
            return None;
        }
        inputs[KINSHIP] = self.kinship(a, b);
        Some(self.calibration.probability(&inputs)).filter(|probability| *probability >= least)
    }

    /// Whether one may stand for the other in a list: a very likely duplicate, also if nothing were known of the words that one
    /// side alone has, of which no number, party or place speaks against it. Cost: a fraction of a microsecond for most pairs.
    pub fn is_same(&self, a: &Features, b: &Features, score: Similarity) -> bool {
        let untold = self.calibration.probability(&inputs(a, b, score, NEUTRAL_KINSHIP));
        let may = untold >= SAME_FROM && !conflict(a, b);
        may && self.probability(a, b, score) >= SAME_FROM
    }

    /// No pair that is less alike can be the same.
    pub fn least_same(&self) -> f32 {
        self.calibration.least_cosine(SAME_FROM, NEUTRAL_KINSHIP)
    }

    /// Judges a pair. However likely, what has another number, party or place is no duplicate.
    pub fn judge(&self, a: &Features, b: &Features, score: Similarity) -> Judgement {
        let probability = self.probability(a, b, score);
        let verdict = if probability >= DUPLICATE_FROM && !conflict(a, b) {
            Verdict::Duplicate
        } else if score.value() >= self.calibration.related_from {
            Verdict::Related
        } else {
            Verdict::Different
        };
        Judgement { score, probability, verdict }
    }

    /// No pair that is less alike can reach `probability`.
    pub fn least_cosine(&self, probability: f32) -> f32 {
        self.calibration.least_cosine(probability, MOST_KINSHIP)
    }

    /// A pair that somebody judged, for a fit.
    pub fn labelled(&self, a: &Features, b: &Features, score: Similarity, same: bool) -> LabelledPair {
        LabelledPair { inputs: inputs(a, b, score, self.kinship(a, b)), score, same }
    }
}

/// The same letters in the same order, and what else there is is the same too.
fn is_exact(a: &Features, b: &Features, score: Similarity) -> bool {
    a.is_same_text(b) && score.value() > 0.999
}

fn conflict(a: &Features, b: &Features) -> bool {
    a.numbers_differ(b) || a.digits_differ(b) || a.is_opposed(b) || a.places_differ(b)
}
