//! `/duplicates`: say of likely duplicates whether they are.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};

use super::reader::Reader;
use super::{Asked, Loaded, Sent, page_or, view};
use crate::app::App;
use crate::decisions::parse_pair;
use crate::duplicates::{DUPLICATE_FROM, StoredGroup, judge_and_explain};
use crate::editorial::{QuestionPair, Verdict};
use crate::http::admission::may_write;
use crate::http::duplicates::{GroupCursor, GroupsPage};
use crate::http::error::{ApiResult, Problem};
use crate::http::state::{Server, blocking};
use crate::http::verdicts::{decide, take_back};
use crate::pages::{description, percent_encoded};
use crate::question::Question;

/// Groups on one page.
const GROUPS: usize = 10;
/// Questions of a group that are shown: what is larger is judged bit by bit.
const MEMBERS: usize = 20;
/// Least probabilities to choose from.
const CHOICES: [&str; 6] = ["0.5", "0.6", "0.7", "0.8", "0.9", "0.95"];

#[derive(Serialize)]
struct ReviewPage {
    /// The lists that groups are found from are still being made.
    waiting: bool,
    /// Whether a key is needed to judge.
    keyed: bool,
    error: Option<String>,
    min_probability: String,
    choices: Vec<Choice>,
    total: usize,
    groups: Vec<GroupView>,
    /// Pairs on this page, and how many of them somebody judged.
    pairs: usize,
    done: usize,
    /// What was judged in all.
    verdicts: usize,
    after: String,
    next: Option<String>,
}

/// A least probability to choose.
#[derive(Serialize)]
struct Choice {
    value: String,
    shown: f32,
}

/// A group: each member is judged against the one that stands for all.
#[derive(Serialize)]
struct GroupView {
    representative: QuestionView,
    members: Vec<MemberView>,
}

#[derive(Serialize)]
struct MemberView {
    question: QuestionView,
    probability: f32,
    reasons: Vec<String>,
    decided: Option<&'static str>,
    values: Values,
}

/// What the buttons send.
#[derive(Serialize)]
struct Values {
    duplicate: String,
    related: String,
    different: String,
    undo: String,
}

#[derive(Serialize)]
struct QuestionView {
    id: String,
    title: String,
    description: String,
    language: String,
    answered: bool,
}

impl From<&Question> for QuestionView {
    fn from(question: &Question) -> Self {
        Self {
            id: question.id.to_string(),
            title: question.text.title().to_owned(),
            description: description(question.text.body(), question.answer.as_deref()),
            language: question.language.as_str().to_owned(),
            answered: question.answer.is_some(),
        }
    }
}

/// Which groups are looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    min_probability: String,
    after: String,
    key: String,
    /// A JSON array of the two ids and the verdict, or `undo`.
    say: String,
}

impl Said {
    fn address(&self) -> String {
        let after = if self.after.is_empty() { String::new() } else { format!("&after={}", percent_encoded(&self.after)) };
        format!("/duplicates?min_probability={}{after}", self.min_probability)
    }
}

pub async fn page(reader: Reader, State(server): State<Arc<Server>>, Loaded(app): Loaded, mut asked: Asked) -> Response {
    let mut take = |name| asked.take(name).unwrap_or_default();
    let said = Said { min_probability: take("min_probability"), after: take("after"), ..Said::default() };
    page_or(&reader, show(&reader, server, app, &said, None).await)
}

/// Without a script each button sends the form.
pub async fn say(
    reader: Reader,
    State(server): State<Arc<Server>>,
    Loaded(app): Loaded,
    sent: Result<Sent<Said>, Problem>,
) -> Response {
    let answer = match sent {
        Ok(Sent(said)) if said.say.is_empty() => Ok(Redirect::to(&said.address()).into_response()),
        Ok(Sent(said)) => match judge(&server, &app, &said).await {
            Ok(()) => Ok(Redirect::to(&said.address()).into_response()),
            Err(problem) if problem.status().is_client_error() => {
                show(&reader, server, app, &said, view::faults(&reader, &problem).pop()).await
            }
            Err(problem) => Err(problem),
        },
        Err(problem) => Err(problem),
    };
    page_or(&reader, answer)
}

