//! The index against exact search.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};

use super::*;

const DIMENSION: usize = 32;

/// Degrees of freedom of a vector around its center. Questions embedded by all-MiniLM-L6-v2 have a local intrinsic dimension
/// of about 9; these are harder to search.
const LATENT: usize = 16;

/// Random vectors as sentence embeddings lie: in `centers` clusters on a curved surface of few dimensions, some of them equal.
fn clustered(rng: &mut TestRng, count: usize, dimension: usize, centers: usize) -> Vec<Embedding> {
    let direction = |rng: &mut TestRng, length: usize| -> Vec<f32> { (0..length).map(|_| gaussian(rng)).collect() };
    let centers: Vec<Vec<f32>> = (0..centers).map(|_| direction(rng, LATENT)).collect();
    let surface: Vec<Vec<f32>> = (0..dimension).map(|_| direction(rng, LATENT)).collect();
    let mut made: Vec<Embedding> = Vec::with_capacity(count);
    while made.len() < count {
        if made.len() > 10 && rng.random_ratio(1, 50) {
            made.push(made[rng.random_range(0..made.len())].clone());
            continue;
        }
        let center = &centers[rng.random_range(0..centers.len())];
        let latent: Vec<f32> = center.iter().zip(direction(rng, LATENT)).map(|(c, noise)| c + 0.5 * noise).collect();
        let bend = |row: &Vec<f32>| (0.3 * row.iter().zip(&latent).map(|(a, b)| a * b).sum::<f32>()).tanh();
        made.extend(Embedding::normalize(&surface.iter().map(bend).collect::<Vec<_>>()));
    }
    made
}

/// The sum of four uniform numbers is near enough to normal.
fn gaussian(rng: &mut TestRng) -> f32 {
    (0..4).map(|_| rng.random_range(-1.0f32..1.0)).sum()
}

fn matrix(embeddings: &[Embedding], dimension: usize) -> Matrix {
    let mut matrix = Matrix::with_capacity(dimension, embeddings.len());
    embeddings.iter().for_each(|embedding| matrix.push(embedding.as_slice()));
    matrix
}

fn index_of(embeddings: &[Embedding], dimension: usize) -> VectorIndex {
    let points = (0..embeddings.len() as u32).map(PointId).collect();
    VectorIndex::new(IndexOptions::default(), points, matrix(embeddings, dimension))
}

fn build(index: &VectorIndex, live: &RoaringBitmap) {
    while let Some(upkeep) = index.due_upkeep(live) {
        index.maintain(upkeep, live).expect("folds");
    }
}

fn all(count: usize) -> RoaringBitmap {
    (0..count as u32).collect()
}

fn recall(index: &VectorIndex, queries: &[Embedding], k: usize, allowed: &RoaringBitmap) -> f64 {
    let mut hits = 0;
    let mut wanted = 0;
    for query in queries {
        let exact = index.search(query, k, allowed, SearchMode::Exact);
        let found = index.search(query, k, allowed, SearchMode::Approximate);
        assert_eq!(found.len(), k.min(allowed.len() as usize), "never short");
        assert!(found.is_sorted(), "best first");
        // By similarity, not by point: which of several equal vectors is listed is not the graph's to know.
        let floor = exact.last().map_or(0.0, |worst| worst.similarity.value() - 1e-6);
        hits += found.iter().filter(|neighbor| neighbor.similarity.value() >= floor).count();
        wanted += exact.len();
    }
    hits as f64 / wanted as f64
}

#[test]
fn recall_at_20_of_50_000_clustered_vectors_is_at_least_0_99() {
    let mut rng = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let dimension = 384;
    let embeddings = clustered(&mut rng, 50_200, dimension, 600);
    let (queries, corpus) = embeddings.split_at(200);
    let index = index_of(corpus, dimension);
    let live = all(corpus.len());
    build(&index, &live);
    assert_eq!(index.stats().in_graphs, corpus.len());
    let everything = recall(&index, queries, 20, &live);
    assert!(everything >= 0.99, "recall@20 {everything}");
    for part in [2, 10, 100, 1_000] {
        let allowed: RoaringBitmap = (0..corpus.len() as u32).filter(|point| point % part == 1).collect();
        let filtered = recall(&index, queries, 20, &allowed);
        assert!(filtered >= 0.99, "recall@20 {filtered} with one in {part} allowed");
    }
}

