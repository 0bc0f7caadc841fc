//! `/`: type a question, see the related ones and the latest.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::listed::{self, Listed, RelatedView};
use super::reader::Reader;
use super::{Asked, Loaded, Sent, page_or, view};
use crate::app::App;
use crate::filter::Filter;
use crate::http::error::{ApiResult, Problem};
use crate::http::list::ItemOutput;
use crate::http::related::{FilterInput, RelatedRequest};
use crate::http::state::{Ready, blocking};
use crate::pages::percent_encoded;
use crate::question::QuestionId;
use crate::recommend::Kind;

/// Latest questions beside the list.
const LATEST: usize = 10;
/// Languages and categories to choose from.
const LANGUAGES: usize = 6;
const CATEGORIES: usize = 12;

/// What is looked for; at most one of `q` and `id`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Wanted {
    q: String,
    id: String,
    language: String,
    category: String,
}

impl Wanted {
    fn of(mut asked: Asked) -> Self {
        let mut take = |name| asked.take(name).unwrap_or_default();
        Self { q: take("q"), id: take("id"), language: take("language"), category: take("category") }
    }

    fn is_idle(&self) -> bool {
        self.q.trim().is_empty() && self.id.is_empty()
    }

    fn filter(&self) -> FilterInput {
        let one = |value: &String| Some(value.clone()).filter(|value| !value.is_empty()).into_iter().collect();
        FilterInput { language: one(&self.language), category: one(&self.category), ..FilterInput::default() }
    }

    /// The start of an address with these parameters, to which more can be added.
    fn address(&self, without: &str) -> String {
        let mut address = String::from("/?");
        for (name, value) in [("q", &self.q), ("id", &self.id), ("language", &self.language), ("category", &self.category)] {
            if !value.is_empty() && !without.split(' ').any(|other| other == name) {
                address += &format!("{name}={}&", percent_encoded(value));
            }
        }
        address
    }
}

#[derive(Serialize)]
struct HomePage {
    q: String,
    language: String,
    category: String,
    idle: bool,
    /// What the window is called.
    window: Option<String>,
    questions: usize,
    facets: [Facet; 2],
    related: Option<RelatedPart>,
    latest: LatestPart,
}

/// A list of choices that narrow what is listed.
#[derive(Serialize)]
struct Facet {
    id: &'static str,
    name: &'static str,
    choices: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    /// Empty for all.
    value: String,
    questions: Option<u64>,
    href: String,
    chosen: bool,
}

#[derive(Serialize)]
struct RelatedPart {
    items: Vec<Listed>,
    /// The stored question that is asked for.
    asked_title: Option<String>,
    asked_body: Option<String>,
    truncated: bool,
    took_ms: f64,
    /// Where the list of a listed question is, up to its id.
    like: String,
}

#[derive(Serialize)]
struct LatestPart {
    items: Vec<Listed>,
    like: String,
}

pub async fn page(reader: Reader, Loaded(app): Loaded, asked: Asked) -> Response {
    let page = home(&app, Wanted::of(asked)).await;
    page_or(&reader, page.map(|page| view::render(&reader, "home.html", page)))
}

/// The list, for the script of the page.
pub async fn related(reader: Reader, Ready(app): Ready, Sent(wanted): Sent<Wanted>) -> ApiResult<Response> {
    Ok(view::render(&reader, "related.html", related_part(&app, &wanted).await?))
}

/// The latest, for the script of the page.
pub async fn latest(reader: Reader, Ready(app): Ready, asked: Asked) -> ApiResult<Response> {
    Ok(view::render(&reader, "latest.html", latest_part(&app, &Wanted::of(asked)).await?))
}

