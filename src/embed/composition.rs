//! How title and body become the one text that is embedded.

use crate::question::QuestionText;

/// Part of the fingerprint: raise it when [`compose`] changes, so that old vectors are not compared with new ones.
pub const COMPOSITION: &str = "title-newline-body-1";

/// Title and body on lines of their own. ARCHITECTURE.md has the measurements behind this choice.
pub fn compose(text: &QuestionText) -> String {
    match text.body() {
        None => text.title().to_owned(),
        Some(body) if body.starts_with(text.title()) => body.to_owned(),
        Some(body) => format!("{}\n{body}", text.title()),
    }
}
