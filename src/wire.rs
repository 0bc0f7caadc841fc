//! A question as JSON, and as a row of CSV: the one shape that the HTTP API and the command line share.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::embedding::Embedding;
use crate::ingest::Draft;
use crate::language;
use crate::question::{
    FieldError, Language, MAX_ANSWER_CHARS, MAX_ATTRIBUTES_BYTES, MAX_NAME_CHARS, MAX_TAGS, Problem, Question, QuestionId,
    QuestionText, parse_line, parse_prose, parse_time, parse_url,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A question as a site sends it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionInput {
    /// The site's own key. Where the path names the question it may be left out.
    #[schema(min_length = 1, max_length = 128)]
    pub id: Option<String>,
    #[schema(value_type = String, min_length = 1, max_length = 512)]
    pub title: Option<String>,
    #[schema(max_length = 20_000)]
    pub body: Option<String>,
    /// BCP 47; detected where absent.
    #[schema(example = "zh")]
    pub language: Option<String>,
    #[schema(max_length = 128)]
    pub category: Option<String>,
    #[serde(default)]
    #[schema(max_items = 32)]
    pub tags: Option<Vec<String>>,
    pub url: Option<String>,
    #[schema(max_length = 50_000)]
    pub answer: Option<String>,
    #[schema(max_length = 128)]
    pub author: Option<String>,
    /// RFC 3339. Where absent: the time it was stored first.
    #[schema(format = DateTime)]
    pub created_at: Option<String>,
    /// Any JSON object up to 16 KiB, handed back untouched.
    #[schema(value_type = Option<Object>)]
    pub attributes: Option<Box<RawValue>>,
    /// A ready embedding by this server's own model: numbers, or base64 of little-endian f32. Taken by `likewise import` only.
    #[serde(default)]
    #[schema(ignore)]
    pub embedding: Option<EmbeddingInput>,
}

/// The two spellings of a vector.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum EmbeddingInput {
    Numbers(Vec<f32>),
    Base64(String),
}

impl EmbeddingInput {
    pub fn parse(&self, dimension: usize) -> Result<Embedding, FieldError> {
        let other = |why: String| FieldError::new("embedding", Problem::Other(why));
        let embedding = match self {
            Self::Numbers(numbers) => Embedding::normalize_to(numbers, dimension),
            Self::Base64(text) => {
                let bytes = STANDARD.decode(text).map_err(|e| other(format!("is no base64: {e}")))?;
                let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
                Embedding::normalize_to(&numbers, dimension)
            }
        };
        embedding.map_err(|e| other(format!("is {e}")))
    }
}

impl QuestionInput {
    /// Checks every field and tells all that is wrong at once. `dimension` is that of ready embeddings, where they are taken.
    pub fn parse(self, dimension: Option<usize>) -> Result<Draft, Vec<FieldError>> {
        let mut errors = Vec::new();
        let id = required("id", self.id.as_deref(), QuestionId::parse, &mut errors);
        let text = match &self.title {
            None => Err(FieldError::new("title", Problem::Missing)),
            Some(title) => QuestionText::parse(title, self.body.as_deref()),
        };
        let text = text.map_err(|e| errors.push(e)).ok();
        let language = optional("language", self.language.as_deref(), Language::parse, &mut errors);
        let name = |text: &str| parse_line(text, MAX_NAME_CHARS);
        let category = optional("category", self.category.as_deref(), name, &mut errors);
        let tags = parse_tags(&self.tags.unwrap_or_default(), &mut errors);
        let url = optional("url", self.url.as_deref(), parse_url, &mut errors);
        let prose = |text: &str| parse_prose(text, MAX_ANSWER_CHARS);
        let answer = optional("answer", self.answer.as_deref(), prose, &mut errors).flatten();
        let author = optional("author", self.author.as_deref(), name, &mut errors);
        let created_at = optional("created_at", self.created_at.as_deref(), parse_time, &mut errors);
        let attributes = self.attributes.and_then(|json| parse_attributes(&json, &mut errors));
        let embedding = match (&self.embedding, dimension) {
            (None, _) => None,
            (Some(given), Some(dimension)) => given.parse(dimension).map_err(|e| errors.push(e)).ok(),
            (Some(_), None) => {
                let why = "is only taken by `likewise import --embeddings-from FINGERPRINT`";
                errors.push(FieldError::new("embedding", Problem::Other(why.into())));
                None
            }
        };
        let (Some(id), Some(text), true) = (id, text, errors.is_empty()) else { return Err(errors) };
        let language = language.unwrap_or_else(|| language::detect(&text));
        let created_at_given = created_at.is_some();
        let created_at =
            created_at.unwrap_or_else(|| parse_time(&Timestamp::now().to_string()).unwrap_or(Timestamp::UNIX_EPOCH));
        let question = Question { id, text, language, category, tags, url, answer, author, created_at, attributes };
        Ok(Draft { question, created_at_given, embedding })
    }
}

