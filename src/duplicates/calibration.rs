//! The probability that a pair is a duplicate: a logistic function of cosine and features, fitted to labelled pairs.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Features;
use crate::embedding::Similarity;

/// What the bundled model's calibration is.
const BUNDLED: &str = include_str!("../../models/likewise-v2/calibration.json");
/// Inputs of the logistic function, with what they are.
const INPUTS: [&str; 7] = ["cosine", "closeness", "kinship", "numbers_differ", "negation_differs", "opposed", "places_differ"];
/// What a weight is before any pair was seen, and how strongly a fit is pulled there (beside the mean log-likelihood, half of the
/// pull times the square of the distance). Pairs that were written to be hard make conflicts look stronger than they are
/// among questions that people ask: so these weights are those that natural pairs speak for.
const PRIOR: [(f32, f32); INPUTS.len()] =
    [(0.0, 1e-4), (0.0, 1e-4), (1.84, 0.1), (-2.3, 0.01), (-0.2, 0.1), (-0.45, 0.1), (-1.4, 0.01)];
/// Inputs before this one may only speak for a pair, those from here on only against it.
const FIRST_AGAINST: usize = 3;
/// Fewest pairs of either label to fit with.
const FEWEST: usize = 20;
const FOLDS: usize = 5;
/// Where the kinship stands.
pub(super) const KINSHIP: usize = 2;
/// Where the bias stands behind the weights.
const BIAS: usize = INPUTS.len();

#[derive(Debug, Error)]
pub enum CalibrationError {
    #[error("{}: the calibration can't be used: {why}; make it again with `likewise model calibrate`, or remove the file", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("{}: can't be written", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("there are {same} pairs of duplicates and {other} others; at least {FEWEST} of each are needed")]
    TooFew { same: usize, other: usize },
}

/// How cosine and features become a probability, for one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Fingerprint of the model whose cosines it is for.
    pub model: String,
    pub bias: f32,
    /// In the order of the inputs.
    pub weights: Vec<f32>,
    /// Pairs at least so alike are related.
    pub related_from: f32,
    /// How many pairs it was fitted to.
    pub pairs: usize,
}

/// A pair that somebody judged.
pub struct LabelledPair {
    pub(super) inputs: Inputs,
    pub(super) score: Similarity,
    pub(super) same: bool,
}

/// What the logistic function is of.
pub(super) type Inputs = [f32; INPUTS.len()];

/// How well a calibration does on pairs that it was not fitted to (five folds).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FitReport {
    pub pairs: usize,
    pub same: usize,
    /// Mean distance between what is said and what is, over ten bins of probability (expected calibration error).
    pub expected_calibration_error: f64,
    pub accuracy: f64,
}

pub struct Fit {
    pub calibration: Calibration,
    pub report: FitReport,
}

