//! Lists as JSON, fragments and whole pages.

use serde::Serialize;
use thiserror::Error;

use super::layout;
use crate::question::Question;
use crate::recommend::Kind;
use crate::store::StoredQuestion;
use crate::templates::{TemplateError, Templates};

const FRAGMENT: &str = include_str!("templates/fragment.html");
const PAGE: &str = include_str!("templates/page.html");
/// Most characters of a description.
const DESCRIPTION: usize = 90;

#[derive(Debug, Error)]
pub enum RenderError {
    #[error("the template does not parse: {0}")]
    Template(String),
    #[error("the template fails for question {id:?}: {why}")]
    Question { id: String, why: String },
}

/// What is made of each list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A line of JSON in one of the part files.
    Jsonl,
    /// The list as a piece of HTML, a file each.
    Html,
    /// A whole page with question, answer and list, a file each.
    Page,
}

impl Format {
    /// Of the kind of files in a folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Html => "html",
            Self::Page => "page",
        }
    }
}

/// What a template sees of a listed question.
#[derive(Debug, Serialize)]
pub struct Item<'a> {
    id: &'a str,
    title: &'a str,
    /// The beginning of body or answer, on one line; empty where there is neither.
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    language: &'a str,
    created_at: String,
    score: f32,
    kind: &'static str,
    /// Whether an editor put it there.
    #[serde(skip_serializing_if = "is_false")]
    pinned: bool,
    /// Ids of those that it stands for.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    duplicates: &'a [String],
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// One line of JSON.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: &'a str,
    items: &'a [Item<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    short: Option<usize>,
}

/// What a template sees.
#[derive(Debug, Serialize)]
struct Page<'a> {
    id: &'a str,
    title: &'a str,
    body: Option<&'a str>,
    answer: Option<&'a str>,
    author: Option<&'a str>,
    category: Option<&'a str>,
    tags: &'a [String],
    url: Option<&'a str>,
    language: &'a str,
    created_at: String,
    date: String,
    description: String,
    /// `zh` or `en`: the language of the words around the questions.
    words: &'static str,
    items: &'a [Item<'a>],
}

pub struct Renderer {
    templates: Templates,
    format: Format,
    limit: usize,
    /// Where a question without an address of its own is found, with `{id}` for the encoded id.
    link: String,
}

/// A question and its list.
pub struct Listed<'a> {
    pub question: &'a Question,
    pub items: Vec<ListedItem<'a>>,
}

/// A question in a list.
pub struct ListedItem<'a> {
    pub question: &'a StoredQuestion,
    /// The cosine.
    pub score: f32,
    pub kind: Kind,
    pub pinned: bool,
    pub duplicates: Vec<String>,
}

impl Renderer {
    /// `template` takes the place of the built-in one; `link` is used where questions have no address.
    pub fn new(format: Format, template: Option<&str>, limit: usize, link: &str) -> Result<Self, RenderError> {
        let built_in = if format == Format::Page { PAGE } else { FRAGMENT };
        let source = template.map_or(built_in.into(), |template| template.to_owned().into());
        let templates = Templates::new([("template", source)]).map_err(|e| RenderError::Template(e.to_string()))?;
        Ok(Self { templates, format, limit, link: link.to_owned() })
    }

    pub fn format(&self) -> Format {
        self.format
    }

    /// The list of a question in its form.
    pub fn render(&self, listed: &Listed<'_>) -> Result<String, RenderError> {
        let items: Vec<Item<'_>> = listed.items.iter().map(|item| self.item(item)).collect();
        match self.format {
            Format::Jsonl => self.line(listed.question, &items),
            Format::Html | Format::Page => self.page(listed.question, &items),
        }
    }

    /// The list as a line of JSON, whatever the format.
    pub fn render_line(&self, listed: &Listed<'_>) -> Result<String, RenderError> {
        let items: Vec<Item<'_>> = listed.items.iter().map(|item| self.item(item)).collect();
        self.line(listed.question, &items)
    }

    fn line(&self, question: &Question, items: &[Item<'_>]) -> Result<String, RenderError> {
        let short = (items.len() < self.limit).then(|| self.limit - items.len());
        let line = serde_json::to_string(&Line { id: question.id.as_str(), items, short });
        line.map_err(|e| failed(question, e.to_string()))
    }

    fn page(&self, question: &Question, items: &[Item<'_>]) -> Result<String, RenderError> {
        let page = Page {
            id: question.id.as_str(),
            title: question.text.title(),
            body: question.text.body(),
            answer: question.answer.as_deref(),
            author: question.author.as_deref(),
            category: question.category.as_deref(),
            tags: &question.tags,
            url: question.url.as_deref(),
            language: question.language.as_str(),
            created_at: question.created_at.to_string(),
            date: question.created_at.strftime("%Y-%m-%d").to_string(),
            description: description(question.text.body(), question.answer.as_deref()),
            words: if question.language.as_str().starts_with("zh") { "zh" } else { "en" },
            items,
        };
        self.templates.render("template", page).map_err(|error: TemplateError| failed(question, error.to_string()))
    }

    fn item<'a>(&self, item: &'a ListedItem<'a>) -> Item<'a> {
        let question = &item.question.question;
        Item {
            id: question.id.as_str(),
            title: question.text.title(),
            description: description(question.text.body(), question.answer.as_deref()),
            url: self.address(question),
            category: question.category.as_deref(),
            language: question.language.as_str(),
            created_at: question.created_at.to_string(),
            // Four digits tell all that the order does not.
            score: (item.score * 10_000.0).round() / 10_000.0,
            kind: match item.kind {
                Kind::Related => "related",
                Kind::Latest => "latest",
            },
            pinned: item.pinned,
            duplicates: &item.duplicates,
        }
    }

    fn address(&self, question: &Question) -> String {
        match &question.url {
            Some(url) => url.clone(),
            // Pages lie beside each other, in folders one deep.
            None if self.format == Format::Page => format!("../{}", layout::address(question.id.as_str())),
            None => self.link.replace("{id}", &percent_encoded(question.id.as_str())),
        }
    }
}

fn failed(question: &Question, why: String) -> RenderError {
    RenderError::Question { id: question.id.as_str().to_owned(), why }
}

/// The beginning of the body, else of the answer, on one line, cut with an ellipsis.
pub fn description(body: Option<&str>, answer: Option<&str>) -> String {
    let prose = body.or(answer).unwrap_or_default();
    let mut line = String::new();
    for word in prose.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
        if line.chars().count() > DESCRIPTION {
            let cut: String = line.chars().take(DESCRIPTION).collect();
            return cut.trim_end().to_owned() + "…";
        }
    }
    line
}

/// For a part of a path (RFC 3986: unreserved characters stay).
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte as char);
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}
