//! How a list is ranked: words beside meaning, editors' rules, people's verdicts, fill, freshness, and why.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{TestServer, empty_server, ids, likewise};

/// Ids, titles, and the day of June 2026 they were asked on.
const QUESTIONS: [(&str, &str, u32); 9] = [
    ("deposit-1", "房东不退押金怎么办", 1),
    ("deposit-2", "房东不退押金该怎么办", 2),
    ("deposit-3", "押金被房东扣了能要回来吗", 3),
    ("rent", "租房合同没到期能退租吗", 4),
    ("form", "提交A1-22表格后多久能收到回执", 5),
    ("fund", "公积金贷款额度怎么算", 6),
    ("divorce", "离婚后孩子抚养权归谁", 7),
    ("wage", "公司拖欠工资去哪里投诉", 8),
    ("hant", "醫療保險斷繳後怎麼補繳", 9),
];

fn filled_server() -> (TempDir, TestServer) {
    let (folder, server) = empty_server();
    for (id, title, day) in QUESTIONS {
        let question = json!({ "title": title, "created_at": format!("2026-06-{day:02}T00:00:00Z") });
        server.put(&format!("/v1/questions/{id}"), &question).ok();
    }
    (folder, server)
}

fn item<'a>(list: &'a Value, id: &str) -> &'a Value {
    let items = list["items"].as_array().expect("items");
    items.iter().find(|item| item["id"] == id).unwrap_or_else(|| panic!("{id} is not in {list}"))
}

#[test]
fn words_find_what_meaning_alone_does_not_order_first() {
    let (_folder, server) = filled_server();
    let ask = |mode: &str, min_score: f32| {
        server
            .post("/v1/related", &json!({ "text": "A1-22怎么填", "mode": mode, "explain": true, "min_score": min_score }))
            .ok()
    };
    let lexical = ask("lexical", 0.0);
    assert_eq!(ids(&lexical)[0], "form", "{lexical}");
    assert_eq!(lexical["short_reason"], "no_shared_words");
    assert!(lexical["items"].as_array().expect("items").iter().all(|item| item["score"].as_f64() > Some(0.0)));
    let hybrid = ask("hybrid", -1.0);
    assert_eq!((ids(&hybrid)[0].as_str(), ids(&hybrid).len()), ("form", QUESTIONS.len() - 1));
    let first = &hybrid["items"][0];
    assert_eq!(first["explain"]["matched_terms"], json!(["a1", "22"]));
    assert_eq!(first["explain"]["rank_lexical"], 1);
    let (semantic, lexical) = (first["scores"]["semantic"].as_f64(), first["scores"]["lexical"].as_f64());
    let sum = 0.7 * semantic.expect("a number") + 0.3 * lexical.expect("a number");
    assert!((first["score"].as_f64().expect("a number") - sum).abs() < 1e-5, "{first}");
    assert_eq!(hybrid["mode"], "hybrid");
    let semantic = ask("semantic", 0.0);
    assert_eq!(semantic["items"][0]["scores"]["lexical"], Value::Null);
    assert_eq!(semantic["items"][0]["score"], semantic["items"][0]["scores"]["semantic"]);
}

#[test]
fn script_width_and_case_are_one() {
    let (_folder, server) = filled_server();
    let list = server.post("/v1/related", &json!({ "text": "医疗保险断缴后怎么补缴", "mode": "lexical" })).ok();
    assert_eq!((ids(&list)[0].as_str(), list["items"][0]["score"].as_f64()), ("hant", Some(1.0)), "{list}");
    server.store("wide", "提交Ａ１－２２表格後多久能收到回執");
    let pair = json!({ "pairs": [{ "a_id": "form", "b_id": "wide" }] });
    let judged = server.post("/v1/duplicates/score", &pair).ok();
    assert!(judged["scores"][0]["reasons"].as_array().expect("reasons").contains(&json!("same text")), "{judged}");
}

#[test]
fn duplicates_are_collapsed_unless_one_asks_for_them() {
    let (_folder, server) = filled_server();
    let list = server.get("/v1/questions/rent/related?limit=8&explain=true").ok();
    let shown = item(&list, "deposit-1");
    assert_eq!(shown["duplicates"], json!(["deposit-2"]), "the older one stands for both: {list}");
    assert_eq!(shown["explain"]["collapsed"][0]["id"], "deposit-2");
    assert!(!ids(&list).contains(&"deposit-2".to_owned()));
    let all = server.get("/v1/questions/rent/related?limit=8&collapse_duplicates=false").ok();
    assert_eq!(ids(&all).len(), 8);
    // Both with the lists and by a search.
    server.settled();
    assert_eq!(ids(&server.get("/v1/questions/rent/related?limit=8").ok()), ids(&list));
}