impl Calibration {
    /// The one in `file` where it is for `model`; else that of the bundled model. For a model that it was not made for, it is
    /// a guess: see [`Calibration::is_for`].
    pub fn find(file: &Path, model: &str) -> Result<Self, CalibrationError> {
        let damaged = |why: String| CalibrationError::Damaged { path: file.to_owned(), why };
        match std::fs::read_to_string(file) {
            Ok(text) => {
                let own = Self::parse(&text).map_err(damaged)?;
                if own.is_for(model) {
                    return Ok(own);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(damaged(error.to_string())),
        }
        Self::bundled()
    }

    /// That of the bundled model.
    pub fn bundled() -> Result<Self, CalibrationError> {
        Self::parse(BUNDLED).map_err(|why| CalibrationError::Damaged { path: "bundled".into(), why })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let parsed: Self = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let finite = parsed.weights.iter().chain([&parsed.bias, &parsed.related_from]).all(|number| number.is_finite());
        if parsed.weights.len() != INPUTS.len() || !finite {
            return Err(format!("{} finite weights are needed: {}", INPUTS.len(), INPUTS.join(", ")));
        }
        let (speaking_for, against) = parsed.weights.split_at(FIRST_AGAINST);
        if speaking_for.iter().any(|weight| *weight < 0.0) || against.iter().any(|weight| *weight > 0.0) {
            return Err(format!("the first {FIRST_AGAINST} weights can't be negative, the others not positive"));
        }
        Ok(parsed)
    }

    pub fn is_for(&self, model: &str) -> bool {
        self.model == model
    }

    pub fn write(&self, file: &Path) -> Result<(), CalibrationError> {
        let failed = |source| CalibrationError::Write { path: file.to_owned(), source };
        let text = serde_json::to_string_pretty(self).map_err(|e| failed(e.into()))?;
        let temporary = file.with_extension("part");
        std::fs::write(&temporary, text + "\n").map_err(failed)?;
        std::fs::rename(&temporary, file).map_err(failed)
    }

    /// The probability of a pair with these inputs, 0 to 1.
    pub(super) fn probability(&self, inputs: &Inputs) -> f32 {
        logistic(self.logit(inputs))
    }

    /// No pair that is less alike can reach `probability`, if its words are at most so akin.
    pub fn least_cosine(&self, probability: f32, kinship: f32) -> f32 {
        let best = |cosine: f32| {
            let mut best = [0.0; INPUTS.len()];
            best[..FIRST_AGAINST].copy_from_slice(&[cosine, closeness(cosine), kinship]);
            logistic(self.logit(&best))
        };
        let (mut low, mut high) = (-1.0f32, 1.0f32);
        for _ in 0..30 {
            let middle = (low + high) / 2.0;
            if best(middle) < probability { low = middle } else { high = middle }
        }
        low
    }

    fn logit(&self, inputs: &Inputs) -> f32 {
        self.bias + inputs.iter().zip(&self.weights).map(|(input, weight)| input * weight).sum::<f32>()
    }

    /// Fits to labelled pairs by the likelihood, pulled to the weights of natural pairs; tells how well it does on held-out fifths.
    pub fn fit(model: &str, pairs: &[LabelledPair]) -> Result<Fit, CalibrationError> {
        let same = pairs.iter().filter(|pair| pair.same).count();
        let other = pairs.len() - same;
        if same.min(other) < FEWEST {
            return Err(CalibrationError::TooFew { same, other });
        }
        let rows: Vec<(Inputs, bool)> = pairs.iter().map(|pair| (pair.inputs, pair.same)).collect();
        let mut held_out = vec![0.0; rows.len()];
        // By what a pair is, so that one that was given twice is held out twice.
        let folds: Vec<usize> = rows.iter().map(|(inputs, _)| fold_of(inputs)).collect();
        for fold in 0..FOLDS {
            let others = rows.iter().zip(&folds).filter(|(_, own)| **own != fold).map(|(row, _)| *row);
            let (bias, weights) = ascend(&others.collect::<Vec<_>>());
            for (n, (inputs, _)) in rows.iter().enumerate().filter(|(n, _)| folds[*n] == fold) {
                held_out[n] = logistic(bias + inputs.iter().zip(&weights).map(|(input, weight)| input * weight).sum::<f32>());
            }
        }
        let (bias, weights) = ascend(&rows);
        let calibration = Self {
            model: model.to_owned(),
            bias,
            weights: weights.to_vec(),
            related_from: related_from(pairs),
            pairs: pairs.len(),
        };
        let right = held_out.iter().zip(&rows).filter(|(p, (_, same))| (**p >= super::DUPLICATE_FROM) == *same).count();
        let said = held_out.iter().zip(&rows).map(|(p, (_, same))| (f64::from(*p), *same));
        let report = FitReport {
            pairs: pairs.len(),
            same,
            expected_calibration_error: calibration_error(said),
            accuracy: right as f64 / pairs.len() as f64,
        };
        Ok(Fit { calibration, report })
    }
}

fn fold_of(inputs: &Inputs) -> usize {
    let mix = |hash: u32, input: &f32| (hash ^ input.to_bits()).wrapping_mul(0x0100_0193).rotate_left(7);
    inputs.iter().fold(0x811c_9dc5, mix) as usize % FOLDS
}

/// Half of the duplicates' median cosine: below it hardly anything is about the same matter.
fn related_from(pairs: &[LabelledPair]) -> f32 {
    let mut scores: Vec<f32> = pairs.iter().filter(|pair| pair.same).map(|pair| pair.score.value()).collect();
    scores.sort_by(f32::total_cmp);
    scores.get(scores.len() / 2).map_or(0.4, |median| median / 2.0)
}

/// Of a pair whose words are so akin.
pub(super) fn inputs(a: &Features, b: &Features, score: Similarity, kinship: f32) -> Inputs {
    let flag = |holds: bool| f32::from(u8::from(holds));
    [
        score.value(),
        closeness(score.value()),
        kinship,
        flag(a.numbers_differ(b)),
        flag(a.negation_differs(b)),
        flag(a.is_opposed(b)),
        flag(a.places_differ(b)),
    ]
}

/// The cosine, stretched towards one: between .7 and .8 little changes, between .9 and 1 everything does.
fn closeness(cosine: f32) -> f32 {
    -(1.02 - cosine).ln()
}

fn logistic(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// Maximises the likelihood of a few hundred or thousand rows, pulled to the prior: one weight after the other by Newton's
/// method, within its sign.
fn ascend(rows: &[(Inputs, bool)]) -> (f32, Inputs) {
    const SWEEPS: usize = 2_000;
    const SETTLED: f32 = 1e-5;
    let share = 1.0 / rows.len() as f32;
    let mut logits = vec![0.0f32; rows.len()];
    let (mut bias, mut weights) = (0.0f32, [0.0f32; INPUTS.len()]);
    for _ in 0..SWEEPS {
        let mut moved = 0.0f32;
        for n in 0..=BIAS {
            let input = |inputs: &Inputs| if n == BIAS { 1.0 } else { inputs[n] };
            let (mut gradient, mut curvature) = (0.0f32, 0.0f32);
            for ((inputs, same), logit) in rows.iter().zip(&logits) {
                let (x, p) = (input(inputs), logistic(*logit));
                gradient += x * (f32::from(u8::from(*same)) - p) * share;
                curvature += x * x * p * (1.0 - p) * share;
            }
            let weight = weights.get(n).copied().unwrap_or(bias);
            let (prior, pull) = PRIOR.get(n).copied().unwrap_or_default();
            let step = (gradient - pull * (weight - prior)) / (curvature + pull + 1e-6);
            let bounded = match n {
                BIAS => weight + step,
                n if n < FIRST_AGAINST => (weight + step).max(0.0),
                _ => (weight + step).min(0.0),
            };
            if n == BIAS {
                bias = bounded;
            } else {
                weights[n] = bounded;
            }
            let change = bounded - weight;
            logits.iter_mut().zip(rows).for_each(|(logit, (inputs, _))| *logit += change * input(inputs));
            moved = moved.max(change.abs());
        }
        if moved < SETTLED {
            break;
        }
    }
    (bias, weights)
}

/// Mean distance between the probability that is said and the share of pairs that are the same, over ten bins (expected
/// calibration error; Guo et al. 2017).
pub fn calibration_error(said: impl Iterator<Item = (f64, bool)>) -> f64 {
    const BINS: usize = 10;
    let mut bins = [(0.0, 0.0); BINS];
    let mut count = 0;
    for (p, same) in said {
        let bin = &mut bins[((p * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += p;
        bin.1 += f64::from(u8::from(same));
        count += 1;
    }
    bins.iter().map(|(said, were)| (said - were).abs()).sum::<f64>() / f64::from(count.max(1))
}

#[cfg(test)]
mod tests {
    use super::super::Judge;
    use super::*;

    fn judge(calibration: Calibration) -> Judge {
        Judge::new(calibration, None)
    }

    fn bundled() -> Judge {
        judge(Calibration::parse(BUNDLED).expect("ours"))
    }

    fn pair(a: &str, b: &str, score: f32, same: bool) -> LabelledPair {
        bundled().labelled(&Features::of(a), &Features::of(b), Similarity::new(score), same)
    }

    /// Alike pairs are the same unless their numbers differ.
    fn pairs() -> Vec<LabelledPair> {
        let mut pairs = Vec::new();
        for n in 0..60 {
            let wobble = (n % 7) as f32 * 0.02;
            pairs.push(pair("合同签了三年", "劳动合同3年", 0.75 + wobble, true));
            pairs.push(pair("合同签了三年", "合同签了2年", 0.85 + wobble, false));
            pairs.push(pair("合同签了三年", "怎么离婚", 0.2 + wobble, false));
        }
        pairs
    }

    #[test]
    fn what_is_fitted_tells_numbers_apart_and_is_calibrated() {
        let fit = Calibration::fit("m", &pairs()).expect("fits");
        assert!(fit.report.accuracy > 0.95, "{:?}", fit.report);
        assert!(fit.report.expected_calibration_error < 0.1, "{:?}", fit.report);
        let judge = judge(fit.calibration);
        let likely = |a: &str, b: &str| judge.probability(&Features::of(a), &Features::of(b), Similarity::new(0.8));
        assert!(likely("合同签了三年", "劳动合同3年") > 0.5 && likely("合同签了三年", "合同签了2年") < 0.5);
    }

    #[test]
    fn no_pair_below_the_least_cosine_reaches_the_probability() {
        let bundled = bundled();
        let (a, b) = (Features::of("公司不交社保怎么办"), Features::of("公司不交社保怎么办呢"));
        for probability in [0.1, 0.5, 0.8, 0.95] {
            let least = bundled.least_cosine(probability);
            for cosine in [-0.5, 0.0, 0.5, 0.7, 0.9] {
                let score = Similarity::new(cosine);
                let told = bundled.probability(&a, &b, score);
                assert!(cosine >= least || told < probability);
                assert_eq!(
                    bundled.probability_from(probability, &a, &b, score),
                    Some(told).filter(|told| *told >= probability)
                );
            }
        }
    }

    #[test]
    fn nothing_stands_for_a_question_with_another_number() {
        let (a, b) = (Features::of("试用期两个月合法吗"), Features::of("试用期三个月合法吗"));
        let judgement = bundled().judge(&a, &b, Similarity::new(0.99));
        assert_eq!(judgement.verdict, super::super::Verdict::Related);
    }

    #[test]
    fn too_few_pairs_are_refused() {
        let few = Calibration::fit("m", &pairs()[..30]).err().expect("refused").to_string();
        assert_eq!(few, "there are 10 pairs of duplicates and 20 others; at least 20 of each are needed");
    }
}
