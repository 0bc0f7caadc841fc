//! Walking along links to what is near.

use super::links::{Links, Place};
use crate::index::codes::{Code, Codes};
use crate::matmul::prefetch;

/// A row that was met, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Met {
    pub similarity: f32,
    pub row: u32,
    /// Whether its neighbors were looked at.
    expanded: bool,
}

/// What a walk needs beside the graph; used again and again.
#[derive(Default)]
pub struct Scratch {
    /// The walk in which each row was met last.
    met: Vec<u32>,
    walk: u32,
    /// The best so far, best first.
    best: Vec<Met>,
    /// Neighbors that were not met before.
    new: Vec<u32>,
}

impl Scratch {
    /// A new walk, which met nothing yet.
    fn begin(&mut self, rows: usize) {
        if self.met.len() < rows || self.walk == u32::MAX {
            self.met.clear();
            self.met.resize(rows, 0);
            self.walk = 0;
        }
        self.walk += 1;
        self.best.clear();
    }

    fn meet(&mut self, row: u32) -> bool {
        let last = &mut self.met[row as usize];
        let is_new = *last != self.walk;
        *last = self.walk;
        is_new
    }
}

/// The up to `ef` best rows that are met on one layer on the way from `entry` to `query`, best first. (Algorithm 2 of Malkov and
/// Yashunin 2018, with one sorted list in place of two heaps.)
pub fn nearest<'s, P: Place>(
    links: &Links<P>,
    codes: &Codes,
    query: &Code,
    entry: u32,
    layer: u8,
    ef: usize,
    scratch: &'s mut Scratch,
) -> &'s [Met] {
    scratch.begin(links.rows());
    scratch.meet(entry);
    let Scratch { best, .. } = scratch;
    codes.similarities(query, &[entry], |row, similarity| best.push(Met { similarity, row, expanded: false }));
    // All before it are expanded.
    let mut next = 0;
    while next < scratch.best.len() {
        if scratch.best[next].expanded {
            next += 1;
            continue;
        }
        scratch.best[next].expanded = true;
        let row = scratch.best[next].row;
        let mut new = std::mem::take(&mut scratch.new);
        new.clear();
        new.extend(links.neighbors(row, layer).filter(|neighbor| scratch.meet(*neighbor)));
        let best = &mut scratch.best;
        codes.similarities(query, &new, |row, similarity| {
            if best.len() >= ef && best.last().is_some_and(|worst| similarity <= worst.similarity) {
                return;
            }
            let place = best.partition_point(|met| met.similarity >= similarity);
            if best.len() >= ef {
                best.pop();
            }
            best.insert(place, Met { similarity, row, expanded: false });
            prefetch(links.places(row, layer));
            next = next.min(place);
        });
        scratch.new = new;
    }
    &scratch.best
}

/// Goes down from `from` to `to`, on each layer to the nearest row that single steps lead to; that is where the layer below is entered.
pub fn descend<P: Place>(
    links: &Links<P>,
    codes: &Codes,
    query: &Code,
    mut entry: u32,
    layers: impl Iterator<Item = u8>,
    scratch: &mut Scratch,
) -> u32 {
    for layer in layers {
        entry = nearest(links, codes, query, entry, layer, 1, scratch).first().map_or(entry, |met| met.row);
    }
    entry
}