async fn judge(server: &Server, app: &App, said: &Said) -> ApiResult<()> {
    may_write(&server.config, Some(said.key.trim()).filter(|key| !key.is_empty()))?;
    let malformed = |why: String| Problem::malformed(format!("what the form says can't be read: {why}"));
    let [a, b, verdict]: [String; 3] = serde_json::from_str(&said.say).map_err(|error| malformed(error.to_string()))?;
    let pair = parse_pair(&a, &b).map_err(|errors| Problem::invalid_fields(&errors))?;
    if verdict == "undo" {
        take_back(app, pair).await?;
        return Ok(());
    }
    let verdict = Verdict::parse(&verdict).map_err(|fault| Problem::invalid_field("verdict", fault))?;
    decide(app, &pair, verdict).await.map(|_| ())
}

async fn show(reader: &Reader, server: Arc<Server>, app: App, said: &Said, error: Option<String>) -> ApiResult<Response> {
    // People are asked about the doubtful ones; the API's groups begin where little doubt is left.
    let least: f32 = said.min_probability.parse().ok().filter(|least| (0.05..=1.0).contains(least)).unwrap_or(DUPLICATE_FROM);
    let after = said.after.clone();
    let cursor = Some(after.as_str()).filter(|after| !after.is_empty()).map(GroupCursor::parse).transpose();
    let cursor = cursor.map_err(|fault| Problem::invalid_field("after", fault))?;
    let keyed = !server.config.api_keys.is_empty();
    let spoken = reader.clone();
    let view = blocking(move || {
        let found = server.groups.page(&app, least, cursor.as_ref(), GROUPS)?;
        let verdicts = app.corpus.editorial().decision_count();
        Ok::<_, Problem>(match found {
            None => ReviewPage { waiting: true, ..ReviewPage::empty(least, keyed, verdicts) },
            Some(GroupsPage { groups, total, next, .. }) => {
                let groups: Vec<GroupView> = groups.iter().filter_map(|group| GroupView::of(&spoken, &app, group)).collect();
                let members = || groups.iter().flat_map(|group| &group.members);
                let (pairs, done) = (members().count(), members().filter(|member| member.decided.is_some()).count());
                let next = next.map(|next| next.to_string());
                ReviewPage { groups, total, next, pairs, done, after, ..ReviewPage::empty(least, keyed, verdicts) }
            }
        })
    });
    Ok(view::render(reader, "duplicates.html", ReviewPage { error, ..view.await?? }))
}

impl ReviewPage {
    fn empty(least: f32, keyed: bool, verdicts: usize) -> Self {
        let min_probability = least.to_string();
        let mut values: Vec<String> = CHOICES.map(str::to_owned).to_vec();
        if !values.contains(&min_probability) {
            values.push(min_probability.clone());
        }
        let choices = values.into_iter().map(|value| Choice { shown: value.parse().unwrap_or(least), value });
        Self {
            waiting: false,
            keyed,
            error: None,
            min_probability,
            choices: choices.collect(),
            total: 0,
            groups: Vec::new(),
            pairs: 0,
            done: 0,
            verdicts,
            after: String::new(),
            next: None,
        }
    }
}

impl GroupView {
    fn of(reader: &Reader, app: &App, group: &StoredGroup) -> Option<Self> {
        let first = group.representative()?;
        let others = group.members.iter().filter(|question| question.id != first.id).take(MEMBERS);
        let members = others.filter_map(|question| MemberView::of(reader, app, first, question));
        Some(Self { representative: first.into(), members: members.collect() })
    }
}

impl MemberView {
    fn of(reader: &Reader, app: &App, first: &Question, question: &Question) -> Option<Self> {
        let pair: QuestionPair = parse_pair(first.id.as_str(), question.id.as_str()).ok()?;
        let score = app.corpus.between(app.corpus.point(&first.id)?, app.corpus.point(&question.id)?)?;
        let judge = &app.judge;
        let (a, b) = (judge.features(first.text.title()), judge.features(question.text.title()));
        let (judgement, reasons) = judge_and_explain(judge, &a, &b, score, None);
        let value = |say: &str| serde_json::json!([first.id.as_str(), question.id.as_str(), say]).to_string();
        Some(Self {
            question: question.into(),
            probability: judgement.probability,
            reasons: reader.reasons(&reasons),
            decided: app.corpus.editorial().decision(&pair).map(|decision| decision.verdict.as_str()),
            values: Values {
                duplicate: value("duplicate"),
                related: value("related"),
                different: value("different"),
                undo: value("undo"),
            },
        })
    }
}
