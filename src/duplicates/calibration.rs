//! The probability that a pair is a duplicate: a logistic function of cosine and features, fitted to labelled pairs.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Features;
use crate::embedding::Similarity;

/// What the bundled model's calibration is.
const BUNDLED: &str = include_str!("../../models/likewise-v1/calibration.json");
/// Inputs of the logistic function, with what they are.
const INPUTS: [&str; 8] =
    ["cosine", "closeness", "wording", "numbers_differ", "one_has_numbers", "negation_differs", "opposed", "places_differ"];
/// Inputs before this one may only speak for a pair, those from here on only against it.
const FIRST_AGAINST: usize = 3;
/// Fewest pairs of either label to fit with.
const FEWEST: usize = 20;
const FOLDS: usize = 5;

#[derive(Debug, Error)]
pub enum CalibrationError {
    #[error("{}: the calibration can't be read: {why}", path.display())]
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
    pub a: Features,
    pub b: Features,
    pub score: Similarity,
    pub same: bool,
}

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

    /// The probability that the same answer serves both, 0 to 1. The same letters in the same order are one text.
    pub fn probability(&self, a: &Features, b: &Features, score: Similarity) -> f32 {
        if a.is_same_text(b) && score.value() > 0.999 {
            return 1.0;
        }
        logistic(self.logit(&inputs(a, b, score)))
    }

    /// No pair that is less alike can reach `probability`.
    pub fn least_cosine(&self, probability: f32) -> f32 {
        let best = |cosine: f32| {
            let mut best = [0.0; INPUTS.len()];
            best[..FIRST_AGAINST].copy_from_slice(&[cosine, closeness(cosine), 1.0]);
            logistic(self.logit(&best))
        };
        let (mut low, mut high) = (-1.0f32, 1.0f32);
        for _ in 0..30 {
            let middle = (low + high) / 2.0;
            if best(middle) < probability { low = middle } else { high = middle }
        }
        low
    }

    fn logit(&self, inputs: &[f32; INPUTS.len()]) -> f32 {
        self.bias + inputs.iter().zip(&self.weights).map(|(input, weight)| input * weight).sum::<f32>()
    }

    /// Fits to labelled pairs by the likelihood, with a mild pull to zero; tells how well it does on held-out fifths.
    pub fn fit(model: &str, pairs: &[LabelledPair]) -> Result<Fit, CalibrationError> {
        let same = pairs.iter().filter(|pair| pair.same).count();
        let other = pairs.len() - same;
        if same.min(other) < FEWEST {
            return Err(CalibrationError::TooFew { same, other });
        }
        let rows: Vec<([f32; INPUTS.len()], bool)> =
            pairs.iter().map(|pair| (inputs(&pair.a, &pair.b, pair.score), pair.same)).collect();
        let mut held_out = vec![0.0; rows.len()];
        for fold in 0..FOLDS {
            let others: Vec<_> = rows.iter().enumerate().filter(|(n, _)| n % FOLDS != fold).map(|(_, row)| *row).collect();
            let (bias, weights) = descend(&others);
            for (n, (inputs, _)) in rows.iter().enumerate().filter(|(n, _)| n % FOLDS == fold) {
                held_out[n] = logistic(bias + inputs.iter().zip(&weights).map(|(input, weight)| input * weight).sum::<f32>());
            }
        }
        let (bias, weights) = descend(&rows);
        let calibration = Self {
            model: model.to_owned(),
            bias,
            weights: weights.to_vec(),
            related_from: related_from(pairs),
            pairs: pairs.len(),
        };
        let right = held_out.iter().zip(&rows).filter(|(p, (_, same))| (**p >= super::DUPLICATE_FROM) == *same).count();
        let report = FitReport {
            pairs: pairs.len(),
            same,
            expected_calibration_error: calibration_error(&held_out, pairs),
            accuracy: right as f64 / pairs.len() as f64,
        };
        Ok(Fit { calibration, report })
    }
}

