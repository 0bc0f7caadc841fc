//! `/ask`: write a question, see whether it is there already, post it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::reader::Reader;
use super::{Asked, Loaded, Sent, page_or, view};
use crate::app::App;
use crate::http::admission::may_write;
use crate::http::duplicates::{CheckRequest, CheckResponse, DuplicateOutput, likely_duplicates};
use crate::http::error::{ApiResult, Problem};
use crate::http::questions::put;
use crate::http::state::{Ready, Server, blocking};
use crate::pages::percent_encoded;
use crate::question::{Problem as Fault, QuestionId};
use crate::wire::QuestionInput;

/// Likely duplicates that are shown.
const SIMILAR: i64 = 8;
/// Less likely ones are not shown.
const LIKELY: f32 = 0.3;
/// Categories that are suggested.
const CATEGORIES: usize = 50;

/// What is written so far.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Draft {
    /// Made with the form, so that what is sent twice is stored once.
    id: String,
    title: String,
    body: String,
    category: String,
    author: String,
    #[serde(skip_serializing)]
    key: String,
    /// `check` or `post`.
    #[serde(rename = "do", skip_serializing)]
    wish: String,
}

#[derive(Serialize)]
struct AskPage {
    form: Draft,
    /// Whether a key is needed to post.
    keyed: bool,
    categories: Vec<String>,
    /// `None` before anything was looked for.
    similar: Option<Similar>,
    errors: Vec<String>,
}

#[derive(Serialize)]
pub struct Similar {
    items: Vec<DuplicateOutput>,
}

pub async fn page(reader: Reader, State(server): State<Arc<Server>>, Loaded(app): Loaded, mut asked: Asked) -> Response {
    let mut take = |name| asked.take(name).unwrap_or_default();
    let draft = Draft { title: take("title"), body: take("body"), category: take("category"), ..Draft::default() };
    page_or(&reader, form(&reader, &server, &app, draft, None).await)
}

/// Likely duplicates of a draft, for the script of the page.
pub async fn similar(reader: Reader, Ready(app): Ready, Sent(draft): Sent<Draft>) -> ApiResult<Response> {
    Ok(view::render(&reader, "similar.html", find_similar(&reader, &app, &draft).await?))
}

/// Shows likely duplicates, or stores the question and goes to its page.
pub async fn post(
    reader: Reader,
    State(server): State<Arc<Server>>,
    Loaded(app): Loaded,
    sent: Result<Sent<Draft>, Problem>,
) -> Response {
    let answer = match sent {
        Ok(Sent(draft)) if draft.wish == "check" => form(&reader, &server, &app, draft, None).await,
        Ok(Sent(draft)) => match store(&server, &app, &draft).await {
            Ok(id) => Ok(Redirect::to(&format!("/q/{}", percent_encoded(id.as_str()))).into_response()),
            // Whatever it was, what is written is kept.
            Err(problem) => form(&reader, &server, &app, draft, Some(problem)).await,
        },
        Err(problem) => Err(problem),
    };
    page_or(&reader, answer)
}

async fn form(reader: &Reader, server: &Server, app: &App, mut draft: Draft, fault: Option<Problem>) -> ApiResult<Response> {
    if draft.id.is_empty() {
        draft.id = new_id();
    }
    let similar = if draft.title.trim().is_empty() { None } else { find_similar(reader, app, &draft).await.ok() };
    let mut categories = app.corpus.category_counts();
    categories.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let categories = categories.into_iter().take(CATEGORIES).map(|(category, _)| category.to_string()).collect();
    let errors = fault.as_ref().map(|problem| view::faults(reader, problem)).unwrap_or_default();
    let page = AskPage { form: draft, keyed: !server.config.api_keys.is_empty(), categories, similar, errors };
    Ok(match fault {
        None => view::render(reader, "ask.html", page),
        Some(problem) => view::render_fault(reader, &problem, "ask.html", page),
    })
}

async fn find_similar(reader: &Reader, app: &App, draft: &Draft) -> ApiResult<Similar> {
    if draft.title.trim().is_empty() {
        return Ok(Similar { items: Vec::new() });
    }
    let request = CheckRequest {
        title: Some(draft.title.clone()),
        body: optional(&draft.body),
        text: None,
        limit: Some(SIMILAR),
        min_probability: Some(LIKELY),
    };
    let CheckResponse { mut items, .. } = likely_duplicates(app, request).await?;
    for item in &mut items {
        item.judgement.reasons = reader.reasons(&item.judgement.reasons);
    }
    Ok(Similar { items })
}

async fn store(server: &Server, app: &App, draft: &Draft) -> ApiResult<QuestionId> {
    may_write(&server.config, optional(&draft.key).as_deref())?;
    let input = QuestionInput {
        id: Some(draft.id.clone()),
        title: Some(draft.title.clone()),
        body: optional(&draft.body),
        category: optional(&draft.category),
        author: optional(&draft.author),
        ..QuestionInput::default()
    };
    let draft = input.parse(None).map_err(|errors| Problem::invalid_fields(&errors))?;
    let (corpus, id) = (Arc::clone(&app.corpus), draft.question.id.clone());
    let known = blocking(move || corpus.get(&id)).await??;
    match known {
        // The same form was sent twice.
        Some(known) if known.question.text == draft.question.text => Ok(known.question.id),
        Some(_) => Err(Problem::invalid_field("id", Fault::Other("is that of another question; open the page anew".into()))),
        None => put(app.clone(), draft).await.map(|(question, _)| question.id),
    }
}

fn optional(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The time and some chance: ids of one server sort by when their forms were opened, and nobody can guess the next.
fn new_id() -> String {
    let chance = RandomState::new().build_hasher().finish() as u32;
    format!("ask-{:x}-{chance:08x}", Timestamp::now().as_millisecond())
}