#[test]
fn editors_rules_hold_at_once_and_after_a_restart() {
    let (folder, server) = filled_server();
    let list = |server: &TestServer| ids(&server.get("/v1/questions/rent/related?limit=5").ok());
    let before = list(&server);
    let rules = json!({ "pin": ["divorce", "gone"], "hide": [before[0]], "not_related": [before[1]] });
    let put = server.put("/v1/rules/rent", &rules).ok();
    assert_eq!((&put["missing"], &put["hidden"]), (&json!(["gone"]), &json!(false)));
    server.put("/v1/rules/wage", &json!({ "hidden": true })).ok();
    let after = list(&server);
    assert_eq!(after[0], "divorce");
    for hidden in [&before[0], &before[1], &"wage".to_owned()] {
        assert!(!after.contains(hidden), "{hidden} in {after:?}");
    }
    assert!(server.get("/v1/questions/rent/related?limit=5").ok()["items"][0]["pinned"].as_bool().expect("told"));
    let other = format!("/v1/questions/{}/related", before[1]);
    assert!(!ids(&server.get(&other).ok()).contains(&"rent".to_owned()), "not related in either direction");
    assert!(!server.related_ids(&json!({ "text": "公司拖欠工资" })).contains(&"wage".to_owned()));
    assert!(!ids(&server.get("/v1/questions/latest").ok()).contains(&"wage".to_owned()));
    assert_eq!(ids(&server.get("/v1/rules").ok()), ["rent", "wage"]);
    assert_eq!(ids(&server.get("/v1/rules?after=rent").ok()), ["wage"]);

    server.terminate();
    let server = TestServer::start(folder.path(), &[]);
    assert_eq!(list(&server), after);
    assert_eq!(server.delete("/v1/rules/rent").status, 204);
    server.delete("/v1/rules/rent").problem(404);
    assert_eq!(list(&server)[0], before[0]);
    let fault = |body: Value| server.put("/v1/rules/rent", &body).problem(422)["errors"][0]["pointer"].clone();
    assert_eq!(fault(json!({ "pin": ["rent"] })), "/pin/0");
    assert_eq!(fault(json!({ "hide": ["a", ""] })), "/hide/1");
    assert_eq!(fault(json!({ "pins": [] })), "/pins");
}