/// Half of the duplicates' median cosine: below it hardly anything is about the same matter.
fn related_from(pairs: &[LabelledPair]) -> f32 {
    let mut scores: Vec<f32> = pairs.iter().filter(|pair| pair.same).map(|pair| pair.score.value()).collect();
    scores.sort_by(f32::total_cmp);
    scores.get(scores.len() / 2).map_or(0.4, |median| median / 2.0)
}

fn inputs(a: &Features, b: &Features, score: Similarity) -> [f32; INPUTS.len()] {
    let flag = |holds: bool| f32::from(u8::from(holds));
    [
        score.value(),
        closeness(score.value()),
        a.overlap(b),
        flag(a.numbers_differ(b)),
        flag(a.one_has_numbers(b)),
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

/// Gradient descent with momentum on the log-likelihood of a few hundred or thousand rows.
fn descend(rows: &[([f32; INPUTS.len()], bool)]) -> (f32, [f32; INPUTS.len()]) {
    const STEPS: usize = 6_000;
    const PULL: f32 = 1e-3;
    let mut weights = [0.0f32; INPUTS.len()];
    let (mut bias, mut speed, mut bias_speed) = (0.0f32, [0.0f32; INPUTS.len()], 0.0f32);
    let share = 1.0 / rows.len() as f32;
    for _ in 0..STEPS {
        let (mut gradient, mut bias_gradient) = ([0.0f32; INPUTS.len()], 0.0f32);
        for (inputs, same) in rows {
            let logit = bias + inputs.iter().zip(&weights).map(|(input, weight)| input * weight).sum::<f32>();
            let error = (logistic(logit) - f32::from(u8::from(*same))) * share;
            bias_gradient += error;
            gradient.iter_mut().zip(inputs).for_each(|(gradient, input)| *gradient += error * input);
        }
        for n in 0..INPUTS.len() {
            speed[n] = 0.9 * speed[n] - 0.5 * (gradient[n] + PULL * weights[n]);
            weights[n] += speed[n];
            weights[n] = if n < FIRST_AGAINST { weights[n].max(0.0) } else { weights[n].min(0.0) };
        }
        bias_speed = 0.9 * bias_speed - 0.5 * bias_gradient;
        bias += bias_speed;
    }
    (bias, weights)
}

fn calibration_error(said: &[f32], pairs: &[LabelledPair]) -> f64 {
    const BINS: usize = 10;
    let mut bins = [(0.0f64, 0.0f64, 0usize); BINS];
    for (p, pair) in said.iter().zip(pairs) {
        let bin = &mut bins[((p * BINS as f32) as usize).min(BINS - 1)];
        bin.0 += f64::from(*p);
        bin.1 += f64::from(u8::from(pair.same));
        bin.2 += 1;
    }
    let distances = bins.iter().map(|(said, were, _)| (said - were).abs());
    distances.sum::<f64>() / said.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(a: &str, b: &str, score: f32, same: bool) -> LabelledPair {
        LabelledPair { a: Features::of(a), b: Features::of(b), score: Similarity::new(score), same }
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
        let judge = |a: &str, b: &str| fit.calibration.probability(&Features::of(a), &Features::of(b), Similarity::new(0.8));
        assert!(judge("合同签了三年", "劳动合同3年") > 0.5 && judge("合同签了三年", "合同签了2年") < 0.5);
    }

    #[test]
    fn no_pair_below_the_least_cosine_reaches_the_probability() {
        let bundled = Calibration::parse(BUNDLED).expect("ours");
        let (a, b) = (Features::of("公司不交社保怎么办"), Features::of("公司不交社保怎么办呢"));
        for probability in [0.1, 0.5, 0.8, 0.95] {
            let least = bundled.least_cosine(probability);
            for cosine in [-0.5, 0.0, 0.5, 0.7, 0.9] {
                if cosine < least {
                    assert!(bundled.probability(&a, &b, Similarity::new(cosine)) < probability);
                }
            }
        }
    }

    #[test]
    fn too_few_pairs_are_refused() {
        let few = Calibration::fit("m", &pairs()[..30]).err().expect("refused").to_string();
        assert_eq!(few, "there are 10 pairs of duplicates and 20 others; at least 20 of each are needed");
    }
}