#[test]
fn equal_vectors_neither_panic_nor_come_back_short() {
    let one = Embedding::normalize(&[0.3; DIMENSION]).expect("valid");
    let embeddings = vec![one.clone(); 9_000];
    let index = index_of(&embeddings, DIMENSION);
    build(&index, &all(9_000));
    let found = index.search(&one, 20, &all(9_000), SearchMode::Approximate);
    assert_eq!(found.len(), 20);
    assert!(found.iter().all(|neighbor| neighbor.similarity.value() > 0.9999));
    let exact = index.search(&one, 20, &all(9_000), SearchMode::Exact);
    assert_eq!(exact.iter().map(|n| n.point.0).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>(), "ties by older point");
}

#[test]
fn an_empty_index_finds_nothing() {
    let index = index_of(&[], DIMENSION);
    build(&index, &RoaringBitmap::new());
    let query = Embedding::normalize(&[1.0; DIMENSION]).expect("valid");
    assert_eq!(index.search(&query, 20, &all(5), SearchMode::Approximate), []);
}

fn files(folder: &tempfile::TempDir, dimension: usize) -> SegmentFiles {
    SegmentFiles { folder: folder.path().to_owned(), model: "m".into(), dimension }
}

/// An index whose graphs are kept.
fn kept_index(embeddings: &[Embedding], files: &SegmentFiles) -> VectorIndex {
    let points = (0..embeddings.len() as u32).map(PointId).collect();
    let segment = Segment::new(points, matrix(embeddings, DIMENSION));
    VectorIndex::restored(IndexOptions::default(), DIMENSION, vec![segment], Some(files.clone()))
}

#[test]
fn a_graph_that_was_kept_is_there_after_a_restart_whatever_was_deleted_and_added_since() {
    let mut rng = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let embeddings = clustered(&mut rng, 9_700, DIMENSION, 60);
    let (queries, corpus) = embeddings.split_at(100);
    let folder = tempfile::tempdir().expect("a folder");
    let files = files(&folder, DIMENSION);
    let before = kept_index(&corpus[..9_000], &files);
    build(&before, &all(9_000));
    let live: RoaringBitmap = (0..9_600).filter(|point| point % 10 != 3).collect();
    let newer: Vec<Embedding> = live.range(9_000..).map(|point| corpus[point as usize].clone()).collect();
    let restart = || {
        let mut segments = files.read(&live);
        let newer = Segment::new(live.range(9_000..).map(PointId).collect(), matrix(&newer, DIMENSION));
        segments.push(newer);
        VectorIndex::restored(IndexOptions::default(), DIMENSION, segments, Some(files.clone()))
    };
    let after = restart();
    assert_eq!((after.stats().in_graphs, after.stats().segments), (9_000, 2), "no graph is built");
    let recall = recall(&after, queries, 20, &live);
    assert!(recall >= 0.99, "recall@20 {recall}");
    // More than a quarter dead: a new one is due, and the old file goes.
    let few: RoaringBitmap = live.iter().filter(|point| point % 10 < 7).collect();
    assert!(files.read(&few).is_empty());
    let rest: RoaringBitmap = live.iter().filter(|point| point % 20 != 1).collect();
    while let Some(upkeep) = after.due_upkeep(&few) {
        after.maintain(upkeep, &few).expect("folds");
    }
    assert!(files.read(&rest).is_empty() && std::fs::read_dir(folder.path()).expect("reads").count() <= 1);
    assert!(SegmentFiles { model: "other".into(), ..files.clone() }.read(&few).is_empty());
}