async fn home(app: &App, wanted: Wanted) -> ApiResult<HomePage> {
    let related = if wanted.is_idle() { None } else { Some(related_part(app, &wanted).await?) };
    let latest = latest_part(app, &wanted).await?;
    let corpus = &app.corpus;
    let languages = corpus.language_counts().into_iter().map(|(language, count)| (language.as_str().to_owned(), count));
    let languages = Facet::of("languages", "language", languages.collect(), LANGUAGES, &wanted, &wanted.language);
    let categories = corpus.category_counts().into_iter().map(|(category, count)| (category.to_string(), count));
    let categories = Facet::of("categories", "category", categories.collect(), CATEGORIES, &wanted, &wanted.category);
    let asked = related.as_ref().and_then(|related| related.asked_title.clone());
    Ok(HomePage {
        idle: wanted.is_idle(),
        window: asked.or_else(|| Some(wanted.q.clone()).filter(|q| !q.is_empty())),
        questions: corpus.len(),
        facets: [languages, categories],
        related,
        latest,
        q: wanted.q,
        language: wanted.language,
        category: wanted.category,
    })
}

impl Facet {
    fn of(
        id: &'static str,
        name: &'static str,
        mut counts: Vec<(String, u64)>,
        most: usize,
        wanted: &Wanted,
        chosen: &str,
    ) -> Self {
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let position = counts.iter().position(|(value, _)| value == chosen);
        // What is chosen is always there to be seen.
        let chosen_one = match position {
            Some(position) if position >= most => Some(counts.remove(position)),
            None if !chosen.is_empty() => Some((chosen.to_owned(), 0)),
            _ => None,
        };
        counts.truncate(most);
        counts.extend(chosen_one);
        let before = wanted.address(name);
        let choice = |(value, questions): (String, u64)| Choice {
            href: format!("{before}{name}={}", percent_encoded(&value)),
            chosen: value == chosen,
            questions: Some(questions).filter(|questions| *questions > 0),
            value,
        };
        let all = Choice { value: String::new(), questions: None, href: before.clone(), chosen: chosen.is_empty() };
        let mut choices: Vec<Choice> = counts.into_iter().map(choice).collect();
        if !choices.is_empty() {
            choices.insert(0, all);
        }
        Self { id, name, choices }
    }
}

async fn related_part(app: &App, wanted: &Wanted) -> ApiResult<RelatedPart> {
    let mut request = RelatedRequest { filter: wanted.filter(), ..RelatedRequest::default() };
    let (mut asked_title, mut asked_body) = (None, None);
    if wanted.q.trim().is_empty() {
        let stored = stored(app, &wanted.id).await?;
        asked_title = Some(stored.text.title().to_owned());
        asked_body = stored.text.body().map(str::to_owned);
        request.id = Some(wanted.id.clone());
    } else {
        request.text = Some(wanted.q.clone());
    }
    let RelatedView { items, truncated, took_ms } = listed::related(app, request).await?;
    Ok(RelatedPart { items, asked_title, asked_body, truncated, took_ms, like: wanted.address("q id") })
}

async fn stored(app: &App, id: &str) -> ApiResult<crate::question::Question> {
    let wanted = QuestionId::parse(id).map_err(|_| Problem::no_such_question(id))?;
    let corpus = Arc::clone(&app.corpus);
    let stored = blocking(move || corpus.get(&wanted)).await??;
    stored.map(|stored| stored.question).ok_or_else(|| Problem::no_such_question(id))
}

async fn latest_part(app: &App, wanted: &Wanted) -> ApiResult<LatestPart> {
    let mut errors = Vec::new();
    let filter: Filter = wanted.filter().parse(&mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid_fields(&errors));
    }
    let corpus = Arc::clone(&app.corpus);
    let newest = blocking(move || corpus.by_points(&corpus.latest(&corpus.allowed(&filter), LATEST))).await??;
    let items = newest.into_iter().flatten().map(|stored| ItemOutput::new(stored, None, Kind::Latest, &BTreeSet::new()));
    Ok(LatestPart { items: listed::listed(app, items.collect()).await?, like: wanted.address("q id") })
}
