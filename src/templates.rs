//! HTML templates whose values are always escaped. The only place that names `minijinja`.

use std::borrow::Cow;

use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
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

/// What is wrong and in which line.
fn describe(error: &minijinja::Error) -> String {
    let line = error.line().map_or_else(String::new, |line| format!(" (line {line})"));
    if error.kind() == ErrorKind::OutOfFuel {
        return format!("it takes more than {FUEL} steps; does it loop?{line}");
    }
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    format!("{detail}{line}")
}
