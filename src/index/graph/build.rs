//! Building a graph: the algorithm of Malkov and Yashunin (2018), on flat arrays, with cosines of bytes.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};

use super::links::{Links, MOST_LAYERS, NONE, Place};
use super::walk::{Scratch, descend, nearest};
use crate::index::IndexOptions;
use crate::index::codes::Codes;

/// Rows that a thread takes at once.
const TURN: usize = 64;
/// Rounds in which rows that no walk could reach are linked in.
const REPAIRS: usize = 4;

/// Links on an upper layer.
pub fn width(options: &IndexOptions) -> usize {
    options.max_links.clamp(4, 128)
}

/// Links all rows. Cost: some 100 µs a row and core at 100,000 rows of 384 dimensions.
pub fn build(codes: &Codes, options: &IndexOptions) -> Links<u32> {
    let width = width(options);
    let layers: Vec<u8> = (0..codes.rows()).map(|row| layer_of(row as u64, width)).collect();
    let builder = Builder {
        codes,
        locks: (0..codes.rows()).map(|_| Mutex::new(())).collect(),
        links: Links::none(width, layers),
        entry: RwLock::new(0),
        ef: options.ef_construction.clamp(width, 4_096),
    };
    let next = AtomicUsize::new(1);
    let work = || {
        let mut scratch = Scratch::default();
        loop {
            let start = next.fetch_add(TURN, Ordering::Relaxed);
            if start >= codes.rows() {
                return;
            }
            (start..(start + TURN).min(codes.rows())).for_each(|row| builder.insert(row as u32, &mut scratch));
        }
    };
    std::thread::scope(|scope| {
        for number in 1..options.build_threads.max(1) {
            let named = std::thread::Builder::new().name(format!("index-build-{number}"));
            if let Err(error) = named.spawn_scoped(scope, work) {
                tracing::warn!(%error, "no more threads to build the graph with");
            }
        }
        work();
    });
    builder.repair();
    builder.links.frozen()
}

/// The highest layer of a row: geometrically fewer have a higher one. By a digest of its number, so that two builds agree.
fn layer_of(row: u64, width: usize) -> u8 {
    // SplitMix64 (Steele, Lea and Flood 2014).
    let mut mixed = row.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let uniform = ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64;
    let layer = -uniform.max(f64::MIN_POSITIVE).ln() / (width as f64).ln();
    (layer as u8).min(MOST_LAYERS)
}

struct Builder<'a> {
    codes: &'a Codes,
    /// Rows may be read at any time; who changes the links of one holds its lock.
    locks: Vec<Mutex<()>>,
    links: Links<AtomicU32>,
    /// Where walks begin: a row that reaches highest of those that are linked.
    entry: RwLock<u32>,
    ef: usize,
}

