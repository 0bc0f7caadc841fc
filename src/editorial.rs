//! What people decided: which questions a list shows or never shows, and whether a pair is the same question.
//!
//! Decisions are about ids, so they outlive a new text, a new model and the question itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use jiff::Timestamp;

use crate::question::{FieldError, Problem, QuestionId};

/// Most ids in one list of a rule.
pub const MAX_RULE_IDS: usize = 100;

/// What a pair of questions is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same answer serves both.
    Duplicate,
    /// About the same or a neighboring matter.
    Related,
    Different,
}

impl Verdict {
    pub const ALL: [Self; 3] = [Self::Duplicate, Self::Related, Self::Different];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Related => "related",
            Self::Different => "different",
        }
    }

    pub fn parse(text: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|verdict| verdict.as_str() == text);
        found.ok_or_else(|| Problem::Other(format!("is {text:?}; it can be `duplicate`, `related` or `different`")))
    }
}

/// An editor's rules for one question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Stand first in its list, in this order, whatever their likeness.
    pub pin: Vec<QuestionId>,
    /// Never stand in its list.
    pub hide: Vec<QuestionId>,
    /// Neither stands in the other's list.
    pub not_related: Vec<QuestionId>,
    /// It stands in no list at all.
    pub hidden: bool,
}

impl Rules {
    /// Checks the rules of `id`; they may name questions that are not stored.
    pub fn check(&self, id: &QuestionId) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        for (field, ids) in [("pin", &self.pin), ("hide", &self.hide), ("not_related", &self.not_related)] {
            if ids.len() > MAX_RULE_IDS {
                let fault = Problem::TooLong { actual: ids.len(), max: MAX_RULE_IDS, unit: "ids" };
                errors.push(FieldError::new(field, fault));
            }
            let mut seen = BTreeSet::new();
            for (position, other) in ids.iter().enumerate() {
                let fault = if other == id {
                    "is the question itself"
                } else if !seen.insert(other) {
                    "stands there twice"
                } else if field == "pin" && (self.hide.contains(other) || self.not_related.contains(other)) {
                    "is pinned and hidden at once"
                } else {
                    continue;
                };
                errors.push(FieldError::new(format!("{field}/{position}"), Problem::Other(fault.into())));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Whether nothing is ruled.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every id that is named.
    pub fn named(&self) -> impl Iterator<Item = &QuestionId> {
        self.pin.iter().chain(&self.hide).chain(&self.not_related)
    }
}

/// Two different questions, in no order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuestionPair {
    lesser: QuestionId,
    greater: QuestionId,
}

impl QuestionPair {
    /// `None` where both are the same.
    pub fn new(a: QuestionId, b: QuestionId) -> Option<Self> {
        match a.cmp(&b) {
            std::cmp::Ordering::Less => Some(Self { lesser: a, greater: b }),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Self { lesser: b, greater: a }),
        }
    }

    pub fn ids(&self) -> [&QuestionId; 2] {
        [&self.lesser, &self.greater]
    }
}

/// A person's word on a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    pub decided_at: Timestamp,
}

/// All decisions, by id.
#[derive(Debug, Default)]
pub struct Editorial {
    rules: BTreeMap<QuestionId, Rules>,
    decisions: BTreeMap<QuestionPair, Decision>,
    hidden: BTreeSet<QuestionId>,
    /// Both directions.
    apart: HashMap<QuestionId, BTreeSet<QuestionId>>,
}

impl Editorial {
    /// Puts rules in the place of those that were; empty ones take them away.
    pub fn set_rules(&mut self, id: &QuestionId, rules: Rules) {
        if let Some(before) = self.rules.remove(id) {
            self.hidden.remove(id);
            for other in before.not_related {
                // The other one may have ruled the same.
                if !self.rules.get(&other).is_some_and(|rules| rules.not_related.contains(id)) {
                    self.part(id, &other, false);
                    self.part(&other, id, false);
                }
            }
        }
        if rules.is_empty() {
            return;
        }
        if rules.hidden {
            self.hidden.insert(id.clone());
        }
        for other in &rules.not_related {
            self.part(id, other, true);
            self.part(other, id, true);
        }
        self.rules.insert(id.clone(), rules);
    }

