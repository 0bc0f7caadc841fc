//! The quality of a model on labelled data. So far: groups of texts that ask the same thing.

mod groups;

pub use groups::{EvaluateError, Group, GroupResult, groups, read_groups};
