//! An HNSW graph over the rows of a matrix (Malkov and Yashunin 2018): links in flat arrays, walked by bytes.
//!
//! It is complete before anyone sees it, and never changes. Two builders make it: our own, and hnsw_rs, to compare with.

mod build;
mod links;
mod reference;
mod walk;

use parking_lot::Mutex;

pub use build::width;
pub use links::Links;
use walk::{Scratch, descend, nearest};

use super::IndexOptions;
use super::codes::{Code, Codes};
use super::matrix::Matrix;

/// What makes graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Builder {
    #[default]
    Own,
    /// The crate hnsw_rs: several times as slow, for comparison.
    HnswRs,
}

pub struct Graph {
    codes: Codes,
    links: Links<u32>,
    /// Where walks begin.
    entry: u32,
    /// Of walks that are over, for the next ones.
    scratch: Mutex<Vec<Scratch>>,
}

impl Graph {
    /// Links all rows of `codes`; there is one at least. `vectors` are theirs, for the builder that looks at those.
    pub fn build(codes: Codes, vectors: impl FnOnce() -> Matrix, options: &IndexOptions) -> Self {
        let links = match options.builder {
            Builder::Own => build::build(&codes, options),
            Builder::HnswRs => reference::build(&vectors(), options),
        };
        Self::of(codes, links)
    }

    pub fn of(codes: Codes, links: Links<u32>) -> Self {
        let entry = links.highest().unwrap_or(0);
        Self { codes, links, entry, scratch: Mutex::default() }
    }

    /// Rows near `query`, by bytes, best first, at most `ef` of them. Cost: some microseconds for each ten of `ef`.
    pub fn search(&self, query: &[f32], ef: usize) -> Vec<usize> {
        let Self { codes, links, .. } = self;
        let query = Code::of(query);
        let mut scratch = self.scratch.lock().pop().unwrap_or_default();
        let upper = (1..=links.layers()[self.entry as usize]).rev();
        let entry = descend(links, codes, &query, self.entry, upper, &mut scratch);
        let found = nearest(links, codes, &query, entry, 0, ef, &mut scratch);
        let rows = found.iter().map(|met| met.row as usize).collect();
        self.scratch.lock().push(scratch);
        rows
    }

    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    pub fn links(&self) -> &Links<u32> {
        &self.links
    }

    pub fn rows(&self) -> usize {
        self.codes.rows()
    }

    /// Memory of bytes and links.
    pub fn bytes(&self) -> usize {
        let links = self.links.lowest().len() + self.links.upper().len() + self.rows();
        self.codes.values().len() + size_of::<f32>() * (links + self.rows()) + self.rows()
    }
}
