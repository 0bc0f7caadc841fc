//! Rules and verdicts as JSON: the one shape that the HTTP API and the command line share.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::editorial::{Decision, Editorial, QuestionPair, Rules, Verdict};
use crate::question::{FieldError, Problem, QuestionId, parse_time};
use crate::store::Write;

/// An editor's rules for the list of one question. They may name questions that are not stored (yet).
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesBody {
    /// Ids that stand first in its list, in this order.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub pin: Vec<String>,
    /// Ids that never stand in its list.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub hide: Vec<String>,
    /// Ids of questions that have nothing to do with this one: neither stands in the other's list.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub not_related: Vec<String>,
    /// Whether this question stands in no list at all.
    #[serde(default)]
    pub hidden: bool,
}

impl RulesBody {
    /// Checks the rules of `id`.
    pub fn parse(&self, id: &QuestionId) -> Result<Rules, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut ids = |field: &str, texts: &[String]| {
            let mut parsed = Vec::with_capacity(texts.len());
            for (position, text) in texts.iter().enumerate() {
                match QuestionId::parse(text) {
                    Ok(id) => parsed.push(id),
                    Err(problem) => errors.push(FieldError::new(format!("{field}/{position}"), problem)),
                }
            }
            parsed
        };
        let (pin, hide, not_related) = (ids("pin", &self.pin), ids("hide", &self.hide), ids("not_related", &self.not_related));
        let rules = Rules { pin, hide, not_related, hidden: self.hidden };
        match rules.check(id) {
            Ok(()) if errors.is_empty() => Ok(rules),
            Ok(()) => Err(errors),
            Err(more) => Err(errors.into_iter().chain(more).collect()),
        }
    }
}

impl From<&Rules> for RulesBody {
    fn from(rules: &Rules) -> Self {
        let texts = |ids: &[QuestionId]| ids.iter().map(ToString::to_string).collect();
        let Rules { pin, hide, not_related, hidden } = rules;
        Self { pin: texts(pin), hide: texts(hide), not_related: texts(not_related), hidden: *hidden }
    }
}

/// One line of an export.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DecisionLine {
    Rules {
        id: String,
        #[serde(flatten)]
        rules: RulesBody,
    },
    Verdict {
        a: String,
        b: String,
        verdict: String,
        decided_at: Option<String>,
    },
}

impl DecisionLine {
    pub fn rules(id: &QuestionId, rules: &Rules) -> Self {
        Self::Rules { id: id.to_string(), rules: rules.into() }
    }

    pub fn verdict(pair: &QuestionPair, decision: &Decision) -> Self {
        let [a, b] = pair.ids().map(ToString::to_string);
        let (verdict, decided_at) = (decision.verdict.as_str().to_owned(), Some(decision.decided_at.to_string()));
        Self::Verdict { a, b, verdict, decided_at }
    }

    /// Everything that was decided: rules by id, then verdicts by pair.
    pub fn all(editorial: &Editorial) -> impl Iterator<Item = Self> {
        let rules = editorial.all_rules(None).map(|(id, rules)| Self::rules(id, rules));
        rules.chain(editorial.all_decisions(None).map(|(pair, decision)| Self::verdict(pair, decision)))
    }

    /// What storing it means.
    pub fn parse(&self) -> Result<Write, Vec<FieldError>> {
        match self {
            Self::Rules { id, rules } => {
                let id = QuestionId::parse(id).map_err(|problem| vec![FieldError::new("id", problem)])?;
                let rules = rules.parse(&id)?;
                Ok(Write::Rule(id, rules))
            }
            Self::Verdict { a, b, verdict, decided_at } => {
                let at = decided_at.as_deref().map(parse_time).transpose();
                let at = at.map_err(|problem| vec![FieldError::new("decided_at", problem)])?;
                let verdict = Verdict::parse(verdict).map_err(|problem| vec![FieldError::new("verdict", problem)])?;
                let decision = Decision { verdict, decided_at: at.unwrap_or_else(now) };
                Ok(Write::Decide(parse_pair(a, b)?, Some(decision)))
            }
        }
    }
}

/// Two ids of different questions.
pub fn parse_pair(a: &str, b: &str) -> Result<QuestionPair, Vec<FieldError>> {
    let parse = |name: &str, text: &str| QuestionId::parse(text).map_err(|problem| vec![FieldError::new(name, problem)]);
    let same = || vec![FieldError::new("b", Problem::Other("is the same question as `a`".into()))];
    QuestionPair::new(parse("a", a)?, parse("b", b)?).ok_or_else(same)
}

/// The time as it is stored: to the microsecond.
pub fn now() -> Timestamp {
    parse_time(&Timestamp::now().to_string()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_back_as_it_was_written() {
        for line in [
            r#"{"type":"rules","id":"a","pin":["b"],"hide":[],"not_related":["c"],"hidden":true}"#,
            r#"{"type":"verdict","a":"a","b":"b","verdict":"duplicate","decided_at":"2026-01-02T03:04:05Z"}"#,
        ] {
            let parsed: DecisionLine = serde_json::from_str(line).expect("reads");
            assert!(parsed.parse().is_ok());
            assert_eq!(serde_json::to_string(&parsed).expect("writes"), line);
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told_by_field() {
        let told = |line: &str| {
            let parsed: DecisionLine = serde_json::from_str(line).expect("reads");
            parsed.parse().expect_err("refused").iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(told(r#"{"type":"verdict","a":"x","b":"x","verdict":"related"}"#), "`b` is the same question as `a`");
        let unknown = r#"{"type":"verdict","a":"x","b":"y","verdict":"same"}"#;
        assert_eq!(told(unknown), "`verdict` is \"same\"; it can be `duplicate`, `related` or `different`");
        assert_eq!(told(r#"{"type":"rules","id":"x","pin":["x",""]}"#), "`pin/1` is empty; `pin/0` is the question itself");
    }
}
