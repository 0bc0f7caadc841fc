//! HTML templates whose values are always escaped. The only place that names `minijinja`.

use std::borrow::Cow;

use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::Serialize;
use thiserror::Error;

/// Steps that one rendering may take: the built-in templates take some thousand, but one with a loop in a loop may come from a user.
const FUEL: u64 = 1_000_000;

#[derive(Debug, Error)]
pub enum TemplateError {
    #[error("{0}")]
    Parse(String),
    #[error("{0}")]
    Render(String),
}

/// Templates by name; one may include or extend another.
pub struct Templates(Environment<'static>);

impl Templates {
    /// Of names and sources.
    pub fn new(sources: impl IntoIterator<Item = (&'static str, Cow<'static, str>)>) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        // A name that is spelled wrong is an error, not an empty place.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_formatter(write_escaped);
        for (name, source) in sources {
            environment.add_template_owned(name, source).map_err(|error| TemplateError::Parse(describe(&error)))?;
        }
        Ok(Self(environment))
    }

    /// Lets templates say `{{ value|name }}` of a number.
    pub fn with_number_filter(mut self, name: &'static str, filter: fn(f64) -> String) -> Self {
        self.0.add_filter(name, filter);
        self
    }

    /// Lets templates say `{{ value|name }}` of a text.
    pub fn with_text_filter(mut self, name: &'static str, filter: fn(&str) -> String) -> Self {
        self.0.add_filter(name, move |text: &str| filter(text));
        self
    }

    pub fn render(&self, name: &str, values: impl Serialize) -> Result<String, TemplateError> {
        let template = self.0.get_template(name).map_err(|error| TemplateError::Parse(describe(&error)))?;
        template.render(values).map_err(|error| TemplateError::Render(describe(&error)))
    }
}

/// Escapes as `minijinja` does, but for slashes: addresses stay readable, and nothing ends a quoted value or a text but what is
/// escaped here.
fn write_escaped(out: &mut Output<'_>, state: &State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => {
            let mut rest = text;
            while let Some(position) = rest.find(['&', '<', '>', '"', '\'']) {
                let (plain, special) = rest.split_at(position);
                out.write_str(plain)?;
                out.write_str(match special.as_bytes()[0] {
                    b'&' => "&amp;",
                    b'<' => "&lt;",
                    b'>' => "&gt;",
                    b'"' => "&quot;",
                    _ => "&#x27;",
                })?;
                rest = &special[1..];
            }
            Ok(out.write_str(rest)?)
        }
        _ => minijinja::escape_formatter(out, state, value),
    }
}

/// What is wrong and in which line.
fn describe(error: &minijinja::Error) -> String {
    let line = error.line().map_or_else(String::new, |line| format!(" (line {line})"));
    if error.kind() == ErrorKind::OutOfFuel {
        return format!("it takes more than {FUEL} steps; does it loop?{line}");
    }
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    format!("{detail}{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_never_become_markup() {
        let templates = Templates::new([("t", "<a href=\"{{ url }}\" title='{{ url }}'>{{ url }}{{ number }}</a>".into())])
            .expect("parses");
        let values = serde_json::json!({"url": "https://a/?b&c=\"'><script>", "number": 7});
        let escaped = "https://a/?b&amp;c=&quot;&#x27;&gt;&lt;script&gt;";
        let expected = format!("<a href=\"{escaped}\" title='{escaped}'>{escaped}7</a>");
        assert_eq!(templates.render("t", values).expect("renders"), expected);
    }

    #[test]
    fn a_name_that_is_nowhere_is_an_error() {
        let templates = Templates::new([("t", "{{ a }}{{ b }}".into())]).expect("parses");
        let error = templates.render("t", serde_json::json!({"a": 1})).expect_err("strict").to_string();
        assert!(error.contains("line 1"), "{error}");
    }
}
