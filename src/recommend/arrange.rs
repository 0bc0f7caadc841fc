//! The order of a list beyond likeness: the same language first, duplicates collapsed, variety.

use crate::corpus::Corpus;
use crate::duplicates::{Calibration, DUPLICATE_FROM, Features, represents};
use crate::embedding::Embedding;
use crate::index::Neighbor;
use crate::question::{Language, QuestionId};
use crate::store::StoredQuestion;

/// How much more alike a question in the preferred language counts as.
const PREFERENCE: f32 = 0.05;

/// Which languages may be listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SameLanguage {
    #[default]
    Any,
    /// Questions in this language stand before others that are a little more alike.
    Prefer(Language),
    Only(Language),
}

/// How a list is arranged. The default is by likeness alone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arrangement {
    /// Of questions that duplicate each other only one is listed, the others with it.
    pub collapse: bool,
    /// 0 to 1: how much it counts against a question that it is like those before it (maximal marginal relevance, Carbonell and
    /// Goldstein 1998). The first one always stays.
    pub diversity: f32,
    pub same_language: SameLanguage,
}

impl Arrangement {
    /// Whether the order is that of likeness, and all of it is listed.
    pub fn is_plain(&self) -> bool {
        !self.collapse && self.diversity == 0.0 && !matches!(self.same_language, SameLanguage::Prefer(_))
    }
}

/// A question that may be listed.
pub struct Candidate {
    pub question: StoredQuestion,
    pub neighbor: Neighbor,
    pub features: Features,
}

/// A question with those it stands for.
pub struct Arranged {
    pub candidate: Candidate,
    pub duplicates: Vec<QuestionId>,
}

/// Arranges candidates, which come best first, and takes up to `limit`.
pub fn arrange(
    corpus: &Corpus,
    calibration: &Calibration,
    arrangement: &Arrangement,
    mut candidates: Vec<Candidate>,
    limit: usize,
) -> Vec<Arranged> {
    if let SameLanguage::Prefer(language) = &arrangement.same_language {
        let counts_as = |candidate: &Candidate| {
            let bonus = if candidate.question.question.language.matches(language) { PREFERENCE } else { 0.0 };
            candidate.neighbor.similarity.value() + bonus
        };
        candidates.sort_by(|a, b| counts_as(b).total_cmp(&counts_as(a)));
    }
    let mut list = if arrangement.collapse {
        collapse(corpus, calibration, candidates)
    } else {
        candidates.into_iter().map(|candidate| Arranged { candidate, duplicates: Vec::new() }).collect()
    };
    if arrangement.diversity > 0.0 {
        list = diversify(corpus, arrangement.diversity, list, limit);
    }
    list.truncate(limit);
    list
}

/// Each question joins the first before it that it duplicates. One of a group is listed at the place of its first: with an
/// answer, then the oldest.
fn collapse(corpus: &Corpus, calibration: &Calibration, candidates: Vec<Candidate>) -> Vec<Arranged> {
    let mut groups: Vec<(Option<Embedding>, Vec<Candidate>)> = Vec::new();
    for candidate in candidates {
        let embedding = corpus.embedding(candidate.neighbor.point);
        let same = groups.iter_mut().find(|(first, members)| {
            let score = first.as_ref().zip(embedding.as_ref()).map(|(a, b)| a.similarity(b));
            score.is_some_and(|score| {
                calibration.probability(&members[0].features, &candidate.features, score) >= DUPLICATE_FROM
            })
        });
        match same {
            Some((_, members)) => members.push(candidate),
            None => groups.push((embedding, vec![candidate])),
        }
    }
    groups.into_iter().filter_map(|(_, members)| represented(members)).collect()
}

fn represented(mut members: Vec<Candidate>) -> Option<Arranged> {
    let question = |position: usize| &members[position].question.question;
    let best = (0..members.len()).min_by(|&a, &b| represents(question(a), question(b)))?;
    let candidate = members.remove(best);
    let duplicates = members.into_iter().map(|member| member.question.question.id).collect();
    Some(Arranged { candidate, duplicates })
}

/// Takes one after the other that is alike to the query and unlike those taken.
fn diversify(corpus: &Corpus, diversity: f32, list: Vec<Arranged>, limit: usize) -> Vec<Arranged> {
    let mut left: Vec<(Arranged, Option<Embedding>, f32)> = list
        .into_iter()
        .map(|arranged| {
            let embedding = corpus.embedding(arranged.candidate.neighbor.point);
            (arranged, embedding, f32::NEG_INFINITY)
        })
        .collect();
    let mut taken = Vec::with_capacity(limit);
    while taken.len() < limit && !left.is_empty() {
        let gain = |(arranged, _, nearest): &(Arranged, Option<Embedding>, f32)| {
            let likeness = arranged.candidate.neighbor.similarity.value();
            if nearest.is_finite() { (1.0 - diversity) * likeness - diversity * nearest } else { likeness }
        };
        let mut best = 0;
        // The first place is never given away; of equal ones the earlier stays first.
        for position in 1..if taken.is_empty() { 1 } else { left.len() } {
            if gain(&left[position]) > gain(&left[best]) {
                best = position;
            }
        }
        let (arranged, embedding, _) = left.remove(best);
        for (_, other, nearest) in &mut left {
            if let Some((a, b)) = embedding.as_ref().zip(other.as_ref()) {
                *nearest = nearest.max(a.similarity(b).value());
            }
        }
        taken.push(arranged);
    }
    taken
}
