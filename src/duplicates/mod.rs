//! Whether two questions are the same: a calibrated probability, a verdict and its reasons; all duplicates of a store, and the
//! groups they form.
//!
//! The cosine of two embeddings tells what questions are about; it hardly sees that one says 2 years and the other 3, that one
//! is negated, or that landlord and tenant changed places. So the probability is a logistic function of the cosine and of what
//! the words say ([`Features`]), fitted to labelled pairs ([`Calibration::fit`]). A [`Judge`] tells it.

mod calibration;
mod decided;
mod features;
mod groups;
mod judge;
mod lexicon;
mod mine;
mod numbers;
mod stored;

pub use calibration::{Calibration, CalibrationError, Fit, FitReport, LabelledPair, calibration_error};
pub use decided::{Decided, judge_and_explain};
pub use features::Features;
pub use groups::{Group, group};
pub use judge::Judge;
pub use mine::{Pair, Subject, Wanted, mine, subjects};
pub use stored::{StoredGroup, stored_groups};

use std::cmp::Ordering;

pub use crate::editorial::Verdict;
use crate::embedding::Similarity;
use crate::question::Question;

/// Questions at least so likely to be duplicates are called so.
pub const DUPLICATE_FROM: f32 = 0.5;
/// From here on one is hidden behind another in a list. Of such pairs of public sets .89 (LCQMC), .93 (covid) and .85 (Quora) are
/// labelled as duplicates, of those from .5 on .67, .67 and .72: a list that hides a question errs on the safe side.
pub const SAME_FROM: f32 = 0.85;

/// Which of two questions stands for both (the lesser one): one with an answer, then the older, then by id.
pub fn represents(a: &Question, b: &Question) -> Ordering {
    let key = |question: &Question| (question.answer.is_none(), question.created_at);
    key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
}

/// What is known of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub score: Similarity,
    /// 0 to 1.
    pub probability: f32,
    pub verdict: Verdict,
}

/// Why a pair was judged as it was, in words: conflicts first, else what speaks for it.
pub fn reasons(a: &Features, b: &Features, score: Similarity) -> Vec<String> {
    let mut reasons = a.conflicts(b).into_iter().map(|conflict| conflict.to_string()).collect::<Vec<_>>();
    if a.is_same_text(b) {
        reasons.push("same text".into());
    } else if reasons.is_empty() {
        reasons.push(format!("meaning {:.2}, wording {:.2}", score.value(), a.overlap(b)));
    }
    reasons
}
