//! Listed questions as pages show them.

use serde::Serialize;

use crate::app::App;
use crate::duplicates::DUPLICATE_FROM;
use crate::http::error::ApiResult;
use crate::http::list::{Include, ItemOutput, RelatedResponse};
use crate::http::related::{self, RelatedRequest};
use crate::http::state::blocking;
use crate::question::QuestionId;

/// A listed question with what a page says of it beside what the API does.
#[derive(Serialize)]
pub struct Listed {
    item: ItemOutput,
    date: String,
    likely_same: bool,
    /// Those that it stands for.
    folded: Vec<Titled>,
}

#[derive(Serialize)]
struct Titled {
    id: String,
    title: String,
    language: String,
}

/// A list of related questions.
pub struct RelatedView {
    pub items: Vec<Listed>,
    pub truncated: bool,
    pub took_ms: f64,
}

/// Asks for a list and for what a page shows of its items.
pub async fn related(app: &App, request: RelatedRequest) -> ApiResult<RelatedView> {
    let request = RelatedRequest { include: [Include::Description].into(), ..request };
    let RelatedResponse { items, query, took_ms, .. } = related::answer(app.clone(), request).await?;
    Ok(RelatedView { items: listed(app, items).await?, truncated: query.truncated == Some(true), took_ms })
}

/// Items that hold their description.
pub async fn listed(app: &App, items: Vec<ItemOutput>) -> ApiResult<Vec<Listed>> {
    let folded = items.iter().flat_map(|item| &item.duplicates).filter_map(|id| QuestionId::parse(id).ok());
    let folded: Vec<QuestionId> = folded.collect();
    let mut titles = Vec::new();
    if !folded.is_empty() {
        let corpus = std::sync::Arc::clone(&app.corpus);
        titles = blocking(move || corpus.by_points(&corpus.points(&folded))).await??.into_iter().flatten().collect();
    }
    let titled = |id: &String| {
        let question = &titles.iter().find(|stored| stored.question.id.as_str() == *id)?.question;
        let (title, language) = (question.text.title().to_owned(), question.language.as_str().to_owned());
        Some(Titled { id: id.clone(), title, language })
    };
    let listed = items.into_iter().map(|item| Listed {
        date: item.created_at.strftime("%Y-%m-%d").to_string(),
        likely_same: item.duplicate_probability.is_some_and(|probability| probability >= DUPLICATE_FROM),
        folded: item.duplicates.iter().filter_map(titled).collect(),
        item,
    });
    Ok(listed.collect())
}
