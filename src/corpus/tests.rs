//! The corpus under concurrent writing, upkeep and reading.

use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use super::*;
use crate::embedding::Fingerprint;
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
                corpus.shared.upkeep_step();
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
    corpus.finish_upkeep();
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
    corpus.finish_upkeep();
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
        if entry.file_name().to_string_lossy().starts_with("graph-") {
            std::fs::remove_file(entry.path()).expect("removes");
        }
    }
    let corpus = open(&folder);
    assert_eq!((corpus.index_stats().in_graphs, corpus.len()), (0, total - 850));
    assert_eq!(near(&corpus, SearchMode::Approximate), found);
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
