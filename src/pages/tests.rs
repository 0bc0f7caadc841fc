//! Output folders after any changes, and the health of links.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::corpus::Repository;
use crate::duplicates::Calibration;
use crate::editorial::{Decision, QuestionPair, Rules, Verdict};
use crate::embedding::{Embedding, Fingerprint};
use crate::index::{IndexOptions, Neighbor};
use crate::lists::Go;
use crate::question::{Language, Question, QuestionId, QuestionText};
use crate::recommend::depth;
use crate::store::{Put, StoredModel, Write};

const DIMENSION: usize = 6;
const LIMIT: usize = 4;

fn open(folder: &Path) -> Corpus {
    let model = StoredModel { name: "test".into(), fingerprint: Fingerprint::from_text("f"), dimension: DIMENSION };
    Corpus::open(folder, model, IndexOptions::default(), |_, _| ()).expect("opens")
}

/// A question of 40 texts; the answer changes without the text.
fn put(id: u8, text: u8, answer: u8) -> Write {
    let value = |i: usize| f32::from(text.wrapping_mul(37).wrapping_add((i as u8).wrapping_mul(101)) % 17) - 8.3;
    let question = Question {
        id: QuestionId::parse(&format!("q/{id}..")).expect("id"),
        text: QuestionText::parse(&format!("text <{text}> & more"), None).expect("text"),
        language: Language::parse(if text.is_multiple_of(2) { "zh" } else { "en" }).expect("language"),
        category: None,
        tags: Vec::new(),
        url: None,
        answer: (answer > 0).then(|| format!("answer {answer}")),
        author: None,
        created_at: Timestamp::from_second(i64::from(id)).expect("time"),
        attributes: None,
    };
    let embedding = Embedding::normalize(&(0..DIMENSION).map(value).collect::<Vec<_>>()).expect("valid");
    Write::Put(Box::new(Put { question, created_at_given: true, embedding: Some(embedding) }))
}

fn id(id: u8) -> QuestionId {
    QuestionId::parse(&format!("q/{id}..")).expect("id")
}

fn rules() -> LinkRules {
    LinkRules { limit: LIMIT, min_score: 0.2, cap: None, adopt: false }
}

fn lists_of(corpus: &Corpus) -> Lists {
    let mut lists = Lists::new(depth(LIMIT));
    let moment = corpus.moment(lists.next_point());
    lists.update(&moment, 2, |_, _| Ok(Go::On)).expect("updates");
    lists
}

fn job<'a>(folder: &'a Path, renderer: &'a Renderer, rules: LinkRules, since: Option<SeqNo>) -> Job<'a> {
    let fill = Fill::Latest { at_most: rules.limit };
    let (mode, arrangement) = (Mode::default(), Arrangement::default());
    Job { folder, renderer, rules, mode, arrangement, fill, since, settings: "s".into(), threads: 2 }
}

fn judge() -> Judge {
    Judge::new(Calibration::find(Path::new("none"), "f").expect("the bundled one"), None)
}

fn written(corpus: &Corpus, folder: &Path, format: Format, rules: LinkRules, since: Option<SeqNo>) -> Report {
    let renderer = Renderer::new(format, None, rules.limit, "/q/{id}").expect("renders");
    write(corpus, &judge(), &lists_of(corpus), &job(folder, &renderer, rules, since), |_, _| ()).expect("writes")
}

/// Every file but our own notes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("reads") {
            let path = entry.expect("reads").path();
            if path.is_dir() && !path.ends_with(OURS) {
                folders.push(path);
            } else if path.is_file() {
                found.insert(path.strip_prefix(folder).expect("inside").to_owned(), std::fs::read(&path).expect("reads"));
            }
        }
    }
    found
}

