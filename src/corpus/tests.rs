//! The corpus under concurrent writing, upkeep and reading.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use super::*;
use crate::embedding::Fingerprint;
use crate::filter::Filter;
use crate::lexical::Terms;
use crate::question::{Question, QuestionText};
use crate::store::Put;

const DIMENSION: usize = 8;

fn open(folder: &TempDir) -> Corpus {
    let model = StoredModel { name: "test".into(), fingerprint: Fingerprint::from_text("f"), dimension: DIMENSION };
    Corpus::open(folder.path(), model, IndexOptions::default(), |_, _| ()).expect("opens")
}

fn id(n: usize) -> QuestionId {
    QuestionId::parse(&format!("{n:06}")).expect("id")
}

fn embedding(n: usize) -> Embedding {
    let value = |i: usize| ((n * 31 + i * i * 17) % 101) as f32 - 50.5;
    Embedding::normalize(&(0..DIMENSION).map(value).collect::<Vec<_>>()).expect("valid")
}

fn put(n: usize) -> Write {
    let question = Question {
        id: id(n),
        text: QuestionText::parse(&format!("question {n}"), None).expect("text"),
        language: Language::undetermined(),
        category: None,
        tags: Vec::new(),
        url: None,
        answer: None,
        author: None,
        created_at: Timestamp::from_second(n as i64).expect("time"),
        attributes: None,
    };
    Write::Put(Box::new(Put { question, created_at_given: true, embedding: Some(embedding(n)) }))
}

#[test]
fn no_acknowledged_point_is_lost_however_writes_and_upkeep_meet() {
    let folder = TempDir::new().expect("folder");
    let corpus = open(&folder);
    let done = AtomicBool::new(false);
    let total = 24_000;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                corpus.shared.upkeep_step().expect("folds");
            }
        });
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let corpus = &corpus;
                scope.spawn(move || {
                    for start in (writer * total / 2..(writer + 1) * total / 2).step_by(200) {
                        corpus.write((start..start + 200).map(put).collect()).expect("writes");
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().expect("writes"));
        done.store(true, Ordering::SeqCst);
    });
    corpus.finish_upkeep().expect("folds");
    assert_eq!(corpus.len(), total);
    for n in 0..total {
        let point = corpus.point(&id(n)).expect("catalogued");
        assert!(corpus.embedding(point).is_some(), "{n} is stored but not in the index");
    }
    let live = corpus.live();
    assert_eq!(corpus.nearest(&embedding(1), total, &live, SearchMode::Exact).len(), total);
}

#[test]
fn a_reopened_corpus_is_the_same() {
    let folder = TempDir::new().expect("folder");
    let corpus = open(&folder);
    corpus.write((0..300).map(put).collect()).expect("writes");
    corpus.write((0..100).map(|n| Write::Delete(id(n))).collect()).expect("writes");
    let ask = |corpus: &Corpus| corpus.nearest(&embedding(150), 20, &corpus.live(), SearchMode::Exact);
    let (before, seq) = (ask(&corpus), corpus.applied_seq());
    drop(corpus);
    let corpus = open(&folder);
    assert_eq!((ask(&corpus), corpus.applied_seq(), corpus.len()), (before, seq, 200));
}

#[test]
fn a_graph_is_there_again_after_a_restart() {
    let folder = TempDir::new().expect("folder");
    let corpus = open(&folder);
    let total = 9_000;
    corpus.write((0..total).map(put).collect()).expect("writes");
    corpus.finish_upkeep().expect("folds");
    assert_eq!(corpus.index_stats().in_graphs, total);
    corpus.write((0..900).map(|n| Write::Delete(id(n * 10))).collect()).expect("writes");
    corpus.write((total..total + 50).map(put).collect()).expect("writes");
    drop(corpus);
    let corpus = open(&folder);
    assert_eq!((corpus.index_stats().in_graphs, corpus.len()), (total, total - 850));
    let near = |corpus: &Corpus, mode: SearchMode| {
        let found = corpus.nearest(&embedding(4_321), 30, &corpus.live(), mode);
        found.iter().map(|neighbor| neighbor.similarity).collect::<Vec<_>>()
    };
    let found = near(&corpus, SearchMode::Approximate);
    assert_eq!(found, near(&corpus, SearchMode::Exact));
    // A cache only: without it all is the same.
    drop(corpus);
    for entry in std::fs::read_dir(folder.path()).expect("reads").flatten() {
        if entry.file_name().to_string_lossy().starts_with("segment-") {
            std::fs::remove_file(entry.path()).expect("removes");
        }
    }
    let corpus = open(&folder);
    assert_eq!((corpus.index_stats().in_graphs, corpus.len()), (0, total - 850));
    assert_eq!(near(&corpus, SearchMode::Approximate), found);
}