    fn part(&mut self, from: &QuestionId, other: &QuestionId, apart: bool) {
        let others = self.apart.entry(from.clone()).or_default();
        if apart {
            others.insert(other.clone());
        } else {
            others.remove(other);
        }
        if others.is_empty() {
            self.apart.remove(from);
        }
    }

    pub fn set_decision(&mut self, pair: QuestionPair, decision: Option<Decision>) {
        match decision {
            Some(decision) => self.decisions.insert(pair, decision),
            None => self.decisions.remove(&pair),
        };
    }

    pub fn rules(&self, id: &QuestionId) -> Option<&Rules> {
        self.rules.get(id)
    }

    pub fn decision(&self, pair: &QuestionPair) -> Option<Decision> {
        self.decisions.get(pair).copied()
    }

    /// A person's verdict on two questions.
    pub fn verdict(&self, a: &QuestionId, b: &QuestionId) -> Option<Verdict> {
        // Most stores have none; then nothing is made to look for one.
        if self.decisions.is_empty() {
            return None;
        }
        self.decision(&QuestionPair::new(a.clone(), b.clone())?).map(|decision| decision.verdict)
    }

    /// Questions that stand in no list.
    pub fn hidden(&self) -> impl Iterator<Item = &QuestionId> {
        self.hidden.iter()
    }

    pub fn is_hidden(&self, id: &QuestionId) -> bool {
        self.hidden.contains(id)
    }

    /// Questions that never stand in the list of `id`, beside those that stand in none.
    pub fn barred<'a>(&'a self, id: &QuestionId) -> impl Iterator<Item = &'a QuestionId> + use<'a> {
        let hide = self.rules.get(id).map(|rules| &rules.hide);
        hide.into_iter().flatten().chain(self.apart.get(id).into_iter().flatten())
    }

    /// All rules in the order of ids, from after one on.
    pub fn all_rules(&self, after: Option<&QuestionId>) -> impl Iterator<Item = (&QuestionId, &Rules)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.rules.range::<QuestionId, _>((from, Bound::Unbounded))
    }

    /// All decisions in the order of pairs, from after one on.
    pub fn all_decisions(&self, after: Option<&QuestionPair>) -> impl Iterator<Item = (&QuestionPair, &Decision)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.decisions.range::<QuestionPair, _>((from, Bound::Unbounded))
    }

    /// Every pair that was decided about, with the verdict: for work that must not hold the decisions meanwhile.
    pub fn verdicts(&self) -> Vec<(QuestionPair, Verdict)> {
        self.decisions.iter().map(|(pair, decision)| (pair.clone(), decision.verdict)).collect()
    }

    pub fn decision_count(&self) -> usize {
        self.decisions.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> QuestionId {
        QuestionId::parse(text).expect("id")
    }

    #[test]
    fn what_is_not_related_is_so_in_both_directions_until_nobody_says_so() {
        let mut editorial = Editorial::default();
        let apart = |other: &str| Rules { not_related: vec![id(other)], ..Rules::default() };
        editorial.set_rules(&id("a"), apart("b"));
        editorial.set_rules(&id("b"), apart("a"));
        editorial.set_rules(&id("a"), Rules::default());
        assert_eq!(editorial.barred(&id("a")).collect::<Vec<_>>(), [&id("b")]);
        editorial.set_rules(&id("b"), Rules { hidden: true, ..Rules::default() });
        assert_eq!(editorial.barred(&id("a")).count(), 0);
        assert!(editorial.is_hidden(&id("b")) && !editorial.is_hidden(&id("a")));
    }

    #[test]
    fn rules_that_contradict_themselves_are_refused() {
        let rules = Rules { pin: vec![id("b"), id("b"), id("a")], hide: vec![id("b")], ..Rules::default() };
        let errors = rules.check(&id("a")).expect_err("refused");
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["`pin/0` is pinned and hidden at once", "`pin/1` stands there twice", "`pin/2` is the question itself"]
        );
    }

    #[test]
    fn a_pair_has_no_order() {
        assert_eq!(QuestionPair::new(id("b"), id("a")), QuestionPair::new(id("a"), id("b")));
        assert_eq!(QuestionPair::new(id("a"), id("a")), None);
    }
}
