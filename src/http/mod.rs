//! The HTTP API and the web page. A handler is a list of steps: parse, ask the core, shape the answer.

mod admission;
mod bulk;
mod changes;
mod duplicates;
mod error;
mod extract;
mod list;
mod openapi;
mod page;
mod questions;
mod related;
mod rules;
mod server;
mod state;
mod status;
mod verdicts;
pub mod webhook;

pub use server::{Bound, ServeError};
pub use state::Server;