#[test]
fn a_graph_of_no_use_makes_room_for_the_new_one_of_the_same_points() {
    let mut rng = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let embeddings = clustered(&mut rng, 9_000, DIMENSION, 30);
    let folder = tempfile::tempdir().expect("a folder");
    let files = files(&folder, DIMENSION);
    build(&kept_index(&embeddings, &files), &all(9_000));
    let path = std::fs::read_dir(folder.path()).expect("reads").next().expect("a file").expect("an entry").path();
    std::fs::write(&path, b"damaged").expect("writes");
    for files in [files.clone(), SegmentFiles { model: "other".into(), ..files }] {
        assert!(files.read(&all(9_000)).is_empty());
        build(&kept_index(&embeddings, &files), &all(9_000));
        assert_eq!(files.read(&all(9_000)).len(), 1);
    }
}

#[test]
fn a_damaged_graph_is_thrown_away_whichever_byte_it_is() {
    let mut rng = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let embeddings = clustered(&mut rng, 60, 8, 5);
    let folder = tempfile::tempdir().expect("a folder");
    let files = files(&folder, 8);
    let points: Vec<PointId> = (0..60).map(PointId).collect();
    let options = IndexOptions { max_links: 4, ..IndexOptions::default() };
    let rows = embeddings.iter().map(Embedding::as_slice);
    let link = |codes| graph::Graph::build(codes, || matrix(&embeddings, 8), &options);
    files.write(points, rows, graph::width(&options), link).expect("writes");
    assert_eq!(files.read(&all(60)).len(), 1);
    let path = std::fs::read_dir(folder.path()).expect("reads").next().expect("a file").expect("an entry").path();
    let whole = std::fs::read(&path).expect("reads");
    for position in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[position] ^= 1 << (position % 8);
        std::fs::write(&path, bytes).expect("writes");
        assert!(files.read(&all(60)).is_empty(), "byte {position}");
    }
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).expect("writes");
        assert!(files.read(&all(60)).is_empty(), "{length} bytes");
    }
    std::fs::write(&path, [&whole[..], b"x"].concat()).expect("writes");
    assert!(files.read(&all(60)).is_empty(), "a byte more");
}

#[test]
fn every_row_of_a_graph_can_be_reached_whoever_built_it() {
    let mut rng = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    for count in [1, 2, 30, 700] {
        for copies in [1, 50] {
            let some = clustered(&mut rng, count, DIMENSION, 7);
            let embeddings: Vec<Embedding> = some.iter().flat_map(|one| std::iter::repeat_n(one.clone(), copies)).collect();
            let rows = embeddings.len().min(3_000);
            let vectors = matrix(&embeddings[..rows], DIMENSION);
            let options = IndexOptions { max_links: 8, ..IndexOptions::default() };
            let graph = graph::Graph::build(codes::Codes::of(&vectors), || unreachable!(), &options);
            let mut found = graph.search(some[0].as_slice(), rows);
            found.sort_unstable();
            assert_eq!(found, (0..rows).collect::<Vec<_>>(), "{count} times {copies}");
        }
    }
    let embeddings = clustered(&mut rng, 3_000, DIMENSION, 20);
    let found_by = |builder: Builder| {
        let (vectors, options) = (matrix(&embeddings, DIMENSION), IndexOptions { builder, ..IndexOptions::default() });
        let graph = graph::Graph::build(codes::Codes::of(&vectors), || vectors, &options);
        let itself = |row: &usize| graph.search(embeddings[*row].as_slice(), 64).into_iter().take(8).any(|found| found == *row);
        (0..3_000).step_by(7).filter(itself).count()
    };
    let (own, theirs) = (found_by(Builder::Own), found_by(Builder::HnswRs));
    assert!(own >= 420 && theirs >= 400, "of 429 rows {own} and {theirs} find themselves among their nearest");
}

#[derive(Debug, Clone)]
enum Operation {
    Insert(usize),
    Delete(usize),
    Maintain,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let operation = prop_oneof![
        3 => (1usize..700).prop_map(Operation::Insert),
        2 => (0usize..10_000).prop_map(Operation::Delete),
        1 => Just(Operation::Maintain),
    ];
    prop::collection::vec(operation, 1..40)
}