#[test]
fn where_a_segment_cant_be_written_all_goes_on_and_is_told_until_it_can() {
    let folder = TempDir::new().expect("folder");
    let corpus = open(&folder);
    let total = 9_000;
    corpus.write((0..total).map(put).collect()).expect("writes");
    // As a full disk would: nothing can be made under that name.
    let obstacle = folder.path().join("segment-1-9000-9000.part");
    std::fs::create_dir(&obstacle).expect("a folder");
    let nearest = || corpus.nearest(&embedding(150), 20, &corpus.live(), SearchMode::Approximate);
    let before = nearest();
    assert!(corpus.finish_upkeep().is_err());
    assert_eq!((nearest(), corpus.index_stats().in_graphs), (before, 0));
    corpus.write(vec![put(total)]).expect("writes go on");
    assert!(corpus.finish_upkeep().is_err());
    corpus.start_upkeep().expect("starts");
    wait_until(|| corpus.alert().is_some_and(|alert| alert.contains("folded")));
    std::fs::remove_dir(&obstacle).expect("removes");
    corpus.finish_upkeep().expect("folds");
    assert_eq!(corpus.index_stats().in_graphs, total);
}

fn wait_until(is_so: impl Fn() -> bool) {
    let patience = std::time::Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(std::time::Instant::now() < patience, "it takes too long");
        std::thread::yield_now();
    }
}

#[test]
fn some_searches_are_answered_exactly_as_well_and_compared() {
    let folder = TempDir::new().expect("folder");
    let corpus = open(&folder);
    corpus.write((0..9_000).map(put).collect()).expect("writes");
    corpus.finish_upkeep().expect("folds");
    assert_eq!(corpus.audited(), None);
    corpus.start_audit(10).expect("starts");
    let live = corpus.live();
    for n in 0..30 {
        corpus.nearest(&embedding(n), 30, &live, SearchMode::Approximate);
        corpus.nearest(&embedding(n), 30, &live, SearchMode::Exact);
        let taken = n as u64 / 10 + 1;
        wait_until(|| corpus.audited().is_some_and(|audited| audited.queries == taken));
    }
    let audited = corpus.audited().expect("it runs");
    assert_eq!((audited.queries, audited.wanted), (3, 60));
    assert!(audited.recall().is_some_and(|recall| recall > 0.9), "{audited:?}");
}

/// All that the catalog and the words say.
fn told(corpus: &Corpus) -> Vec<String> {
    let live = corpus.live();
    let text = QuestionText::parse("question 77 of 250", None).expect("text");
    let filter = Filter { categories: vec!["c1".into()], tags: vec!["t2".into()], ..Filter::default() };
    let lexical = corpus.lexical();
    let query = lexical.weigh(&Terms::of(&text));
    let words = lexical.nearest(&query, 40, &live, usize::MAX);
    drop(lexical);
    let mut told = vec![format!("{:?} {:?} {words:?}", corpus.applied_seq(), corpus.category_counts())];
    told.push(format!("{:?} {:?}", corpus.language_counts(), corpus.allowed(&filter)));
    let latest = corpus.latest(&live, 10_000);
    told.push(format!("{latest:?} {:?} {:?}", corpus.ids(&latest), corpus.noted(&latest)));
    told
}

