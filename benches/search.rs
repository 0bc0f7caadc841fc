//! Searching the index: `cargo bench --bench search`. Seeded; `likewise bench search` measures stored questions.

use std::sync::atomic::{AtomicUsize, Ordering};

use divan::Bencher;
use likewise::embedding::{Embedding, Similarity};
use likewise::index::{BLOCK, IndexOptions, Join, Matrix, Pairs, SearchMode, VectorIndex};
use likewise::question::PointId;
use roaring::RoaringBitmap;

const DIMENSION: usize = 384;
const POINTS: u32 = 20_000;

fn main() {
    divan::main();
}

/// A small generator of our own, so that every run sees the same vectors (Marsaglia 2003, xorshift).
struct Random(u64);

impl Random {
    fn number(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    }

    fn direction(&mut self) -> Vec<f32> {
        (0..DIMENSION).map(|_| self.number() + self.number() + self.number()).collect()
    }
}

/// Vectors around a few hundred directions, as sentence embeddings lie.
fn vectors(count: u32) -> Vec<Embedding> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let centers: Vec<Vec<f32>> = (0..300).map(|_| random.direction()).collect();
    let mut made = Vec::new();
    for number in 0..count as usize {
        let center = &centers[number % centers.len()];
        let noise = random.direction();
        let mixed: Vec<f32> = center.iter().zip(&noise).map(|(c, n)| c + 0.6 * n).collect();
        made.extend(Embedding::normalize(&mixed));
    }
    made
}

fn index() -> (VectorIndex, RoaringBitmap, Vec<Embedding>) {
    let all = vectors(POINTS + 100);
    let (queries, corpus) = all.split_at(100);
    let mut matrix = Matrix::with_capacity(DIMENSION, corpus.len());
    corpus.iter().for_each(|embedding| matrix.push(embedding.as_slice()));
    let points = (0..corpus.len() as u32).map(PointId).collect();
    let index = VectorIndex::new(IndexOptions::default(), points, matrix);
    let live: RoaringBitmap = (0..corpus.len() as u32).collect();
    while let Some(upkeep) = index.due_upkeep(&live) {
        index.maintain(upkeep, &live).expect("nothing is written");
    }
    (index, live, queries.to_vec())
}

fn search(bencher: Bencher, part: u32, mode: SearchMode) {
    let (index, live, queries) = index();
    let allowed: RoaringBitmap = live.iter().filter(|point| point % part == 0).collect();
    let mut next = 0;
    bencher.bench_local(|| {
        next = (next + 1) % queries.len();
        index.search(&queries[next], 20, &allowed, mode)
    });
}

#[divan::bench]
fn graph(bencher: Bencher) {
    search(bencher, 1, SearchMode::Approximate);
}

#[divan::bench]
fn exact(bencher: Bencher) {
    search(bencher, 1, SearchMode::Exact);
}

#[divan::bench(args = [2, 10, 100])]
fn one_in(bencher: Bencher, part: u32) {
    search(bencher, part, SearchMode::Approximate);
}

/// All neighbors of 20,000 questions at once; compare with `approximate` times as many.
#[divan::bench(sample_count = 5)]
fn every_question_with_every_other(bencher: Bencher) {
    let (index, live, _) = index();
    let snapshot = index.snapshot(&live);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let columns: Vec<u32> = (0..snapshot.len() as u32).collect();
    bencher.bench_local(|| {
        let join = Join::new(&snapshot, columns.len(), threads);
        let alike = Alike(AtomicUsize::new(0));
        for block in columns.chunks(BLOCK) {
            join.block(block, 0..block[block.len() - 1] as usize + 1, &alike);
        }
        alike.0.into_inner()
    });
}

/// Counts the pairs that are alike.
struct Alike(AtomicUsize);

impl Pairs for Alike {
    fn floor(&self, _: usize) -> f32 {
        0.85
    }

    fn offer(&self, _: usize, _: usize, _: Similarity) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
