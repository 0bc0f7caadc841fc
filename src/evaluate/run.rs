//! Measuring a model on one data set.

use std::collections::HashMap;

use super::lists::{self, Asked};
use super::metrics::{average_precision, cuts, pearson, roc_auc, spearman};
use super::{Dataset, EvaluateError, Measured, Measurement, Ranking, retrieval};
use crate::duplicates::{Judge, calibration_error};
use crate::embed::Embedder;
use crate::embedding::{Embedding, Similarity};

/// Measures the model on `dataset`. Of groups, each one's first text in the language `to` is looked up by its other texts; of
/// labelled pairs, each text that has a duplicate among all others.
/// Cost: the embedding of every different text.
pub fn run(embedder: &Embedder, judge: &Judge, dataset: &Dataset, to: &str) -> Result<Vec<Measurement>, EvaluateError> {
    match dataset {
        Dataset::Graded { pairs, scores } => {
            let cosines = numbers(&cosines(embedder, pairs)?);
            let measured = Measured::Graded { spearman: spearman(&cosines, scores), pearson: pearson(&cosines, scores) };
            Ok(vec![Measurement { task: "graded pairs".into(), count: pairs.len(), measured }])
        }
        Dataset::Labelled { pairs, labels } => {
            let cosines = cosines(embedder, pairs)?;
            let by = |task: &str, scores: Vec<f64>| {
                let measured = labelled(scores, labels.clone());
                Measurement { task: task.into(), count: pairs.len(), measured }
            };
            let by_probability = |scores: Vec<f64>| {
                let error = calibration_error(scores.iter().copied().zip(labels.iter().copied()));
                let mut measurement = by("same or not, by probability", scores);
                if let Measured::Labelled { calibration_error, .. } = &mut measurement.measured {
                    *calibration_error = Some(error);
                }
                measurement
            };
            let probabilities = probabilities(judge, pairs, &cosines);
            let mut measurements = vec![by("same or not, by cosine", numbers(&cosines)), by_probability(probabilities)];
            measurements.extend(retrieval::pairs(embedder, pairs, labels)?);
            Ok(measurements)
        }
        Dataset::Bitext { languages: (a, b), pairs } => {
            let (left, right): (Vec<String>, Vec<String>) = pairs.iter().cloned().unzip();
            let (left, right) = (embed(embedder, &left)?, embed(embedder, &right)?);
            let targets: Vec<usize> = (0..pairs.len()).collect();
            Ok(vec![
                found(format!("{a} to {b}"), &left, &targets, &right),
                found(format!("{b} to {a}"), &right, &targets, &left),
            ])
        }
        Dataset::Groups(groups) => retrieval::groups(embedder, groups, to),
    }
}

fn numbers(cosines: &[Similarity]) -> Vec<f64> {
    cosines.iter().map(|cosine| f64::from(cosine.value())).collect()
}

fn probabilities(judge: &Judge, pairs: &[(String, String)], cosines: &[Similarity]) -> Vec<f64> {
    let judged = pairs.iter().zip(cosines);
    judged.map(|((a, b), cosine)| judge.probability(&judge.features(a), &judge.features(b), *cosine).into()).collect()
}

/// The cosine of each pair.
pub fn cosines(embedder: &Embedder, pairs: &[(String, String)]) -> Result<Vec<Similarity>, EvaluateError> {
    let texts: Vec<String> = pairs.iter().flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
    let embeddings = embed(embedder, &texts)?;
    let (pairs, _) = embeddings.as_chunks::<2>();
    Ok(pairs.iter().map(|[a, b]| a.similarity(b)).collect())
}

/// How the lists of the data set's questions are, each among all others; nothing where the data set tells of no duplicates.
pub fn run_lists(embedder: &Embedder, judge: &Judge, dataset: &Dataset) -> Result<Vec<Measurement>, EvaluateError> {
    match dataset {
        Dataset::Groups(groups) => lists::measure(embedder, judge, &Asked::of_groups(groups)),
        Dataset::Labelled { pairs, labels } => lists::measure(embedder, judge, &Asked::of_pairs(pairs, labels)),
        Dataset::Graded { .. } | Dataset::Bitext { .. } => Ok(Vec::new()),
    }
}

/// One embedding a text, in order; equal texts are embedded once.
pub fn embed(embedder: &Embedder, texts: &[String]) -> Result<Vec<Embedding>, EvaluateError> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut distinct: Vec<String> = Vec::new();
    let mut at = Vec::with_capacity(texts.len());
    for text in texts {
        let place = *places.entry(text).or_insert_with(|| {
            distinct.push(text.clone());
            distinct.len() - 1
        });
        at.push(place);
    }
    let embeddings = embedder.embed_bulk(&distinct)?;
    Ok(at.into_iter().map(|place| embeddings[place].clone()).collect())
}

fn labelled(scores: Vec<f64>, labels: Vec<bool>) -> Measured {
    let cuts = cuts(&scores, &labels);
    // The strictest of equally good cuts; there is one, as there are pairs.
    let first = cuts[0];
    let best = cuts.iter().fold(first, |best, cut| if cut.accuracy > best.accuracy { *cut } else { best });
    Measured::Labelled {
        average_precision: average_precision(&cuts),
        roc_auc: roc_auc(&scores, &labels),
        best,
        calibration_error: None,
        cuts,
        scores,
        labels,
    }
}

fn found(task: String, queries: &[Embedding], targets: &[usize], documents: &[Embedding]) -> Measurement {
    let rank = |(query, target): (&Embedding, &usize)| {
        let right = documents[*target].similarity(query);
        1 + documents.iter().filter(|document| document.similarity(query) > right).count()
    };
    let ranks: Vec<usize> = queries.iter().zip(targets).map(rank).collect();
    let measured = Measured::Found { documents: documents.len(), ranking: Ranking::of(&ranks) };
    Measurement { task, count: ranks.len(), measured }
}
