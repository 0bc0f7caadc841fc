//! Living lists against lists from scratch.

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::corpus::{Corpus, Repository};
use crate::embedding::{Embedding, Fingerprint};
use crate::index::{IndexOptions, SearchMode};
use crate::question::{Language, Question, QuestionText};
use crate::store::{Put, StoredModel, Write};

const DIMENSION: usize = 6;
const SHOWN: usize = 4;

#[derive(Debug, Clone)]
enum Change {
    /// Some questions are put: new ones, or with another text.
    Put(Vec<(u8, u16)>),
    Delete(Vec<u8>),
    /// The lists are brought up to date, in steps of which the first few are done only.
    Update,
    /// They are kept and read again, as by a restart.
    Restart,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let put = prop::collection::vec((0u8..60, 0u16..500), 1..25).prop_map(Change::Put);
    let delete = prop::collection::vec(0u8..60, 1..20).prop_map(Change::Delete);
    prop::collection::vec(prop_oneof![4 => put, 2 => delete, 3 => Just(Change::Update), 1 => Just(Change::Restart)], 1..25)
}

/// Coarse, so that equal vectors and equal similarities are frequent.
fn embedding(text: u16) -> Embedding {
    let value = |i: usize| f32::from((text / 4u16.pow(i as u32 % 4)) % 4) - 1.4 + i as f32 * 0.01;
    Embedding::normalize(&(0..DIMENSION).map(value).collect::<Vec<_>>()).expect("valid")
}

fn put(id: u8, text: u16) -> Write {
    let question = Question {
        id: QuestionId::parse(&format!("q{id}")).expect("id"),
        text: QuestionText::parse(&format!("text {text}"), None).expect("text"),
        language: Language::undetermined(),
        category: None,
        tags: Vec::new(),
        url: None,
        answer: None,
        author: None,
        created_at: Timestamp::UNIX_EPOCH,
        attributes: None,
    };
    Write::Put(Box::new(Put { question, created_at_given: true, embedding: Some(embedding(text)) }))
}

fn update(lists: &mut Lists, corpus: &Corpus) {
    let moment = corpus.moment(lists.next_point());
    lists.update(&moment, 2, |_, _| Ok(Go::On)).expect("updates");
    assert_eq!(lists.seq(), corpus.applied_seq());
}

/// Every list is what an exact search finds.
fn assert_exact(lists: &Lists, corpus: &Corpus) {
    let live = corpus.live();
    assert_eq!(lists.points().len(), corpus.len());
    for point in live.iter().map(PointId) {
        let mut others = (*live).clone();
        others.remove(point.0);
        let query = corpus.embedding(point).expect("live");
        let expected = if others.is_empty() { Vec::new() } else { corpus.nearest(&query, SHOWN, &others, SearchMode::Exact) };
        let mut list = lists.of(point).expect("settled");
        list.truncate(SHOWN);
        assert_eq!(list, expected, "the list of point {}", point.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn living_lists_equal_those_from_scratch_after_any_changes(changes in changes()) {
        let folder = TempDir::new().expect("folder");
        let model = StoredModel { name: "test".into(), fingerprint: Fingerprint::from_text("f"), dimension: DIMENSION };
        let corpus = Corpus::open(folder.path(), model, IndexOptions::default(), |_, _| ()).expect("opens");
        let file = folder.path().join("lists");
        let mut lists = Lists::new(SHOWN);
        for change in changes {
            match change {
                Change::Put(puts) => {
                    corpus.write(puts.into_iter().map(|(id, text)| put(id, text)).collect()).expect("writes");
                }
                Change::Delete(ids) => {
                    let delete = |id: u8| Write::Delete(QuestionId::parse(&format!("q{id}")).expect("id"));
                    corpus.write(ids.into_iter().map(delete).collect()).expect("writes");
                }
                Change::Update => {
                    update(&mut lists, &corpus);
                    assert_exact(&lists, &corpus);
                }
                Change::Restart => {
                    lists.keep(&file, "f").expect("keeps");
                    lists = Lists::load(&file, "f", SHOWN).expect("loads");
                }
            }
        }
        update(&mut lists, &corpus);
        assert_exact(&lists, &corpus);
    }
}

fn corpus_of(folder: &TempDir, count: u16) -> Corpus {
    let model = StoredModel { name: "test".into(), fingerprint: Fingerprint::from_text("f"), dimension: DIMENSION };
    let corpus = Corpus::open(folder.path(), model, IndexOptions::default(), |_, _| ()).expect("opens");
    let numbered = |n: u16| match put(0, n) {
        Write::Put(mut put) => {
            put.question.id = QuestionId::parse(&format!("n{n}")).expect("id");
            Write::Put(put)
        }
        delete => delete,
    };
    corpus.write((0..count).map(numbered).collect()).expect("writes");
    corpus
}

#[test]
fn a_build_that_was_stopped_goes_on_where_it_was() {
    let folder = TempDir::new().expect("folder");
    let corpus = corpus_of(&folder, 5_000);
    let file = folder.path().join("lists");
    let mut lists = Lists::new(SHOWN);
    let moment = corpus.moment(lists.next_point());
    let (went, _) = lists.update(&moment, 2, |_, _| Ok(Go::Stop)).expect("stops");
    assert_eq!((went, lists.points().len()), (Go::Stop, STEP));
    lists.keep(&file, "f").expect("keeps");

    let mut lists = Lists::load(&file, "f", SHOWN).expect("loads");
    let mut steps = Vec::new();
    let moment = corpus.moment(lists.next_point());
    lists
        .update(&moment, 2, |_, settling| {
            steps.push(settling.settled);
            Ok(Go::On)
        })
        .expect("goes on");
    assert_eq!(steps, [2 * STEP, 5_000]);
    assert_exact(&lists, &corpus);
}

#[test]
fn a_damaged_file_is_thrown_away_whichever_byte_it_is() {
    let folder = TempDir::new().expect("folder");
    let corpus = corpus_of(&folder, 20);
    let file = folder.path().join("lists");
    let mut lists = Lists::new(SHOWN);
    update(&mut lists, &corpus);
    lists.keep(&file, "f").expect("keeps");
    assert!(Lists::load(&file, "f", SHOWN).is_some());
    assert!(Lists::load(&file, "another model", SHOWN).is_none());
    assert!(Lists::load(&file, "f", SHOWN + 1).is_none());
    let whole = std::fs::read(&file).expect("reads");
    for position in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[position] ^= 0x10;
        std::fs::write(&file, &bytes).expect("writes");
        assert!(Lists::load(&file, "f", SHOWN).is_none(), "byte {position}");
    }
    for length in 0..whole.len() {
        std::fs::write(&file, &whole[..length]).expect("writes");
        assert!(Lists::load(&file, "f", SHOWN).is_none(), "{length} bytes");
    }
}