/// Whatever was inserted, deleted and folded: an exact search equals a sort of what is live, and every live point is there.
#[test]
fn random_changes_leave_the_index_equal_to_a_sorted_list() {
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    let result = runner.run(&(operations(), any::<u64>()), |(operations, seed)| {
        let mut rng = TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &[seed as u8; 32]);
        let index = index_of(&[], DIMENSION);
        let mut oracle: Vec<(PointId, Embedding)> = Vec::new();
        let mut live = RoaringBitmap::new();
        let mut next = 0;
        for operation in operations {
            match operation {
                Operation::Insert(count) => {
                    let made = clustered(&mut rng, count, DIMENSION, 5);
                    let points: Vec<_> = made.into_iter().zip(next..).map(|(e, p)| (PointId(p), e)).collect();
                    next += count as u32;
                    index.insert(&points);
                    live.extend(points.iter().map(|(point, _)| point.0));
                    oracle.extend(points);
                }
                Operation::Delete(which) if !oracle.is_empty() => {
                    let (point, _) = oracle.remove(which % oracle.len());
                    live.remove(point.0);
                }
                Operation::Delete(_) => {}
                Operation::Maintain => {
                    if let Some(upkeep) = index.due_upkeep(&live) {
                        index.maintain(upkeep, &live).expect("folds");
                    }
                }
            }
        }
        build(&index, &live);
        let query = clustered(&mut rng, 1, DIMENSION, 5).remove(0);
        let found = index.search(&query, 10, &live, SearchMode::Exact);
        let mut expected: Vec<f32> = oracle.iter().map(|(_, e)| e.similarity(&query).value()).collect();
        expected.sort_by(|a, b| b.total_cmp(a));
        prop_assert_eq!(found.len(), oracle.len().min(10));
        for (neighbor, expected) in found.iter().zip(&expected) {
            prop_assert!((neighbor.similarity.value() - expected).abs() < 1e-5);
        }
        for (point, embedding) in oracle.iter().step_by(97) {
            let stored = index.embedding(*point);
            prop_assert!(stored.is_some_and(|stored| stored.similarity(embedding).value() > 0.9999));
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Collects what is offered.
struct Collected {
    floors: Vec<f32>,
    pairs: Mutex<Vec<(usize, usize, Similarity)>>,
}

impl Pairs for Collected {
    fn floor(&self, position: usize) -> f32 {
        self.floors[position]
    }

    fn offer(&self, a: usize, b: usize, similarity: Similarity) {
        self.pairs.lock().push((a.min(b), a.max(b), similarity));
    }
}

#[test]
fn a_join_offers_every_pair_above_a_floor_once_whatever_the_form_of_its_products() {
    let mut rng = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    for dimension in [24, 64, 100] {
        let embeddings = clustered(&mut rng, 2_600, dimension, 40);
        let index = index_of(&embeddings[..2_500], dimension);
        let fresh: Vec<(PointId, Embedding)> = (2_500..2_600).map(|n| (PointId(n as u32), embeddings[n].clone())).collect();
        index.insert(&fresh);
        let live: RoaringBitmap = (0..2_600).filter(|n| n % 7 != 3).collect();
        let snapshot = index.snapshot(&live);
        let floors: Vec<f32> = (0..snapshot.len()).map(|position| 0.7 + 0.2 * (position % 5) as f32 / 5.0).collect();
        let columns: Vec<u32> = (0..snapshot.len() as u32).filter(|n| n % 3 == 0 && *n < 2_048).collect();
        let rows = 100..snapshot.len() - 9;
        let mut expected = Vec::new();
        for a in rows.clone() {
            for &b in &columns {
                let b = b as usize;
                let twice = columns.binary_search(&(a as u32)).is_ok() && a > b;
                let of = |n: usize| snapshot.vector(n);
                let similarity = Similarity::new(crate::matmul::dot(pulp::Arch::new(), of(a), of(b)));
                if a != b && !twice && similarity.value() >= floors[a].min(floors[b]) {
                    expected.push((a.min(b), a.max(b), similarity));
                }
            }
        }
        expected.sort_unstable();
        assert!(expected.len() > 1_000, "{} pairs prove little", expected.len());
        for join in Join::in_every_form(&snapshot) {
            let collected = Collected { floors: floors.clone(), pairs: Mutex::default() };
            join.block(&columns, rows.clone(), &collected);
            let mut found = collected.pairs.into_inner();
            found.sort_unstable();
            assert_eq!(found, expected);
        }
    }
}