#[derive(Debug, Clone)]
enum Change {
    Put(u8, u8, u8),
    Delete(u8),
    /// Pins one question to another's list and hides a third from it, or everywhere.
    Rule(u8, u8, u8, bool),
    Decide(u8, u8, Verdict),
    Write,
    /// The note of what was published is lost.
    Forget,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let put = (0u8..14, 0u8..40, 0u8..3).prop_map(|(id, text, answer)| Change::Put(id, text, answer));
    let delete = (0u8..14).prop_map(Change::Delete);
    let rule = (0u8..14, 0u8..14, 0u8..14, any::<bool>()).prop_map(|(id, pin, hide, all)| Change::Rule(id, pin, hide, all));
    let verdict = prop::sample::select(Verdict::ALL.to_vec());
    let decide = (0u8..14, 0u8..14, verdict).prop_map(|(a, b, verdict)| Change::Decide(a, b, verdict));
    let change = prop_oneof![
        6 => put, 2 => delete, 2 => rule, 2 => decide, 2 => Just(Change::Write), 1 => Just(Change::Forget)
    ];
    prop::collection::vec(change, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_folder_after_any_changes_equals_a_new_one(changes in changes(), cap in prop::option::of(2usize..6), adopt: bool) {
        let data = TempDir::new().expect("folder");
        let corpus = open(data.path());
        let rules = LinkRules { cap, adopt, ..rules() };
        for format in [Format::Jsonl, Format::Html, Format::Page] {
            let old = TempDir::new().expect("folder");
            for change in &changes {
                match *change {
                    Change::Put(id, text, answer) => drop(corpus.write(vec![put(id, text, answer)]).expect("writes")),
                    Change::Delete(n) => drop(corpus.write(vec![Write::Delete(id(n))]).expect("writes")),
                    Change::Rule(n, pin, hide, hidden) => {
                        let hide = if hidden { Vec::new() } else { vec![id(hide)] };
                        let rules = Rules { pin: vec![id(pin)], hide, hidden, ..Rules::default() };
                        if rules.check(&id(n)).is_ok() {
                            corpus.write(vec![Write::Rule(id(n), rules)]).expect("writes");
                        }
                    }
                    Change::Decide(a, b, verdict) => {
                        if let Some(pair) = QuestionPair::new(id(a), id(b)) {
                            let decision = Decision { verdict, decided_at: Timestamp::UNIX_EPOCH };
                            corpus.write(vec![Write::Decide(pair, Some(decision))]).expect("writes");
                        }
                    }
                    Change::Write => drop(written(&corpus, old.path(), format, rules, None)),
                    Change::Forget => {
                        // Files of questions that go before the next run could not be known any more.
                        written(&corpus, old.path(), format, rules, None);
                        let _ = std::fs::remove_file(old.path().join(OURS).join("published.jsonl"));
                        written(&corpus, old.path(), format, rules, None);
                    }
                }
            }
            written(&corpus, old.path(), format, rules, None);
            let new = TempDir::new().expect("folder");
            written(&corpus, new.path(), format, rules, None);
            prop_assert_eq!(files(old.path()), files(new.path()));
            let again = written(&corpus, old.path(), format, rules, None);
            prop_assert_eq!((again.written, again.removed), (0, 0));
        }
    }

    #[test]
    fn no_question_stands_in_more_lists_than_allowed_and_orphans_find_a_home(
        texts in prop::collection::vec(0u8..40, 8..40),
    ) {
        let data = TempDir::new().expect("folder");
        let corpus = open(data.path());
        corpus.write(texts.iter().enumerate().map(|(n, text)| put(n as u8, *text, 0)).collect()).expect("writes");
        let lists = lists_of(&corpus);
        let all = LinkRules { min_score: -1.0, ..rules() };
        let links = |rules| {
            let candidates = lists.points().iter().map(|point| {
                let near = lists.of(*point).expect("settled").into_iter();
                let link = |near: Neighbor| Link { point: near.point, score: near.similarity.value(),
                    semantic: near.similarity.value(), pinned: false, duplicates: None };
                near.map(link).collect()
            });
            Links::of(lists.points().to_vec(), candidates.collect(), rules, |_, _| true)
        };
        let plain = links(all);
        let capped = links(LinkRules { cap: Some(5), ..all });
        prop_assert!(capped.standing().iter().all(|times| *times <= 5));
        let adopted = links(LinkRules { adopt: true, ..all });
        let orphans = |links: &Links| links.standing().iter().filter(|times| **times == 0).count();
        prop_assert!(orphans(&adopted) == 0, "{} of {}", orphans(&adopted), orphans(&plain));
        for links in [&plain, &capped, &adopted] {
            let mut standing = vec![0; texts.len()];
            for position in 0..texts.len() {
                let list = links.list(position);
                prop_assert!(list.len() <= LIMIT);
                prop_assert!(list.is_sorted_by(|a, b| a.score >= b.score));
                for neighbor in list {
                    prop_assert!(neighbor.point != links.points()[position]);
                    standing[links.points().binary_search(&neighbor.point).expect("listed")] += 1;
                }
            }
            prop_assert_eq!(&standing, links.standing());
        }
    }
}

fn some(corpus: &Corpus, count: u8) {
    corpus.write((0..count).map(|n| put(n, n, n % 3)).collect()).expect("writes");
}

#[test]
fn changes_since_a_state_tell_lists_and_deletions() {
    let (data, out) = (TempDir::new().expect("folder"), TempDir::new().expect("folder"));
    let corpus = open(data.path());
    some(&corpus, 20);
    let first = written(&corpus, out.path(), Format::Html, rules(), None);
    assert_eq!((first.questions, first.written), (20, 20));
    let none = written(&corpus, out.path(), Format::Html, rules(), Some(SeqNo(first.seq)));
    assert_eq!((none.written, none.changed), (0, Some(0)));

    corpus.write(vec![Write::Delete(id(3)), put(5, 5, 1)]).expect("writes");
    let second = written(&corpus, out.path(), Format::Html, rules(), Some(SeqNo(first.seq)));
    let text = std::fs::read_to_string(out.path().join(OURS).join("changes.jsonl")).expect("reads");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(second.changed, Some(lines.len() as u64));
    assert!(lines.contains(&serde_json::json!({ "id": "q/3..", "deleted": true })));
    assert!(lines.iter().any(|line| line["id"] == "q/5.." && line["items"].is_array()));
    assert!(!out.path().join(layout::path("q/3..")).exists());

    let renderer = Renderer::new(Format::Html, None, LIMIT, "/q/{id}").expect("renders");
    let ahead = job(out.path(), &renderer, rules(), Some(SeqNo(1_000)));
    let error = write(&corpus, &judge(), &lists_of(&corpus), &ahead, |_, _| ()).expect_err("refused").to_string();
    assert!(error.contains("since 1000"), "{error}");
}

#[test]
fn what_somebody_cut_off_or_another_store_wrote_is_written_again() {
    let (first, second, out) =
        (TempDir::new().expect("folder"), TempDir::new().expect("folder"), TempDir::new().expect("folder"));
    let corpus = open(first.path());
    some(&corpus, 12);
    for format in [Format::Jsonl, Format::Page] {
        let folder = out.path().join(format.name());
        written(&corpus, &folder, format, rules(), None);
        let whole = files(&folder);
        let (path, bytes) = whole.iter().next().expect("a file");
        if format == Format::Jsonl {
            std::fs::write(folder.join(path), &bytes[..bytes.len() / 2]).expect("writes");
        } else {
            std::fs::remove_file(folder.join(path)).expect("removes");
        }
        written(&corpus, &folder, format, rules(), None);
        assert_eq!(files(&folder), whole);
    }
    // As many writes, and the same texts; one answer is another.
    let other = open(second.path());
    other.write((0..12).map(|n| put(n, n, if n == 4 { 7 } else { n % 3 })).collect()).expect("writes");
    assert_eq!(other.applied_seq(), corpus.applied_seq());
    let (folder, new) = (out.path().join(Format::Page.name()), out.path().join("new"));
    written(&other, &folder, Format::Page, rules(), None);
    written(&other, &new, Format::Page, rules(), None);
    assert_eq!(files(&folder), files(&new));
}

#[test]
fn rules_and_verdicts_hold_in_every_list() {
    let (data, out) = (TempDir::new().expect("folder"), TempDir::new().expect("folder"));
    let corpus = open(data.path());
    some(&corpus, 20);
    let list = |of: u8| {
        written(&corpus, out.path(), Format::Jsonl, LinkRules { min_score: -1.0, ..rules() }, None);
        let text = std::fs::read_to_string(out.path().join("related-00000.jsonl")).expect("reads");
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        let line = lines.into_iter().find(|line| line["id"] == id(of).as_str()).expect("its line");
        let ids = line["items"].as_array().expect("items").iter().map(|item| item["id"].as_str().expect("id").to_owned());
        ids.collect::<Vec<String>>()
    };
    let before = list(0);
    let parse = |text: &String| QuestionId::parse(text).expect("id");
    let pin = (1..20).map(id).find(|id| !before.contains(&id.to_string())).expect("one is not listed");
    let rule = Rules { pin: vec![pin.clone()], hide: vec![parse(&before[0])], ..Rules::default() };
    let hidden = Rules { hidden: true, ..Rules::default() };
    corpus.write(vec![Write::Rule(id(0), rule), Write::Rule(parse(&before[1]), hidden)]).expect("writes");
    let after = list(0);
    assert_eq!(after[0], pin.as_str());
    assert!(!after.contains(&before[0]) && !after.contains(&before[1]) && after.len() == LIMIT, "{before:?} {after:?}");
    let pair = QuestionPair::new(parse(&after[1]), parse(&after[2])).expect("a pair");
    let decision = Decision { verdict: Verdict::Duplicate, decided_at: Timestamp::UNIX_EPOCH };
    corpus.write(vec![Write::Decide(pair, Some(decision))]).expect("writes");
    let folded = list(0);
    assert_ne!(folded.contains(&after[1]), folded.contains(&after[2]), "one stands for both");
    assert_eq!(folded.len(), LIMIT, "and another takes its place");
}

#[test]
fn folders_that_are_not_ours_are_left_alone() {
    let data = TempDir::new().expect("folder");
    let corpus = open(data.path());
    some(&corpus, 3);
    let theirs = TempDir::new().expect("folder");
    std::fs::write(theirs.path().join("index.html"), "theirs").expect("writes");
    let error = take_folder(theirs.path()).expect_err("refused").to_string();
    assert!(error.contains("did not write"), "{error}");
    let file = theirs.path().join("index.html");
    assert!(take_folder(&file).expect_err("refused").to_string().contains("is no folder"));
    let ours = TempDir::new().expect("folder");
    written(&corpus, ours.path(), Format::Html, rules(), None);
    let renderer = Renderer::new(Format::Jsonl, None, LIMIT, "/q/{id}").expect("renders");
    let job = job(ours.path(), &renderer, rules(), None);
    let error = write(&corpus, &judge(), &lists_of(&corpus), &job, |_, _| ()).expect_err("refused").to_string();
    assert!(error.contains("was written as html, and jsonl is asked for"), "{error}");
}

#[test]
fn hostile_text_is_escaped_and_templates_are_held_to_account() {
    let (data, out) = (TempDir::new().expect("folder"), TempDir::new().expect("folder"));
    let corpus = open(data.path());
    some(&corpus, 6);
    for format in [Format::Html, Format::Page] {
        let folder = out.path().join(format.name());
        written(&corpus, &folder, format, rules(), None);
        for (path, bytes) in files(&folder) {
            let text = String::from_utf8(bytes).expect("utf-8");
            assert!(!text.contains("text <") && text.contains("text &lt;"), "{}: {text}", path.display());
        }
    }
    let wrong =
        |template: &str| Renderer::new(Format::Html, Some(template), LIMIT, "/q/{id}").err().expect("refused").to_string();
    assert!(wrong("{% for item in items %}").contains("does not parse"), "{}", wrong("{% for item in items %}"));
    let fails = |template: &str| {
        let renderer = Renderer::new(Format::Html, Some(template), LIMIT, "/q/{id}").expect("parses");
        let question = match put(1, 1, 1) {
            Write::Put(put) => put.question,
            _ => unreachable!("a put"),
        };
        renderer.render(&Listed { question: &question, items: Vec::new() }).expect_err("fails").to_string()
    };
    let endless = "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}";
    assert!(fails(endless).contains("does it loop"), "{}", fails(endless));
    assert!(fails("{{ titel }}").contains("line 1"), "{}", fails("{{ titel }}"));
}