#[test]
fn kept_words_and_what_came_since_make_the_same_corpus_as_all_texts() {
    let folder = TempDir::new().expect("folder");
    let with = |n: usize, version: usize| match put(n) {
        Write::Put(mut put) => {
            put.question.category = (!n.is_multiple_of(3)).then(|| format!("c{}", (n + version) % 3));
            put.question.tags = (0..n % 4).map(|tag| format!("t{tag}")).collect();
            Write::Put(put)
        }
        other => other,
    };
    let corpus = open(&folder);
    corpus.write((0..3_000).map(|n| with(n, 0)).collect()).expect("writes");
    corpus.close();
    let kept = folder.path().join("words.bin");
    assert!(kept.exists(), "enough was written");
    let whole = std::fs::read(&kept).expect("reads");
    drop(corpus);
    // Others come, some go, some change their category and some their text, too few to be kept.
    let corpus = open(&folder);
    corpus.write((3_000..3_200).map(|n| with(n, 0)).collect()).expect("writes");
    corpus.write((0..90).map(|n| Write::Delete(id(n * 7))).collect()).expect("writes");
    corpus.write((700..800).map(|n| with(n, 1)).collect()).expect("writes");
    let again = |n: usize| match put(n + 50_000) {
        Write::Put(mut put) => {
            put.question.id = id(n);
            Write::Put(put)
        }
        other => other,
    };
    corpus.write((900..950).map(again).collect()).expect("writes");
    let expected = told(&corpus);
    corpus.close();
    drop(corpus);
    assert_eq!(std::fs::read(&kept).expect("reads"), whole, "too little changed");
    let restored = open(&folder);
    // A third of the hundred keeps its category.
    assert_eq!(restored.shared.unkept.load(Ordering::Relaxed), 317, "only what changed is read");
    assert_eq!(told(&restored), expected);
    drop(restored);
    for position in (0..whole.len()).step_by(whole.len() / 40) {
        let mut damaged = whole.clone();
        damaged[position] ^= 4;
        std::fs::write(&kept, damaged).expect("writes");
        assert_eq!(told(&open(&folder)), expected, "byte {position}");
    }
    std::fs::remove_file(&kept).expect("removes");
    assert_eq!(told(&open(&folder)), expected);
}

#[test]
fn an_older_copy_of_the_database_that_was_put_back_and_went_on_is_not_mixed_with_what_was_derived_from_the_newer() {
    let folder = TempDir::new().expect("folder");
    let corpus = open(&folder);
    corpus.write((0..100).map(put).collect()).expect("writes");
    corpus.close();
    drop(corpus);
    let database = folder.path().join(crate::store::DATABASE_FILE);
    let older = std::fs::read(&database).expect("reads");
    let grow = |offset: usize| {
        let corpus = open(&folder);
        corpus.write((offset..offset + 9_000).map(put).collect()).expect("writes");
        corpus.finish_upkeep().expect("folds");
        (told(&corpus), corpus.nearest(&embedding(offset + 5_003), 20, &corpus.live(), SearchMode::Exact), corpus)
    };
    let (_, _, corpus) = grow(100);
    corpus.close();
    drop(corpus);
    std::fs::write(&database, older).expect("writes");
    // The same points and the same numbers of writes, of other questions. Nothing derived is kept: as after `kill -9`.
    let (expected, nearest, corpus) = grow(20_000);
    drop(corpus);
    let corpus = open(&folder);
    assert_eq!(told(&corpus), expected);
    assert_eq!(corpus.nearest(&embedding(25_003), 20, &corpus.live(), SearchMode::Exact), nearest);
}

#[derive(Debug, Clone)]
enum Operation {
    /// Stores a question with the text of that version, and the category.
    Put(usize, usize, usize),
    Delete(usize),
    Fold,
    KeepWords,
    /// As after `kill -9`: nothing is closed.
    Reopen,
    Close,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let operation = prop_oneof![
        6 => (0usize..60, 0usize..3, 0usize..3).prop_map(|(n, text, category)| Operation::Put(n * 41, text, category)),
        3 => (0usize..60).prop_map(|n| Operation::Delete(n * 41)),
        1 => Just(Operation::Fold),
        1 => Just(Operation::KeepWords),
        1 => Just(Operation::Reopen),
        1 => Just(Operation::Close),
    ];
    prop::collection::vec(operation, 1..40)
}

