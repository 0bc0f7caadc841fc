//! A question, as every layer below the edge sees it: parsed once, valid from then on.

use std::fmt;
use std::sync::Arc;

use jiff::{Timestamp, Unit};
use thiserror::Error;

/// Most characters in an id, a category or an author's name.
pub const MAX_NAME_CHARS: usize = 128;
/// Most characters in a title.
pub const MAX_TITLE_CHARS: usize = 512;
/// Most characters in a body.
pub const MAX_BODY_CHARS: usize = 20_000;
/// Most characters in an answer.
pub const MAX_ANSWER_CHARS: usize = 50_000;
/// Most characters in a URL.
pub const MAX_URL_CHARS: usize = 2_048;
/// Most tags on one question, and most characters in one of them.
pub const MAX_TAGS: usize = 32;
/// Most bytes of the free `attributes` object, as compact JSON.
pub const MAX_ATTRIBUTES_BYTES: usize = 16 * 1024;

/// What is wrong with one field, in words that complete "`field` …".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    #[error("is missing")]
    Missing,
    #[error("is empty")]
    Empty,
    #[error("has {actual} {unit}, {max} are allowed")]
    TooLong { actual: usize, max: usize, unit: &'static str },
    #[error("holds the control character U+{0:04X}")]
    ControlCharacter(u32),
    #[error("{0:?} is no BCP 47 language tag such as `zh` or `pt-BR`")]
    NotALanguage(String),
    #[error("{0:?} is no RFC 3339 time such as `2026-03-01T08:30:00Z`")]
    NotATime(String),
    #[error("{0:?} is no http(s) address and no path that begins with `/`")]
    NotAUrl(String),
    #[error("is {actual}, allowed is {min} to {max}")]
    OutOfRange { actual: String, min: String, max: String },
    #[error("{0}")]
    Other(String),
}

/// One field at fault. `field` is the name in the contract, without a leading slash; empty where it is no single one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct FieldError {
    pub field: String,
    pub problem: Problem,
}

impl FieldError {
    pub fn new(field: impl Into<String>, problem: Problem) -> Self {
        Self { field: field.into(), problem }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "the request {}", self.problem),
            field => write!(f, "`{field}` {}", self.problem),
        }
    }
}

/// The site's own stable key of a question: 1 to 128 characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(Arc<str>);

impl QuestionId {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.trim().is_empty() {
            return Err(Problem::Empty);
        }
        check_length(text, MAX_NAME_CHARS)?;
        check_controls(text, |_| false)?;
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QuestionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Our dense internal number of one version of a question's text. It grows with every new text and is never used again, so
/// that a list of points sorted by number is sorted by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointId(pub u32);

/// Grows by one with every committed write; orders the store and everything derived from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SeqNo(pub u64);

/// The text of a question: a title on one line and perhaps a body, both trimmed, bounded and free of control characters (a
/// body may hold line breaks and tabs).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionText {
    title: String,
    body: Option<String>,
}

impl QuestionText {
    /// White space in the title collapses to single spaces; an empty body is none.
    pub fn parse(title: &str, body: Option<&str>) -> Result<Self, FieldError> {
        let title = parse_line(title, MAX_TITLE_CHARS).map_err(|p| FieldError::new("title", p))?;
        let body = body.map(|b| parse_prose(b, MAX_BODY_CHARS)).transpose();
        let body = body.map_err(|p| FieldError::new("body", p))?.flatten();
        Ok(Self { title, body })
    }

    /// One free text, as typed into a search box or pasted from a form: all of it is the title if it is short and a single
    /// line, else its first line is (cut where a title must end), and all of it the body.
    pub fn parse_free(text: &str) -> Result<Self, FieldError> {
        let err = |p| FieldError::new("text", p);
        let prose = parse_prose(text, MAX_BODY_CHARS).map_err(err)?.ok_or_else(|| err(Problem::Empty))?;
        let first = prose.lines().next().unwrap_or_default();
        let title: String = first.chars().take(MAX_TITLE_CHARS).collect();
        let title = parse_line(&title, MAX_TITLE_CHARS).map_err(err)?;
        let body = (title.len() < prose.len()).then_some(prose);
        Ok(Self { title, body })
    }

    /// Without the body.
    pub fn title_alone(&self) -> Self {
        Self { title: self.title.clone(), body: None }
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }
}

/// A BCP 47 language tag in its usual case (`zh`, `zh-Hant`, `pt-BR`); `und` where the language could not be told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(Arc<str>);

impl Language {
    pub fn parse(tag: &str) -> Result<Self, Problem> {
        let wrong = || Problem::NotALanguage(tag.chars().take(40).collect());
        let mut normal = String::with_capacity(tag.len());
        for (position, part) in tag.split('-').enumerate() {
            let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
            let well_formed = part.bytes().all(|b| b.is_ascii_alphanumeric()) && (1..=8).contains(&part.len());
            if !well_formed || (position == 0 && !(letters && (2..=3).contains(&part.len()))) {
                return Err(wrong());
            }
            match (position, part.len(), letters) {
                (0, ..) => normal.push_str(&part.to_ascii_lowercase()),
                (_, 2, true) => normal.extend(["-", &part.to_ascii_uppercase()]),
                (_, 4, true) => {
                    normal.extend(["-", &part[..1].to_ascii_uppercase(), &part[1..].to_ascii_lowercase()]);
                }
                _ => normal.extend(["-", &part.to_ascii_lowercase()]),
            }
        }
        Ok(Self(normal.into()))
    }

