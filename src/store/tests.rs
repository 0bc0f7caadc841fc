//! The store's promises.

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::embedding::{Embedding, Fingerprint};
use crate::question::{Language, PointId, Question, QuestionId, QuestionText, SeqNo};

struct Fixture {
    folder: TempDir,
    store: Store,
    writer: Writer,
}

fn fixture() -> Fixture {
    let folder = TempDir::new().expect("a temporary folder");
    let store = Store::open(folder.path()).expect("opens");
    let writer = store.writer().expect("writer");
    Fixture { folder, store, writer }
}

fn question(id: &str, title: &str) -> Question {
    Question {
        id: QuestionId::parse(id).expect("id"),
        text: QuestionText::parse(title, None).expect("text"),
        language: Language::parse("zh").expect("language"),
        category: Some("traffic".into()),
        tags: vec!["交强险".into()],
        url: None,
        answer: None,
        author: None,
        created_at: Timestamp::from_second(1_700_000_000).expect("time"),
        attributes: Some(r#"{"views":3}"#.into()),
    }
}

fn put(question: Question) -> Write {
    let embedding = Some(Embedding::normalize(&[1.0, 2.0]).expect("embedding"));
    Write::Put(Box::new(Put { question, created_at_given: true, embedding }))
}

impl Fixture {
    fn write_one(&mut self, write: Write) -> (SeqNo, Outcome) {
        let committed = self.writer.write(&mut [write]).expect("writes");
        (committed.seq, committed.outcomes[0])
    }
}

#[test]
fn what_was_stored_comes_back_whole_after_reopening() {
    let mut f = fixture();
    f.write_one(put(question("q/1", "追尾了谁负责")));
    drop(f.writer);
    let store = Store::open(f.folder.path()).expect("reopens");
    let found = store.reader().get(&QuestionId::parse("q/1").expect("id")).expect("reads").expect("is there");
    assert_eq!(found.question, question("q/1", "追尾了谁负责"));
    assert_eq!(found.seq, SeqNo(1));
}

#[test]
fn points_are_never_used_again() {
    let mut f = fixture();
    let (_, first) = f.write_one(put(question("a", "一")));
    let (_, deleted) = f.write_one(Write::Delete(QuestionId::parse("a").expect("id")));
    let (_, second) = f.write_one(put(question("a", "一")));
    let (Outcome::Created { point: first }, Outcome::Created { point: second }) = (first, second) else {
        panic!("{first:?} {second:?}")
    };
    assert_eq!(deleted, Outcome::Deleted { point: first });
    assert!(second > first);
}

#[test]
fn a_new_text_is_a_new_point_and_anything_else_keeps_it() {
    let mut f = fixture();
    let (_, created) = f.write_one(put(question("a", "一")));
    let Outcome::Created { point } = created else { panic!("{created:?}") };
    assert_eq!(f.write_one(put(question("a", "一"))), (SeqNo(1), Outcome::Unchanged { point }));
    let mut other = question("a", "一");
    other.category = None;
    assert_eq!(f.write_one(put(other)), (SeqNo(2), Outcome::Updated { point }));
    let (seq, replaced) = f.write_one(put(question("a", "二")));
    assert_eq!(seq, SeqNo(3));
    assert!(matches!(replaced, Outcome::Replaced { old, new } if old == point && new > point), "{replaced:?}");
}

#[test]
fn a_text_without_embedding_is_only_taken_when_it_is_the_stored_one() {
    let mut f = fixture();
    let bare = |title: &str| {
        let question = question("a", title);
        Write::Put(Box::new(Put { question, created_at_given: true, embedding: None }))
    };
    assert_eq!(f.write_one(bare("一")), (SeqNo(0), Outcome::NeedsEmbedding));
    f.write_one(put(question("a", "一")));
    assert!(matches!(f.write_one(bare("一")).1, Outcome::Unchanged { .. }));
    assert_eq!(f.write_one(bare("二")).1, Outcome::NeedsEmbedding);
}

#[test]
fn a_question_sent_again_without_a_time_keeps_its_time() {
    let mut f = fixture();
    f.write_one(put(question("a", "一")));
    let mut again = question("a", "二");
    again.created_at = Timestamp::now();
    let embedding = Some(Embedding::normalize(&[1.0, 0.0]).expect("embedding"));
    f.write_one(Write::Put(Box::new(Put { question: again, created_at_given: false, embedding })));
    let found = f.store.reader().get(&QuestionId::parse("a").expect("id")).expect("reads").expect("is there");
    assert_eq!(found.question.created_at, question("a", "一").created_at);
}

#[test]
fn pages_follow_the_ids_and_filter_by_language_range() {
    let mut f = fixture();
    let mut writes: Vec<Write> = ["c", "a", "b", "d"].map(|id| question(id, id)).map(put).into();
    if let Write::Put(put) = &mut writes[0] {
        put.question.language = Language::parse("zh-Hant").expect("language");
    }
    if let Write::Put(put) = &mut writes[1] {
        put.question.language = Language::parse("zha").expect("language");
    }
    f.writer.write(&mut writes).expect("writes");
    let ids = |page: Page| {
        let found = f.store.reader().page(&page).expect("reads");
        found.iter().map(|q| q.question.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(Page { limit: 2, ..Page::default() }), ["a", "b"]);
    let language = Some(Language::parse("zh").expect("language"));
    assert_eq!(ids(Page { limit: 9, language, ..Page::default() }), ["b", "c", "d"]);
    let after = Some(QuestionId::parse("b").expect("id"));
    assert_eq!(ids(Page { limit: 9, after, ..Page::default() }), ["c", "d"]);
}

#[test]
fn a_newer_schema_and_a_foreign_database_are_refused() {
    let f = fixture();
    let path = f.folder.path().join(DATABASE_FILE);
    let db = rusqlite::Connection::open(&path).expect("opens");
    db.pragma_update(None, "user_version", 99).expect("sets");
    assert!(matches!(Store::open(f.folder.path()), Err(StoreError::NewerFormat { found: 99, .. })));
    let foreign = TempDir::new().expect("folder");
    let db = rusqlite::Connection::open(foreign.path().join(DATABASE_FILE)).expect("opens");
    db.execute_batch("CREATE TABLE t (x)").expect("creates");
    assert!(matches!(Store::open(foreign.path()), Err(StoreError::NotOurs { .. })));
}

#[test]
fn a_second_holder_of_the_folder_is_told_the_first_ones_pid() {
    let folder = TempDir::new().expect("folder");
    let held = FolderLock::acquire(folder.path()).expect("first");
    let refused = FolderLock::acquire(folder.path()).expect_err("second").to_string();
    assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
    drop(held);
    FolderLock::acquire(folder.path()).expect("free again");
}

#[test]
fn seen_ids_tell_the_first_line() {
    let mut seen = SeenIds::new().expect("opens");
    let id = QuestionId::parse("x").expect("id");
    assert_eq!(seen.insert(&id, 3).expect("inserts"), None);
    assert_eq!(seen.insert(&id, 9).expect("inserts"), Some(3));
}

#[test]
fn a_full_disk_stores_nothing_of_the_write_and_loses_nothing_before_it() {
    let mut f = fixture();
    f.write_one(put(question("kept", "一")));
    f.writer.limit_pages(16);
    let mut many: Vec<Write> = (0..500).map(|n| put(question(&format!("{n}"), &"长".repeat(400)))).collect();
    assert!(matches!(f.writer.write(&mut many), Err(StoreError::DiskFull)));
    assert_eq!(f.store.reader().count().expect("counts"), 1);
    f.writer.limit_pages(1 << 20);
    assert_eq!(f.writer.write(&mut many).expect("room again").outcomes.len(), 500);
    assert_eq!(f.store.reader().count().expect("counts"), 501);
}

#[test]
fn a_change_of_model_is_all_or_nothing_and_goes_on_where_it_stopped() {
    let mut f = fixture();
    let mut writes: Vec<Write> = ["a", "b", "c"].map(|id| put(question(id, id))).into();
    f.writer.write(&mut writes).expect("writes");
    let model = |fingerprint: &str| StoredModel {
        name: fingerprint.into(),
        fingerprint: Fingerprint::from_text(fingerprint),
        dimension: 3,
    };
    let new = |point| (point, Embedding::normalize(&[1.0, 2.0, 3.0]).expect("embedding"));
    let mut first = f.store.reindex(model("new")).expect("begins");
    let batch = first.next_batch(2).expect("reads");
    first.store(&batch.iter().map(|stored| new(stored.point)).collect::<Vec<_>>()).expect("stores");
    assert!(matches!(first.finish(), Err(StoreError::Unfinished { remaining: 1 })));
    assert_eq!(f.store.reader().model().expect("reads"), None, "nothing changed yet");

    // Meanwhile the store lives on: one question is deleted, one gets a new text.
    f.write_one(Write::Delete(QuestionId::parse("a").expect("id")));
    f.write_one(put(question("b", "new text")));
    let mut again = f.store.reindex(model("new")).expect("goes on");
    assert_eq!(again.remaining().expect("counts"), 2);
    while let Some(stored) = again.next_batch(1).expect("reads").pop() {
        again.store(&[new(stored.point)]).expect("stores");
    }
    again.finish().expect("finishes");
    let reader = f.store.reader();
    assert_eq!(reader.model().expect("reads"), Some(model("new")));
    let mut seen = Vec::new();
    let read = reader.at_one_moment(|moment| {
        moment.for_each_vector((PointId(0), PointId(u32::MAX)), 3, |point, vector| seen.push((point, vector.len())))?;
        moment.points()
    });
    let points = read.expect("every vector is a new one");
    assert_eq!(seen, points.iter().map(|point| (*point, 3)).collect::<Vec<_>>());
    assert_eq!(points.len(), 2);
}