/// Whatever is written, folded, kept and opened again: the corpus holds what a plain map holds.
#[test]
fn random_writes_restarts_and_upkeep_leave_what_a_map_holds() {
    let version = |n: usize, text: usize, category: usize| match put(n + 10_000 * text) {
        Write::Put(mut put) => {
            put.question.id = id(n);
            put.question.category = Some(format!("c{category}"));
            Write::Put(put)
        }
        other => other,
    };
    let mut runner = TestRunner::new(ProptestConfig { cases: 16, ..ProptestConfig::default() });
    let result = runner.run(&operations(), |operations| {
        let folder = TempDir::new().expect("folder");
        let mut corpus = open(&folder);
        // Enough for a segment with a graph in a file.
        let mut expected: BTreeMap<usize, (usize, usize)> = (0..2_100).map(|n| (n, (0, 0))).collect();
        corpus.write((0..2_100).map(|n| version(n, 0, 0)).collect()).expect("writes");
        for operation in operations {
            match operation {
                Operation::Put(n, text, category) => {
                    corpus.write(vec![version(n, text, category)]).expect("writes");
                    expected.insert(n, (text, category));
                }
                Operation::Delete(n) => {
                    corpus.write(vec![Write::Delete(id(n))]).expect("writes");
                    expected.remove(&n);
                }
                Operation::Fold => corpus.finish_upkeep().expect("folds"),
                Operation::KeepWords => corpus.shared.keep_words(0),
                Operation::Reopen => {
                    drop(corpus);
                    corpus = open(&folder);
                }
                Operation::Close => {
                    corpus.close();
                    drop(corpus);
                    corpus = open(&folder);
                }
            }
        }
        prop_assert_eq!(corpus.len(), expected.len());
        for category in 0..3 {
            let filter = Filter { categories: vec![format!("c{category}")], ..Filter::default() };
            let count = expected.values().filter(|(_, own)| *own == category).count();
            prop_assert_eq!(corpus.allowed(&filter).len(), count as u64);
        }
        let live = corpus.live();
        for n in (0..60).map(|n| n * 41) {
            let point = corpus.point(&id(n));
            prop_assert_eq!(point.is_some(), expected.contains_key(&n));
            let (Some(point), Some((text, _))) = (point, expected.get(&n)) else { continue };
            let own = corpus.embedding(point).expect("it is in the index");
            prop_assert!(own.similarity(&embedding(n + 10_000 * text)).value() > 0.9999);
            let title = QuestionText::parse(&format!("question {}", n + 10_000 * text), None).expect("text");
            prop_assert!(corpus.lexical().holds(point, &Terms::of(&title)));
        }
        let query = embedding(1_234);
        let found = corpus.nearest(&query, 30, &live, SearchMode::Exact);
        let of = |(n, (text, _)): (&usize, &(usize, usize))| embedding(n + 10_000 * text).similarity(&query);
        let mut cosines: Vec<Similarity> = expected.iter().map(of).collect();
        cosines.sort_by(|a, b| b.cmp(a));
        for (found, cosine) in found.iter().zip(cosines) {
            prop_assert!((found.similarity.value() - cosine.value()).abs() < 1e-5);
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn equal_scores_are_listed_by_id() {
    let folder = TempDir::new().expect("folder");
    let corpus = open(&folder);
    let same = |n: usize| match put(n) {
        Write::Put(mut put) => {
            put.embedding = Some(embedding(7));
            Write::Put(put)
        }
        other => other,
    };
    // Stored in an order that is not that of the ids.
    corpus.write([9, 3, 7, 1, 8, 2, 6, 4, 5, 0].map(same).into()).expect("writes");
    let found = corpus.nearest(&embedding(7), 4, &corpus.live(), SearchMode::Exact);
    let points: Vec<PointId> = (0..4).filter_map(|n| corpus.point(&id(n))).collect();
    assert_eq!(found.iter().map(|neighbor| neighbor.point).collect::<Vec<_>>(), points);
}
