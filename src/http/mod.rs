//! The HTTP API and the web pages. A handler is a list of steps: parse, ask the core, shape the answer.

mod admission;
mod bulk;
mod changes;
mod duplicates;
mod error;
mod extract;
mod latency;
mod linger;
mod list;
mod metrics;
mod openapi;
mod questions;
mod recall;
mod related;
mod rules;
mod server;
mod state;
mod status;
mod verdicts;
mod web;
pub mod webhook;

pub use server::{Bound, ServeError};
pub use state::Server;
