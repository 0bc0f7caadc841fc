//! Pages and parts of pages, rendered in the reader's language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

use super::assets;
use super::reader::{Reader, Speech};
use crate::http::error::{Problem, ProblemField};
use crate::pages::percent_encoded;
use crate::templates::{TemplateError, Templates};

/// A template by its name.
macro_rules! template {
    ($name:literal) => {
        ($name, include_str!(concat!("templates/", $name)).into())
    };
}

static TEMPLATES: LazyLock<Result<Templates, TemplateError>> = LazyLock::new(|| {
    let templates = Templates::new([
        template!("base.html"),
        template!("parts.html"),
        template!("related.html"),
        template!("latest.html"),
        template!("similar.html"),
        template!("gauges.html"),
        template!("home.html"),
        template!("question.html"),
        template!("ask.html"),
        template!("duplicates.html"),
        template!("status.html"),
        template!("docs.html"),
        template!("problem.html"),
    ])?;
    let templates = templates.with_text_filter("encoded", percent_encoded);
    let templates = templates.with_number_filter("whole", whole).with_number_filter("short", short);
    let templates = templates.with_number_filter("percent", |share| format!("{:.0}%", (share * 100.0).clamp(0.0, 100.0)));
    let templates = templates.with_number_filter("percent_exactly", |share| format!("{:.1}%", share * 100.0));
    Ok(templates.with_number_filter("two_digits", |number| format!("{number:.2}")).with_number_filter("bytes", bytes))
});

/// 12,345.
fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// With one digit behind the point where the number is small.
fn short(number: f64) -> String {
    if number < 100.0 { format!("{number:.1}") } else { whole(number) }
}

fn bytes(number: f64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut scaled = number / 1e3;
    let mut unit = 0;
    while scaled >= 1e3 && unit + 1 < UNITS.len() {
        scaled /= 1e3;
        unit += 1;
    }
    if scaled < 10.0 { format!("{scaled:.1} {}", UNITS[unit]) } else { format!("{scaled:.0} {}", UNITS[unit]) }
}

/// What every template sees.
#[derive(Serialize)]
struct Values<'a, T> {
    page: T,
    /// The words in the reader's language.
    t: &'static serde_json::Value,
    asset: &'static BTreeMap<&'static str, String>,
    version: &'static str,
    /// The path of the page.
    here: &'a str,
    /// The same page in the other language.
    switch: String,
}

/// A page, or a part of one for its script.
pub fn render(reader: &Reader, template: &str, values: impl Serialize) -> Response {
    answer(reader, StatusCode::OK, template, values)
}

/// A form again, as it was sent, with what is wrong.
pub fn render_fault(reader: &Reader, problem: &Problem, template: &str, values: impl Serialize) -> Response {
    answer(reader, problem.status(), template, values)
}

/// What is wrong with a form, a text for each fault.
pub fn faults(reader: &Reader, problem: &Problem) -> Vec<String> {
    match problem.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => vec![reader.word("review_need_key").to_owned()],
        _ if problem.fields().is_empty() => vec![problem.detail().to_owned()],
        _ => problem.fields().iter().map(|field| fault(reader, field)).collect(),
    }
}

/// In the reader's words, where the forms have the field.
fn fault(reader: &Reader, field: &ProblemField) -> String {
    let words = &reader.speech.words()["faults"][field.pointer.trim_start_matches('/')];
    words.as_str().map_or_else(|| field.detail.clone(), str::to_owned)
}

/// A page that says what is wrong.
pub fn problem(reader: &Reader, problem: &Problem) -> Response {
    #[derive(Serialize)]
    struct Wrong<'a> {
        title: &'a str,
        detail: &'a str,
        /// What was written is not shown here, but not lost.
        go_back: bool,
        /// Seconds until the page loads itself anew.
        reload: Option<u64>,
    }
    let word = |name| reader.word(name);
    let (status, retry_after) = (problem.status(), problem.retry_after_seconds());
    let reload = retry_after.filter(|_| reader.only_reads);
    let (title, detail) = match (status, problem.word()) {
        (_, "not-ready") => (word("starting"), word("starting_hint")),
        (_, "no-such-question") => (word("no_such_question"), problem.detail()),
        (_, "no-such-path") => (word("no_such_page"), ""),
        (StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS, _) => (word("busy"), problem.detail()),
        _ => (problem.title(), problem.detail()),
    };
    let mut response = answer(reader, status, "problem.html", Wrong { title, detail, go_back: !reader.only_reads, reload });
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn answer(reader: &Reader, status: StatusCode, template: &str, page: impl Serialize) -> Response {
    let values = Values {
        page,
        t: reader.speech.words(),
        asset: assets::addresses(),
        version: env!("CARGO_PKG_VERSION"),
        here: &reader.path,
        switch: reader.address_in(reader.speech.other()),
    };
    let rendered = match &*TEMPLATES {
        Ok(templates) => templates.render(template, values).map_err(|error| format!("{template}: {error}")),
        Err(error) => Err(error.to_string()),
    };
    let mut response = match rendered {
        Ok(html) => (status, Html(html)).into_response(),
        Err(why) => return Problem::internal(why).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(reader.speech.tag()));
    if reader.chose {
        headers.insert(header::SET_COOKIE, HeaderValue::from_static(Speech::cookie(reader.speech)));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_parses() {
        assert!(TEMPLATES.is_ok(), "{:?}", TEMPLATES.as_ref().err());
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!([whole(7.0), whole(712.0), whole(1_234_567.0)], ["7", "712", "1,234,567"]);
        assert_eq!([bytes(1_500.0), bytes(467e6), bytes(2.24e9)], ["1.5 kB", "467 MB", "2.2 GB"]);
    }
}
