//! People's words on pairs, over what the model says.

use std::collections::HashMap;

use super::{Features, Judge, Judgement, Pair, Verdict, reasons};
use crate::editorial::QuestionPair;
use crate::embedding::Similarity;
use crate::question::QuestionId;

/// Judges a pair and says why. What a person `decided` of it is certain.
pub fn judge_and_explain(
    judge: &Judge,
    a: &Features,
    b: &Features,
    score: Similarity,
    decided: Option<Verdict>,
) -> (Judgement, Vec<String>) {
    let mut why = reasons(a, b, score);
    let Some(verdict) = decided else { return (judge.judge(a, b, score), why) };
    why.insert(0, "a person decided".into());
    (Judgement { score, probability: certainty(verdict), verdict }, why)
}

fn certainty(verdict: Verdict) -> f32 {
    if verdict == Verdict::Duplicate { 1.0 } else { 0.0 }
}

/// What was decided about pairs of positions.
#[derive(Debug, Default)]
pub struct Decided(HashMap<(usize, usize), Verdict>);

impl Decided {
    /// `position` tells where a question stands, if it is among those looked at. The verdicts are owned, because `position` may
    /// ask the catalog, which comes before the decisions in the order of locks.
    pub fn of(verdicts: Vec<(QuestionPair, Verdict)>, position: impl Fn(&QuestionId) -> Option<usize>) -> Self {
        let decided = verdicts.into_iter().filter_map(|(pair, verdict)| {
            let [a, b] = pair.ids().map(&position);
            let (a, b) = (a?, b?);
            Some(((a.min(b), a.max(b)), verdict))
        });
        Self(decided.collect())
    }

    /// How likely two are the same, where a person said so.
    pub fn probability(&self, a: usize, b: usize) -> Option<f32> {
        self.0.get(&(a.min(b), a.max(b))).map(|verdict| certainty(*verdict))
    }

    /// Gives decided pairs their certainty, and adds those that were not found; ascending.
    pub fn apply(&self, pairs: &mut Vec<Pair>, similarity: impl Fn(usize, usize) -> Similarity) {
        if self.0.is_empty() {
            return;
        }
        pairs.retain(|pair| self.probability(pair.a, pair.b).is_none());
        let same = self.0.iter().filter(|(_, verdict)| **verdict == Verdict::Duplicate);
        pairs.extend(same.map(|(&(a, b), _)| Pair { a, b, score: similarity(a, b), probability: 1.0 }));
        pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
    }
}

#[cfg(test)]
mod tests {
    use super::super::group;
    use super::*;

    #[test]
    fn a_persons_word_joins_and_parts_groups() {
        let id = |n: usize| QuestionId::parse(&n.to_string()).expect("id");
        let pair = |a, b| QuestionPair::new(id(a), id(b)).expect("a pair");
        let verdicts = vec![(pair(0, 1), Verdict::Different), (pair(2, 3), Verdict::Duplicate)];
        let decided = Decided::of(verdicts, |id| id.as_str().parse().ok());
        let likely = |a, b| Pair { a, b, score: Similarity::new(0.9), probability: 0.9 };
        let mut pairs = vec![likely(0, 1), likely(4, 5)];
        decided.apply(&mut pairs, |_, _| Similarity::new(0.1));
        let groups = group(&pairs, 0.8, |pair| pair.probability, |a, b| decided.probability(a, b).unwrap_or(0.0));
        let members: Vec<Vec<usize>> = groups.into_iter().map(|group| group.members).collect();
        assert_eq!(members, [[2, 3], [4, 5]]);
    }
}