fn required<T>(
    field: &str,
    value: Option<&str>,
    parse: impl Fn(&str) -> Result<T, Problem>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    if value.is_none() {
        errors.push(FieldError::new(field, Problem::Missing));
    }
    value.and_then(|value| parse(value).map_err(|problem| errors.push(FieldError::new(field, problem))).ok())
}

/// An empty optional field (as CSV has them) is an absent one.
fn optional<T>(
    field: &str,
    value: Option<&str>,
    parse: impl Fn(&str) -> Result<T, Problem>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    let value = value.filter(|value| !value.trim().is_empty());
    value.and_then(|value| parse(value).map_err(|problem| errors.push(FieldError::new(field, problem))).ok())
}

fn parse_tags(tags: &[String], errors: &mut Vec<FieldError>) -> Vec<String> {
    if tags.len() > MAX_TAGS {
        errors.push(FieldError::new("tags", Problem::TooLong { actual: tags.len(), max: MAX_TAGS, unit: "tags" }));
        return Vec::new();
    }
    let mut parsed: Vec<String> = Vec::with_capacity(tags.len());
    for (position, tag) in tags.iter().enumerate() {
        match parse_line(tag, MAX_NAME_CHARS) {
            Ok(tag) if parsed.contains(&tag) => {}
            Ok(tag) => parsed.push(tag),
            Err(problem) => errors.push(FieldError::new(format!("tags/{position}"), problem)),
        }
    }
    parsed
}

fn parse_attributes(json: &RawValue, errors: &mut Vec<FieldError>) -> Option<String> {
    let text = without_layout(json.get());
    let problem = if !text.starts_with('{') {
        Problem::Other("is no JSON object".into())
    } else if text.len() > MAX_ATTRIBUTES_BYTES {
        Problem::TooLong { actual: text.len(), max: MAX_ATTRIBUTES_BYTES, unit: "bytes" }
    } else {
        return Some(text);
    };
    errors.push(FieldError::new("attributes", problem));
    None
}

/// JSON on one line: white space between its tokens is left out, everything else (order, digits, escapes) stays.
fn without_layout(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in json.chars() {
        if in_string || !c.is_ascii_whitespace() {
            compact.push(c);
        }
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            _ => {}
        }
    }
    compact
}

/// A question as it is handed back. Empty fields are left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionOutput<'a> {
    pub id: &'a str,
    pub title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<&'a str>,
    pub language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<&'a str>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub attributes: Option<&'a RawValue>,
}

impl<'a> From<&'a Question> for QuestionOutput<'a> {
    fn from(question: &'a Question) -> Self {
        Self {
            id: question.id.as_str(),
            title: question.text.title(),
            body: question.text.body(),
            language: question.language.as_str(),
            category: question.category.as_deref(),
            tags: &question.tags,
            url: question.url.as_deref(),
            answer: question.answer.as_deref(),
            author: question.author.as_deref(),
            created_at: question.created_at,
            attributes: question.attributes.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_keep_all_but_their_layout() {
        let json = "{ \"b\" : 1.50,\n\t\"a \\\" b\" : [ \"x\\\\\" , 12345678901234567890123 ] }";
        assert_eq!(without_layout(json), "{\"b\":1.50,\"a \\\" b\":[\"x\\\\\",12345678901234567890123]}");
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let input = QuestionInput { url: Some("x:y".into()), created_at: Some("now".into()), ..QuestionInput::default() };
        let errors = input.parse(None).expect_err("refused");
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["id", "title", "url", "created_at"]);
    }
}
