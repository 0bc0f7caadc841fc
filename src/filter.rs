//! Which questions may be listed.

use jiff::Timestamp;

use crate::question::Language;

/// All conditions hold together; within one list of values any may match. An empty list is no condition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Language ranges: `zh` takes `zh-Hant` too.
    pub languages: Vec<Language>,
    pub categories: Vec<String>,
    pub tags: Vec<String>,
    /// Inclusive.
    pub created_after: Option<Timestamp>,
    /// Exclusive.
    pub created_before: Option<Timestamp>,
}

impl Filter {
    /// Whether every question passes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
