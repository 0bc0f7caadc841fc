//! Measuring a model on one data set.

use std::collections::{BTreeMap, HashMap};

use super::metrics::{average_precision, cuts, pearson, roc_auc, spearman};
use super::{Dataset, EvaluateError, Group, Measured, Measurement, Ranking};
use crate::duplicates::{Calibration, Features};
use crate::embed::{Embedder, compose};
use crate::embedding::{Embedding, Similarity};
use crate::question::QuestionText;

/// Measures the model on `dataset`. Of groups, each one's first text in the language `to` is looked up by its other texts.
/// Cost: the embedding of every different text.
pub fn run(
    embedder: &Embedder,
    calibration: &Calibration,
    dataset: &Dataset,
    to: &str,
) -> Result<Vec<Measurement>, EvaluateError> {
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
            let probabilities = probabilities(calibration, pairs, &cosines);
            Ok(vec![by("same or not, by cosine", numbers(&cosines)), by("same or not, by probability", probabilities)])
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
        Dataset::Groups(groups) => groups_to(embedder, groups, to),
    }
}

fn numbers(cosines: &[Similarity]) -> Vec<f64> {
    cosines.iter().map(|cosine| f64::from(cosine.value())).collect()
}

fn probabilities(calibration: &Calibration, pairs: &[(String, String)], cosines: &[Similarity]) -> Vec<f64> {
    let judged = pairs.iter().zip(cosines);
    judged.map(|((a, b), cosine)| calibration.probability(&Features::of(a), &Features::of(b), *cosine).into()).collect()
}

/// The cosine of each pair.
pub fn cosines(embedder: &Embedder, pairs: &[(String, String)]) -> Result<Vec<Similarity>, EvaluateError> {
    let texts: Vec<String> = pairs.iter().flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
    let embeddings = embed(embedder, &texts)?;
    let (pairs, _) = embeddings.as_chunks::<2>();
    Ok(pairs.iter().map(|[a, b]| a.similarity(b)).collect())
}

/// One embedding a text, in order; equal texts are embedded once.
fn embed(embedder: &Embedder, texts: &[String]) -> Result<Vec<Embedding>, EvaluateError> {
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
        cuts,
        scores,
        labels,
    }
}

fn groups_to(embedder: &Embedder, groups: &[Group], to: &str) -> Result<Vec<Measurement>, EvaluateError> {
    let groups: Vec<&Group> =
        groups.iter().filter(|group| group.texts.get(to).is_some_and(|texts| !texts.is_empty())).collect();
    let documents: Vec<&QuestionText> = groups.iter().map(|group| &group.texts[to][0]).collect();
    let titles = embed(embedder, &documents.iter().map(|text| text.title().to_owned()).collect::<Vec<_>>())?;
    let whole = embed(embedder, &documents.iter().map(|text| compose(text)).collect::<Vec<_>>())?;

    let mut queries: BTreeMap<&str, Vec<(usize, String)>> = BTreeMap::new();
    for (target, group) in groups.iter().enumerate() {
        for (language, texts) in &group.texts {
            let own = usize::from(language == to);
            let others = texts.iter().skip(own).map(|text| (target, text.title().to_owned()));
            queries.entry(language).or_default().extend(others);
        }
    }
    let mut measurements = Vec::new();
    for (language, queries) in queries.into_iter().filter(|(_, queries)| !queries.is_empty()) {
        let (targets, texts): (Vec<usize>, Vec<String>) = queries.into_iter().unzip();
        let embeddings = embed(embedder, &texts)?;
        measurements.push(found(format!("{language} to {to} title"), &embeddings, &targets, &titles));
        measurements.push(found(format!("{language} to {to} title and body"), &embeddings, &targets, &whole));
    }
    if measurements.is_empty() { Err(EvaluateError::NothingToFind(to.to_owned())) } else { Ok(measurements) }
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