    /// The tag of text whose language could not be told.
    pub fn undetermined() -> Self {
        Self("und".into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both are one language, or kinds of one: `zh` and `zh-Hant`.
    pub fn is_kin_of(&self, other: &Language) -> bool {
        let primary = |tag: &'_ str| tag.split('-').next().map(str::len).unwrap_or_default();
        self.0[..primary(&self.0)] == other.0[..primary(&other.0)]
    }

    /// Whether a filter for `range` takes this language: `zh` takes `zh` and `zh-Hant` (RFC 4647, basic filtering).
    pub fn matches(&self, range: &Language) -> bool {
        self.0.strip_prefix(&*range.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// Everything a site tells about a question. Built at the edge from checked parts; the fields are public because each of
/// them is valid by its own type or was checked by the edge (`wire`) when it was built.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub id: QuestionId,
    pub text: QuestionText,
    pub language: Language,
    pub category: Option<String>,
    pub tags: Vec<String>,
    pub url: Option<String>,
    pub answer: Option<String>,
    pub author: Option<String>,
    pub created_at: Timestamp,
    /// A JSON object as compact text, handed back untouched.
    pub attributes: Option<String>,
}

/// A single line: white space collapsed, not empty, at most `max` characters.
pub fn parse_line(text: &str, max: usize) -> Result<String, Problem> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err(Problem::Empty);
    }
    check_length(&line, max)?;
    check_controls(&line, |_| false)?;
    Ok(line)
}

/// Text of several lines: trimmed, line ends as `\n`, at most `max` characters; `None` where nothing is left.
pub fn parse_prose(text: &str, max: usize) -> Result<Option<String>, Problem> {
    let prose = text.trim().replace("\r\n", "\n").replace('\r', "\n");
    check_length(&prose, max)?;
    check_controls(&prose, |c| c == '\n' || c == '\t')?;
    Ok((!prose.is_empty()).then_some(prose))
}

/// An address that is safe to put into a link: `http`, `https` or a path on the same site.
pub fn parse_url(text: &str) -> Result<String, Problem> {
    let url = text.trim();
    check_length(url, MAX_URL_CHARS)?;
    check_controls(url, |_| false)?;
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let absolute = lower.starts_with("http://") || lower.starts_with("https://");
    // Browsers take `//host` and `/\\host` for another site.
    let on_this_site = url.starts_with('/') && !url[1..].starts_with(['/', '\\']);
    if !absolute && !on_this_site {
        return Err(Problem::NotAUrl(url.chars().take(80).collect()));
    }
    Ok(url.to_owned())
}

/// A point in time as RFC 3339, kept to the microsecond.
pub fn parse_time(text: &str) -> Result<Timestamp, Problem> {
    let wrong = || Problem::NotATime(text.chars().take(40).collect());
    let time: Timestamp = text.trim().parse().map_err(|_| wrong())?;
    time.round(Unit::Microsecond).map_err(|_| wrong())
}

fn check_length(text: &str, max: usize) -> Result<(), Problem> {
    // Counting characters is only needed where the bytes could exceed the limit.
    if text.len() > max {
        let actual = text.chars().count();
        if actual > max {
            return Err(Problem::TooLong { actual, max, unit: "characters" });
        }
    }
    Ok(())
}

fn check_controls(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), Problem> {
    match text.chars().find(|&c| c.is_control() && !allowed(c)) {
        Some(c) => Err(Problem::ControlCharacter(c as u32)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_is_one_trimmed_line() {
        let text = QuestionText::parse("  交强险\t保什么\n吗 ", Some(" \r\n ")).expect("valid");
        assert_eq!(text.title(), "交强险 保什么 吗");
        assert_eq!(text.body(), None);
    }

    #[test]
    fn limits_count_characters_not_bytes() {
        let longest = "医".repeat(MAX_TITLE_CHARS);
        assert!(QuestionText::parse(&longest, None).is_ok());
        let error = QuestionText::parse(&(longest + "保"), None).expect_err("too long");
        assert_eq!(error.to_string(), "`title` has 513 characters, 512 are allowed");
    }

    #[test]
    fn control_characters_are_refused_by_code() {
        let error = QuestionText::parse("ok", Some("a\u{0}b")).expect_err("control character");
        assert_eq!(error.to_string(), "`body` holds the control character U+0000");
    }

    #[test]
    fn free_text_of_several_lines_keeps_everything() {
        let text = QuestionText::parse_free("上班受伤了\n公司不认，怎么办").expect("valid");
        assert_eq!(text.title(), "上班受伤了");
        assert_eq!(text.body(), Some("上班受伤了\n公司不认，怎么办"));
        assert_eq!(QuestionText::parse_free("短问题").expect("valid").body(), None);
    }

    #[test]
    fn language_tags_are_normalised_and_matched_by_prefix() {
        let tag = |t| Language::parse(t).expect(t);
        assert_eq!(tag("ZH-hant-tw").as_str(), "zh-Hant-TW");
        assert!(tag("zh-Hant").matches(&tag("zh")));
        assert!(!tag("zh").matches(&tag("zh-Hant")));
        assert!(!tag("zha").matches(&tag("zh")));
        for wrong in ["", "z", "中文", "en_US", "en-", "english"] {
            assert!(Language::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_that_run_script_or_leave_the_site_are_refused() {
        for wrong in ["javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x", "q/1"] {
            assert!(parse_url(wrong).is_err(), "{wrong}");
        }
        for right in ["https://example.org/q/1", "/q/1", "HTTP://EXAMPLE.ORG"] {
            assert!(parse_url(right).is_ok(), "{right}");
        }
    }
}