impl Builder<'_> {
    fn top(&self, row: u32) -> u8 {
        self.links.layers()[row as usize]
    }

    fn insert(&self, row: u32, scratch: &mut Scratch) {
        let Self { codes, links, .. } = self;
        let code = codes.code(row);
        let entry = *self.entry.read();
        let (own, top) = (self.top(row), self.top(entry));
        let mut from = descend(links, codes, &code, entry, (own.min(top) + 1..=top).rev(), scratch);
        let mut chosen: Vec<(u8, Vec<u32>)> = Vec::with_capacity(usize::from(own) + 1);
        for layer in (0..=own.min(top)).rev() {
            let met = nearest(links, codes, &code, from, layer, self.ef, scratch);
            from = met.first().map_or(from, |met| met.row);
            let near: Vec<(u32, f32)> = met.iter().filter(|met| met.row != row).map(|met| (met.row, met.similarity)).collect();
            // On the lowest layer more, with room left for those that lead back. (As few as above, as hnswlib takes: beside twice as
            // many, at equal recall the same speed up to .98, an eighth slower at .99.)
            let most = if layer == 0 { links.width() * 3 / 2 } else { links.width() };
            chosen.push((layer, self.choose(&near, most)));
        }
        // Its own links stand on all layers before anybody can come by.
        for (layer, neighbors) in &chosen {
            links.set(row, *layer, neighbors.iter().copied());
        }
        for (layer, neighbors) in &chosen {
            neighbors.iter().for_each(|neighbor| self.link(*neighbor, row, *layer));
        }
        if own > top {
            let mut entry = self.entry.write();
            if own > self.top(*entry) {
                *entry = row;
            }
        }
    }

    /// Of rows that are near, best first, those that are not nearer to one that was chosen: they lead in different directions.
    fn choose(&self, near: &[(u32, f32)], most: usize) -> Vec<u32> {
        let mut chosen: Vec<u32> = Vec::with_capacity(most);
        for &(row, similarity) in near {
            if chosen.len() == most {
                break;
            }
            if chosen.iter().all(|other| self.codes.between(row, *other) <= similarity) {
                chosen.push(row);
            }
        }
        chosen
    }

    /// Adds a link; where there is no room, those are kept that lead in different directions.
    fn link(&self, from: u32, to: u32, layer: u8) {
        let _changes = self.locks[from as usize].lock();
        let places = self.links.places(from, layer);
        for place in places {
            match place.get() {
                NONE => return place.store(to, Ordering::Relaxed),
                known if known == to => return,
                _ => {}
            }
        }
        let rows = places.iter().map(Place::get).chain([to]);
        let mut near: Vec<(u32, f32)> = rows.map(|row| (row, self.codes.between(from, row))).collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.links.set(from, layer, self.choose(&near, places.len()));
    }

    /// Links rows in that no walk on the lowest layer from the entry could reach, and those from which none leads back: some hundred
    /// equal texts link to each other alone.
    fn repair(&self) {
        let mut scratch = Scratch::default();
        for _ in 0..REPAIRS {
            let forth = self.join(&|row, each| self.links.neighbors(row, 0).for_each(each), &mut scratch);
            let reverse = Reverse::of(&self.links);
            let back = self.join(&|row, each| reverse.sources(row).iter().copied().for_each(each), &mut scratch);
            if forth + back == 0 {
                return;
            }
            tracing::debug!(forth, back, "what could not be reached was linked in");
        }
    }

    /// Links in what `next` does not lead to from the entry; tells how often it had to.
    fn join(&self, next: &Steps<'_>, scratch: &mut Scratch) -> usize {
        let mut reached = Reached(vec![false; self.links.rows()]);
        reached.spread(*self.entry.read(), next);
        let mut joined = 0;
        for row in 0..self.links.rows() as u32 {
            if !reached.has(row) {
                self.link_in(row, &reached, scratch);
                reached.spread(row, next);
                joined += 1;
            }
        }
        joined
    }

    /// Links a row and what is near it and can be reached to each other, where there is no room in place of another link.
    fn link_in(&self, row: u32, reached: &Reached, scratch: &mut Scratch) {
        let code = self.codes.code(row);
        let entry = *self.entry.read();
        let from = descend(&self.links, self.codes, &code, entry, (1..=self.top(entry)).rev(), scratch);
        let near = nearest(&self.links, self.codes, &code, from, 0, self.ef, scratch);
        let mut hosts = near.iter().map(|met| met.row).filter(|host| reached.has(*host));
        let nearest = hosts.next().unwrap_or(entry);
        let has_room = |host: &u32| self.links.places(*host, 0).iter().any(|place| place.get() == NONE);
        let host = std::iter::once(nearest).chain(hosts).find(has_room).unwrap_or(nearest);
        for (one, other) in [(host, row), (row, host)] {
            let places = self.links.places(one, 0);
            if let Some(place) = places.iter().find(|place| place.get() == NONE).or(places.last()) {
                place.store(other, Ordering::Relaxed);
            }
        }
    }
}

/// Tells each row that lies a step behind one.
type Steps<'a> = dyn Fn(u32, &mut dyn FnMut(u32)) + 'a;

/// Rows that steps lead to.
struct Reached(Vec<bool>);

impl Reached {
    fn has(&self, row: u32) -> bool {
        self.0[row as usize]
    }

    /// Also what steps from `row` lead to.
    fn spread(&mut self, row: u32, next: &Steps<'_>) {
        let mut waiting = vec![row];
        self.0[row as usize] = true;
        while let Some(row) = waiting.pop() {
            next(row, &mut |neighbor| {
                if !std::mem::replace(&mut self.0[neighbor as usize], true) {
                    waiting.push(neighbor);
                }
            });
        }
    }
}

/// The links of the lowest layer by where they lead to.
struct Reverse {
    /// Where the sources of each row begin; one more for the end.
    starts: Vec<u32>,
    sources: Vec<u32>,
}

impl Reverse {
    fn of(links: &Links<AtomicU32>) -> Self {
        let rows = links.rows() as u32;
        let mut starts = vec![0; rows as usize + 1];
        (0..rows).flat_map(|row| links.neighbors(row, 0)).for_each(|neighbor| starts[neighbor as usize + 1] += 1);
        for row in 0..rows as usize {
            starts[row + 1] += starts[row];
        }
        let mut free = starts.clone();
        let mut sources = vec![0; starts[rows as usize] as usize];
        for row in 0..rows {
            for neighbor in links.neighbors(row, 0) {
                let place = &mut free[neighbor as usize];
                sources[*place as usize] = row;
                *place += 1;
            }
        }
        Self { starts, sources }
    }

    fn sources(&self, row: u32) -> &[u32] {
        &self.sources[self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize]
    }
}
