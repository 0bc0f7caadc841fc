//! Who is linked to whom, in flat arrays.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::index::memory::Array;

/// In place of a link that is not there.
pub const NONE: u32 = u32::MAX;
/// Layers above the lowest that a row may have.
pub const MOST_LAYERS: u8 = 15;

/// A place for a link: plain in a graph that is complete, atomic while it grows.
pub trait Place: Sized {
    type Array: Deref<Target = [Self]>;

    fn get(&self) -> u32;
}

impl Place for u32 {
    type Array = Array<u32>;

    fn get(&self) -> u32 {
        *self
    }
}

impl Place for AtomicU32 {
    type Array = Vec<AtomicU32>;

    fn get(&self) -> u32 {
        self.load(Ordering::Relaxed)
    }
}

/// The links of rows on their layers. A row's links end at the first [`NONE`].
pub struct Links<P: Place> {
    /// Links on an upper layer; twice as many on the lowest.
    width: usize,
    /// The highest layer of each row.
    layers: Vec<u8>,
    /// Where each row's links on its upper layers begin, from layer 1 on.
    upper_starts: Vec<u32>,
    lowest: P::Array,
    upper: P::Array,
}

impl<P: Place> Links<P> {
    pub fn width(&self) -> usize {
        self.width
    }

    pub fn rows(&self) -> usize {
        self.layers.len()
    }

    pub fn layers(&self) -> &[u8] {
        &self.layers
    }

    pub fn lowest(&self) -> &[P] {
        &self.lowest
    }

    pub fn upper(&self) -> &[P] {
        &self.upper
    }

    /// The first of the rows that reach highest: where walks begin.
    pub fn highest(&self) -> Option<u32> {
        let highest = self.layers.iter().max()?;
        self.layers.iter().position(|layer| layer == highest).map(|row| row as u32)
    }

    /// All places of a row on one of its layers.
    pub fn places(&self, row: u32, layer: u8) -> &[P] {
        let row = row as usize;
        match layer {
            0 => &self.lowest[row * 2 * self.width..][..2 * self.width],
            _ => &self.upper[(self.upper_starts[row] as usize + usize::from(layer) - 1) * self.width..][..self.width],
        }
    }

    pub fn neighbors(&self, row: u32, layer: u8) -> impl Iterator<Item = u32> {
        self.places(row, layer).iter().map(Place::get).take_while(|neighbor| *neighbor != NONE)
    }
}

impl Links<AtomicU32> {
    /// Rows without links.
    pub fn none(width: usize, layers: Vec<u8>) -> Self {
        let (upper_starts, upper) = starts(&layers);
        let places = |count: usize| (0..count).map(|_| AtomicU32::new(NONE)).collect();
        Self { width, upper_starts, lowest: places(layers.len() * 2 * width), upper: places(upper * width), layers }
    }

    /// Puts links in place of those that are there.
    pub fn set(&self, row: u32, layer: u8, neighbors: impl IntoIterator<Item = u32>) {
        let mut neighbors = neighbors.into_iter();
        for place in self.places(row, layer) {
            place.store(neighbors.next().unwrap_or(NONE), Ordering::Relaxed);
        }
    }

    pub fn frozen(self) -> Links<u32> {
        let plain = |places: Vec<AtomicU32>| places.into_iter().map(AtomicU32::into_inner).collect();
        let Self { width, layers, upper_starts, lowest, upper } = self;
        Links { width, layers, upper_starts, lowest: plain(lowest), upper: plain(upper) }
    }
}

impl Links<u32> {
    /// `None` where the parts don't fit each other or a link leads nowhere.
    pub fn from_parts(width: usize, layers: Vec<u8>, lowest: Array<u32>, upper: Array<u32>) -> Option<Self> {
        let (upper_starts, blocks) = starts(&layers);
        let fits = lowest.len() == layers.len() * 2 * width
            && upper.len() == blocks * width
            && layers.iter().all(|layer| *layer <= MOST_LAYERS);
        let rows = layers.len() as u32;
        if !fits || !lowest.iter().chain(upper.iter()).all(|link| *link < rows || *link == NONE) {
            return None;
        }
        let links = Self { width, layers, upper_starts, lowest, upper };
        // A walk on an upper layer asks a neighbor for its links there.
        let stays = |row: u32, layer: u8| links.neighbors(row, layer).all(|other| links.layers[other as usize] >= layer);
        let all = (0..rows).all(|row| (1..=links.layers[row as usize]).all(|layer| stays(row, layer)));
        all.then_some(links)
    }
}

/// Where the upper layers of each row begin, and how many there are in all.
fn starts(layers: &[u8]) -> (Vec<u32>, usize) {
    let mut next = 0;
    let starts = layers.iter().map(|layer| {
        let start = next;
        next += u32::from(*layer);
        start
    });
    let starts = starts.collect();
    (starts, next as usize)
}