#[test]
fn a_persons_verdict_outranks_the_model() {
    let (folder, server) = filled_server();
    let groups = |server: &TestServer| {
        server.settled();
        let groups = server.get("/v1/duplicates/groups?min_probability=0.5").ok();
        let members = |group: &Value| {
            let members = group["members"].as_array().expect("members").iter();
            members.map(|member| member["id"].as_str().expect("id").to_owned()).collect::<Vec<_>>()
        };
        groups["groups"].as_array().expect("groups").iter().map(members).collect::<Vec<_>>()
    };
    assert!(groups(&server).iter().any(|group| group.contains(&"deposit-1".into()) && group.contains(&"deposit-2".into())));
    let path = |a: &str, b: &str| format!("/v1/duplicates/verdicts/{a}/{b}");
    let put = server.put(&path("deposit-2", "deposit-1"), &json!({ "verdict": "different" })).ok();
    assert_eq!((&put["a"], &put["b"], &put["verdict"]), (&json!("deposit-1"), &json!("deposit-2"), &json!("different")));
    server.put(&path("fund", "divorce"), &json!({ "verdict": "duplicate" })).ok();
    let found = groups(&server);
    assert!(found.contains(&vec!["fund".to_owned(), "divorce".to_owned()]), "{found:?}");
    assert!(!found.iter().any(|group| group.contains(&"deposit-1".into()) && group.contains(&"deposit-2".into())));
    let pairs = json!({ "pairs": [{ "a_id": "deposit-1", "b_id": "deposit-2" }, { "a_id": "divorce", "b_id": "fund" }] });
    let scores = server.post("/v1/duplicates/score", &pairs).ok()["scores"].clone();
    assert_eq!((&scores[0]["verdict"], &scores[0]["probability"]), (&json!("different"), &json!(0.0)));
    assert_eq!((&scores[1]["verdict"], &scores[1]["reasons"][0]), (&json!("duplicate"), &json!("a person decided")));
    let list = server.get("/v1/questions/rent/related?limit=8").ok();
    assert!(ids(&list).contains(&"deposit-1".to_owned()) && ids(&list).contains(&"deposit-2".to_owned()), "{list}");
    assert_eq!(item(&list, "fund")["duplicates"], json!(["divorce"]), "{list}");
    let own = server.get("/v1/questions/fund/related").ok();
    assert_eq!(item(&own, "divorce")["duplicate_probability"], 1.0);

    let page = server.get("/v1/duplicates/verdicts?limit=1").ok();
    assert_eq!((&page["total"], &page["items"][0]["a"]), (&json!(2), &json!("deposit-1")));
    let next = page["next"].as_str().expect("a cursor");
    let last = server.get(&format!("/v1/duplicates/verdicts?after={next}")).ok();
    assert_eq!((&last["items"][0]["a"], &last["next"]), (&json!("divorce"), &Value::Null));

    server.terminate();
    // The questions may go and come back: the word stays.
    let exported = run(folder.path(), &["rules", "export"]);
    assert!(exported.contains(r#""a":"deposit-1","b":"deposit-2","verdict":"different""#), "{exported}");
    let found = run(folder.path(), &["duplicates", "find", "--min-probability", "0.5"]);
    assert!(!found.contains(r#""a":"deposit-1","b":"deposit-2""#) && found.contains(r#""probability":1.0"#), "{found}");
    run(folder.path(), &["rules", "verdict", "deposit-1", "deposit-2", "none"]);
    let server = TestServer::start(folder.path(), &[]);
    let scores = server.post("/v1/duplicates/score", &pairs).ok()["scores"].clone();
    assert_eq!(scores[0]["verdict"], "duplicate");
    assert_eq!(server.delete(&path("fund", "divorce")).status, 204);
    server.delete(&path("fund", "divorce")).problem(404);
    server.put(&path("fund", "fund"), &json!({ "verdict": "duplicate" })).problem(422);
    server.put(&path("fund", "unknown"), &json!({ "verdict": "duplicate" })).problem(404);
    let wrong = server.put(&path("fund", "rent"), &json!({ "verdict": "same" })).problem(422);
    assert_eq!(wrong["errors"][0]["pointer"], "/verdict");
    server.get("/v1/duplicates/verdicts?after=nonsense").problem(422);
}

fn run(data: &Path, arguments: &[&str]) -> String {
    let output = likewise(data).args(arguments).output().expect("runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("utf-8")
}

#[test]
fn decisions_are_carried_from_one_store_to_another() {
    let (from, to) = (TempDir::new().expect("folder"), TempDir::new().expect("folder"));
    run(from.path(), &["rules", "set", "a", "--pin", "b", "--pin", "c", "--hide", "d", "--not-related", "e"]);
    run(from.path(), &["rules", "set", "h", "--hidden"]);
    run(from.path(), &["rules", "verdict", "a", "b", "related"]);
    let exported = run(from.path(), &["rules", "export"]);
    assert_eq!(exported.lines().count(), 3);
    let file = to.path().join("decisions.jsonl");
    std::fs::write(&file, format!("{exported}{{\"type\":\"verdict\",\"a\":\"x\",\"b\":\"x\",\"verdict\":\"related\"}}\n"))
        .expect("writes");
    let import = |code: i32| {
        let output = likewise(to.path()).args(["rules", "import"]).arg(&file).output().expect("runs");
        assert_eq!(output.status.code(), Some(code));
        String::from_utf8(output.stderr).expect("utf-8")
    };
    let said = import(3);
    assert!(said.contains("decisions.jsonl:4: `b` is the same question as `a`"), "{said}");
    assert!(said.contains("3 decisions stored, 0 as they were, 1 lines rejected"), "{said}");
    assert!(import(3).contains("0 decisions stored, 3 as they were"));
    assert_eq!(run(to.path(), &["rules", "export"]), exported);
    run(to.path(), &["rules", "remove", "h"]);
    let output = likewise(to.path()).args(["rules", "remove", "h"]).output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let output = likewise(to.path()).args(["rules", "set", "a", "--pin", "a"]).output().expect("runs");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_fills_a_list_is_new_and_no_duplicate_of_what_is_listed() {
    let (_folder, server) = filled_server();
    server.store("new-copy", "房东不退押金怎么办？");
    server.store("new", "养猫要办什么证");
    let ask = |more: Value| {
        let mut request = json!({ "text": "房东不退押金怎么办", "min_score": 0.75, "limit": 5, "fill": "latest" });
        request.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
        server.post("/v1/related", &request).ok()
    };
    let list = ask(json!({}));
    let (related, latest): (Vec<&Value>, Vec<&Value>) =
        list["items"].as_array().expect("items").iter().partition(|item| item["kind"] == "related");
    assert!(!related.is_empty() && related.len() < 5, "{list}");
    assert_eq!((related.len() + latest.len(), &list["short_reason"]), (5, &Value::Null));
    assert_eq!(latest[0]["id"], "new");
    for copy in ["deposit-1", "deposit-2", "new-copy"] {
        assert!(!latest.iter().any(|item| item["id"] == copy), "{copy}: {list}");
    }
    let two = ask(json!({ "fill_limit": 2 }));
    assert_eq!(two["items"].as_array().expect("items").len(), related.len() + 2);
    assert_eq!(two["short_reason"], "min_score");
}

#[test]
fn newer_questions_count_a_little_more_where_one_asks_for_it() {
    let (_folder, server) = empty_server();
    let put = |id: &str, title: &str, created_at: &str| {
        server.put(&format!("/v1/questions/{id}"), &json!({ "title": title, "created_at": created_at })).ok();
    };
    put("old", "电动车上牌需要什么材料", "2001-01-01T00:00:00Z");
    server.store("now", "电动车上牌去哪里办");
    let ask = |more: Value| {
        let mut request = json!({ "text": "电动车上牌要什么材料", "collapse_duplicates": false, "explain": true });
        request.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
        server.post("/v1/related", &request).ok()
    };
    assert_eq!(ids(&ask(json!({}))), ["old", "now"]);
    let fresh = ask(json!({ "freshness": { "boost": 1.0, "half_life_days": 30 } }));
    assert_eq!(ids(&fresh), ["now", "old"]);
    assert!(item(&fresh, "now")["explain"]["bonus"].as_f64() > Some(0.99), "{fresh}");
    assert_eq!(ids(&ask(json!({ "freshness": {} }))), ["old", "now"], "mild by default");
    let request = json!({ "text": "a", "freshness": { "half_life_days": 0 } });
    let problem = server.post("/v1/related", &request).problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/freshness/half_life_days");
}

#[test]
fn nobody_decides_without_a_key_where_keys_are_set() {
    let folder = TempDir::new().expect("folder");
    let settings = folder.path().join("likewise.toml");
    std::fs::write(&settings, "api_keys = ['write-key-0123456789:write']\n").expect("writes");
    let server = TestServer::start(folder.path(), &["--config", settings.to_str().expect("utf-8")]);
    server.put("/v1/rules/a", &json!({ "hidden": true })).problem(401);
    server.delete("/v1/rules/a").problem(401);
    server.put("/v1/duplicates/verdicts/a/b", &json!({ "verdict": "related" })).problem(401);
    server.delete("/v1/duplicates/verdicts/a/b").problem(401);
}

#[test]
fn a_shorter_list_is_the_beginning_of_a_longer_one() {
    let (_folder, server) = filled_server();
    for (id, ..) in QUESTIONS {
        let list = |limit: usize| ids(&server.get(&format!("/v1/questions/{id}/related?limit={limit}")).ok());
        let longest = list(20);
        for limit in 1..longest.len() {
            assert_eq!(list(limit), longest[..limit], "{id}, {limit}");
        }
    }
}

#[test]
fn a_question_in_another_language_is_not_put_behind_for_words_that_it_cannot_share() {
    let (_folder, server) = filled_server();
    server.store("english", "My landlord refuses to return the deposit, what can I do?");
    let list = server.post("/v1/related", &json!({ "id": "deposit-1", "min_score": -1.0 })).ok();
    let score = |id: &str, part: &str| item(&list, id)["scores"][part].as_f64().expect("a number");
    let told = item(&list, "english")["score"].as_f64().expect("a number");
    assert_eq!(score("english", "lexical"), 0.0, "{list}");
    assert!((told - (0.7 + 0.3 * 0.25) * score("english", "semantic")).abs() < 1e-5, "{list}");
    let same = item(&list, "rent")["score"].as_f64().expect("a number");
    assert!((same - 0.7 * score("rent", "semantic") - 0.3 * score("rent", "lexical")).abs() < 1e-5, "{list}");
}

#[test]
fn a_description_comes_with_a_list_that_asks_for_it() {
    let (_folder, server) = filled_server();
    server.put("/v1/questions/long", &json!({ "title": "押金不退", "body": "房东\n不退".repeat(40) })).ok();
    let list = server.get("/v1/questions/deposit-1/related?include=description").ok();
    let description = item(&list, "long")["description"].as_str().expect("a text");
    assert!(
        description.starts_with("房东 不退") && description.ends_with('…') && description.chars().count() <= 91,
        "{description}"
    );
    assert_eq!(item(&list, "rent")["description"], "");
}
