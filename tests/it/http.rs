//! The HTTP contract, over real connections.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, TestServer, empty_server, ids, likewise};

/// One data folder with the samples for all tests that only read; each starts a server over a copy.
fn demo_server() -> (TempDir, TestServer) {
    static SAMPLES: OnceLock<TempDir> = OnceLock::new();
    let samples = SAMPLES.get_or_init(|| {
        let folder = TempDir::new().expect("folder");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/samples/questions.jsonl");
        // A hundred lines are enough to be found among, and quick to embed.
        let lines: Vec<String> = std::fs::read_to_string(file).expect("samples").lines().take(100).map(str::to_owned).collect();
        let part = folder.path().join("part.jsonl");
        std::fs::write(&part, lines.join("\n")).expect("writes");
        assert!(likewise(folder.path()).arg("import").arg(&part).status().expect("runs").success());
        folder
    });
    let copy = TempDir::new().expect("folder");
    std::fs::copy(samples.path().join("likewise.db"), copy.path().join("likewise.db")).expect("copies");
    let server = TestServer::start(copy.path(), &[]);
    (copy, server)
}

fn stored_id(server: &TestServer) -> String {
    ids(&server.get("/v1/questions?limit=1").ok())[0].clone()
}

#[test]
fn a_new_question_gets_related_ones_best_first() {
    let (_folder, server) = demo_server();
    let list = server.post("/v1/related", &json!({ "text": "被追尾了，对方全责，误工费怎么算", "limit": 10 })).ok();
    let scores: Vec<f64> =
        list["items"].as_array().expect("items").iter().map(|i| i["score"].as_f64().expect("score")).collect();
    assert_eq!(scores.len(), 10);
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert_eq!(list["query"]["language"], "zh");
    assert_eq!(list["query"]["truncated"], false);
    assert_eq!(list["short_reason"], Value::Null);
    assert_eq!(list["model"]["dimension"], 384);
    for field in ["title", "language", "created_at", "kind"] {
        assert!(list["items"][0][field].is_string(), "{field}");
    }
    assert!(list["items"][0]["body"].is_null(), "only what was asked for");
}

#[test]
fn the_whole_request_of_the_contract_is_taken() {
    let (_folder, server) = demo_server();
    let request = json!({
        "text": "工伤", "limit": 20, "min_score": 0.0, "exclude": ["x"], "collapse_duplicates": false, "diversity": 0.0,
        "filter": { "language": ["zh"], "category": ["work-injury"], "tags": [], "created_after": "2020-01-01T00:00:00Z",
                    "created_before": "2030-01-01T00:00:00+08:00" },
        "mode": "semantic", "same_language": "any", "exact": false, "explain": false, "fill": "none", "fill_limit": 5,
        "freshness": { "boost": 0.1, "half_life_days": 90 }, "include": ["body", "answer"],
    });
    let list = server.post("/v1/related", &request).ok();
    let item = &list["items"][0];
    assert!(item["body"].is_string() && item["duplicates"] == json!([]), "{item}");
    assert_eq!(item["category"], "work-injury");
}

#[test]
fn a_stored_question_never_lists_itself_and_both_ways_agree() {
    let (_folder, server) = demo_server();
    let id = stored_id(&server);
    let by_path =
        ids(&server.get(&format!("/v1/questions/{id}/related?limit=100&min_score=-1&collapse_duplicates=false")).ok());
    let by_body = server.related_ids(&json!({ "id": id, "limit": 100, "min_score": -1, "collapse_duplicates": false }));
    assert_eq!(by_path, by_body);
    assert_eq!(by_path.len(), 99);
    assert!(!by_path.contains(&id));
}

#[test]
fn exact_and_default_search_agree_on_a_small_store() {
    let (_folder, server) = demo_server();
    let ask = |exact: bool| server.related_ids(&json!({ "text": "离婚后孩子的抚养权", "exact": exact }));
    assert_eq!(ask(true), ask(false));
}

#[test]
fn a_question_put_is_findable_at_once_changed_at_once_and_gone_at_once() {
    let (_folder, server) = empty_server();
    let body = r#"{ "title": "房东不退押金怎么办", "tags": ["租房"], "attributes": {"b": 1, "a": 2.50} }"#;
    let put = server.send("PUT", "/v1/questions/q-1", "application/json", body.as_bytes(), None);
    assert_eq!(put.status, 201);
    assert!(put.body.contains(r#""attributes":{"b":1,"a":2.50}"#), "handed back untouched: {}", put.body);
    let ask = || server.related_ids(&json!({ "text": "押金退还" }));
    assert!(server.get("/v1/questions").body.contains(r#"{"b":1,"a":2.50}"#), "in a page too");
    assert_eq!(ask(), ["q-1"]);
    let again = server.put("/v1/questions/q-1", &json!({ "id": "q-1", "title": "How do I appeal a traffic fine?" }));
    assert_eq!(again.status, 200);
    let changed = again.json();
    assert_eq!((changed["language"].as_str(), changed["tags"].is_null()), (Some("en"), true));
    assert_eq!(changed["created_at"], server.get("/v1/questions/q-1").ok()["created_at"]);
    let score =
        server.post("/v1/related", &json!({ "text": "How do I appeal a traffic fine?" })).ok()["items"][0]["score"].as_f64();
    assert!(score.is_some_and(|score| score > 0.999), "{score:?}");
    assert_eq!(server.delete("/v1/questions/q-1").status, 204);
    assert_eq!(ask(), Vec::<String>::new());
    server.get("/v1/questions/q-1").problem(404);
    server.delete("/v1/questions/q-1").problem(404);
    server.get("/v1/questions/q-1/related").problem(404);
}

#[test]
fn ids_of_any_kind_survive_the_path() {
    let (_folder, server) = empty_server();
    for (id, encoded) in [("a/b?c", "a%2Fb%3Fc"), ("问题 1", "%E9%97%AE%E9%A2%98%201"), ("..", ".."), ("100%", "100%25")] {
        let encoded = if id == ".." { "%2E%2E" } else { encoded };
        let answer = server.put(&format!("/v1/questions/{encoded}"), &json!({ "title": "t" }));
        if id == ".." {
            // Clients resolve dots before they send; such an id goes by the bulk endpoint.
            continue;
        }
        assert_eq!(answer.ok()["id"], id);
        assert_eq!(server.get(&format!("/v1/questions/{encoded}")).ok()["id"], id);
    }
}

#[test]
fn filters_never_make_a_list_short_while_enough_match() {
    let (_folder, server) = demo_server();
    let all = server.get("/v1/questions?limit=1000").ok();
    let items = all["items"].as_array().expect("items");
    let category = items[0]["category"].as_str().expect("category");
    let matching = items.iter().filter(|item| item["category"] == category).count();
    let request = json!({ "text": "工伤认定", "limit": 100, "min_score": -1, "filter": { "category": [category] } });
    let list = server.post("/v1/related", &request).ok();
    assert_eq!(ids(&list).len(), matching);
    assert_eq!(list["short_reason"], "filter");
    let none = server.post("/v1/related", &json!({ "text": "工伤", "filter": { "language": ["xx"] } })).ok();
    assert_eq!((ids(&none).len(), none["short_reason"].as_str()), (0, Some("filter")));
    let strict = server.post("/v1/related", &json!({ "text": "工伤", "min_score": 0.999 })).ok();
    assert_eq!(strict["short_reason"], "min_score");
    let size = server
        .post(
            "/v1/related",
            &json!({ "text": "工伤", "limit": 100, "exclude": [], "min_score": -1, "collapse_duplicates": false }),
        )
        .ok();
    assert_eq!((ids(&size).len(), size["short_reason"].clone()), (100, Value::Null));
    let id = stored_id(&server);
    let short = server.post("/v1/related", &json!({ "id": id, "limit": 100, "min_score": -1 })).ok();
    assert_eq!(short["short_reason"], "store_size");
}

#[test]
fn excluded_questions_are_not_listed_and_the_list_stays_full() {
    let (_folder, server) = demo_server();
    let first = server.related_ids(&json!({ "text": "拖欠工资", "limit": 3 }));
    let without = server.related_ids(&json!({ "text": "拖欠工资", "limit": 3, "exclude": [first[0], "unknown"] }));
    assert_eq!(without.len(), 3);
    assert_eq!(without[..2], first[1..]);
}

#[test]
fn fill_puts_the_latest_after_the_related_without_repeating() {
    let (_folder, server) = demo_server();
    let request = json!({ "text": "拖欠工资", "min_score": 0.6, "limit": 20, "fill": "latest" });
    let list = server.post("/v1/related", &request).ok();
    let kinds: Vec<&str> = list["items"].as_array().expect("items").iter().map(|i| i["kind"].as_str().expect("kind")).collect();
    assert_eq!(kinds.len(), 20);
    assert!(kinds.contains(&"latest") && kinds.is_sorted_by(|a, b| !(*a == "latest" && *b == "related")), "{kinds:?}");
    let mut distinct = ids(&list);
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 20);
}

#[test]
fn latest_is_by_time_then_id_and_takes_filters() {
    let (_folder, server) = empty_server();
    let time = "2026-01-02T03:04:05Z";
    for (id, language, time) in [("b", "en", time), ("a", "zh", time), ("c", "zh-Hant", "2026-01-02T03:04:06Z")] {
        server.put(&format!("/v1/questions/{id}"), &json!({ "title": id, "language": language, "created_at": time })).ok();
    }
    assert_eq!(ids(&server.get("/v1/questions/latest").ok()), ["c", "a", "b"]);
    assert_eq!(ids(&server.get("/v1/questions/latest?limit=1&language=zh").ok()), ["c"]);
    assert_eq!(ids(&server.get("/v1/questions/latest?language=zh,en").ok()), ["c", "a", "b"]);
}

#[test]
fn bulk_array_stores_the_good_and_names_the_bad() {
    let (_folder, server) = empty_server();
    let answer = server.post("/v1/questions", &json!([
        { "id": "a", "title": "一" }, { "id": "b" }, { "id": "a", "title": "二" }, 5, { "id": "c", "title": "三", "extra": 1 },
    ]));
    let report = answer.ok();
    assert_eq!((report["accepted"].as_u64(), report["rejected_count"].as_u64()), (Some(1), Some(4)));
    let indexes: Vec<u64> =
        report["rejected"].as_array().expect("list").iter().map(|r| r["index"].as_u64().expect("index")).collect();
    assert_eq!(indexes, [1, 2, 3, 4]);
    assert_eq!(report["rejected"][0]["errors"][0]["pointer"], "/title");
    assert!(report["rejected"][1]["reason"].as_str().is_some_and(|r| r.contains("index 0")));
    server.post("/v1/questions", &json!({ "id": "a" })).problem(422);
}

#[test]
fn streamed_lines_are_stored_however_they_arrive() {
    let (_folder, server) = empty_server();
    let mut stream = TcpStream::connect(&server.address).expect("connects");
    write!(stream, "POST /v1/questions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n").expect("writes");
    let body =
        "{\"id\":\"a\",\"title\":\"一\"}\r\n\n{\"id\":\"b\",\"title\":\"二\"}\nnonsense\n{\"id\":\"c\",\"title\":\"三\"}";
    for chunk in body.as_bytes().chunks(7) {
        write!(stream, "{:x}\r\n", chunk.len()).expect("writes");
        stream.write_all(chunk).expect("writes");
        write!(stream, "\r\n").expect("writes");
    }
    write!(stream, "0\r\n\r\n").expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    assert!(answer.contains("\"accepted\":3") && answer.contains("\"rejected_count\":1"), "{answer}");
    assert_eq!(ids(&server.get("/v1/questions").ok()), ["a", "b", "c"]);
}

#[test]
fn a_stream_that_breaks_off_keeps_what_came_before() {
    let (_folder, server) = empty_server();
    let body = format!("{{\"id\":\"a\",\"title\":\"一\"}}\n{}\n{{\"id\":\"b\",\"title\":\"二\"}}", "x".repeat(2 << 20));
    let problem = server.send("POST", "/v1/questions", "application/x-ndjson", body.as_bytes(), None).problem(400);
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("what came before was stored")), "{problem}");
    assert_eq!(ids(&server.get("/v1/questions").ok()), ["a"]);
}

#[test]
fn pages_of_questions_follow_a_cursor() {
    let (_folder, server) = demo_server();
    let mut seen = Vec::new();
    let mut path = "/v1/questions?limit=30".to_owned();
    loop {
        let page = server.get(&path).ok();
        seen.extend(ids(&page));
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/questions?limit=30&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 100);
    assert!(seen.is_sorted());
}

/// Each bad request, the status it must get, and the field it must name.
#[test]
fn bad_input_is_told_what_to_change() {
    let (_folder, server) = demo_server();
    let long = "长".repeat(20_001);
    let related = [
        (json!({}), ""),
        (json!({ "text": "a", "id": "b" }), ""),
        (json!({ "body": "a" }), ""),
        (json!({ "text": " \n " }), "/text"),
        (json!({ "text": long }), "/text"),
        (json!({ "title": "长".repeat(513) }), "/title"),
        (json!({ "title": "a\u{1}" }), "/title"),
        (json!({ "text": "a", "limit": 0 }), "/limit"),
        (json!({ "text": "a", "limit": 1_000_000_000 }), "/limit"),
        (json!({ "text": "a", "limit": "ten" }), "/limit"),
        (json!({ "text": "a", "min_score": 2 }), "/min_score"),
        (json!({ "text": "a", "unknown": 1 }), "/unknown"),
        (json!({ "text": "a", "filter": { "created_after": "yesterday" } }), "/filter/created_after"),
        (json!({ "text": "a", "filter": { "language": ["zh", "中文"] } }), "/filter/language/1"),
        (json!({ "text": "a", "exclude": [""] }), "/exclude/0"),
        (json!({ "text": "a", "include": ["bodi"] }), "/include/0"),
        (json!({ "text": "a", "mode": "magic" }), "/mode"),
        (json!({ "text": "a", "fill_limit": 101 }), "/fill_limit"),
        (json!({ "text": "a", "diversity": 1.5 }), "/diversity"),
        (json!({ "text": "a", "same_language": "often" }), "/same_language"),
    ];
    for (request, pointer) in related {
        let problem = server.post("/v1/related", &request).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{request}: {problem}");
    }
    server.post("/v1/related", &json!({ "id": "unknown" })).problem(404);
    server.send("POST", "/v1/related", "application/json", b"{", None).problem(400);
    server.send("POST", "/v1/related", "application/json", b"{\"text\": \"\xFF\"}", None).problem(400);
    server.send("POST", "/v1/related", "text/plain", b"{}", None).problem(415);
    server.get("/v1/related").problem(405);
    server.get("/v1/nothing").problem(404);
    assert_eq!(server.get("/v1/questions/latest?limit=0").problem(422)["errors"][0]["pointer"], "/limit");
    assert_eq!(server.get("/v1/questions/latest?limit=ten").problem(422)["errors"][0]["pointer"], "/limit");
    server.get("/v1/questions/latest?limt=1").problem(422);
    let put = |body: Value| server.put("/v1/questions/x", &body).problem(422)["errors"][0]["pointer"].clone();
    assert_eq!(put(json!({ "title": "t", "id": "y" })), "/id");
    assert_eq!(put(json!({ "title": "t", "created_at": "2026-13-01" })), "/created_at");
    assert_eq!(put(json!({ "title": "t", "url": "javascript:alert(1)" })), "/url");
    assert_eq!(put(json!({ "title": "t", "attributes": [1] })), "/attributes");
    assert_eq!(put(json!({ "title": "t", "tags": ["ok", ""] })), "/tags/1");
    assert_eq!(put(json!({ "body": "b" })), "/title");
    let path = format!("/v1/questions/{}", "x".repeat(129));
    server.put(&path, &json!({ "title": "t" })).problem(422);
}

#[test]
fn a_text_longer_than_the_model_reads_is_embedded_in_part_and_says_so() {
    let (_folder, server) = demo_server();
    let body = "劳动合同".repeat(5_000);
    let list = server.post("/v1/related", &json!({ "title": "合同", "body": body })).ok();
    assert_eq!((list["query"]["truncated"].as_bool(), list["query"]["tokens"].as_u64()), (Some(true), Some(128)));
}

#[test]
fn an_over_large_body_is_refused_at_once() {
    let folder = TempDir::new().expect("folder");
    std::fs::write(folder.path().join("likewise.toml"), "max_body_mib = 1").expect("writes");
    let config = folder.path().join("likewise.toml");
    let server = TestServer::start(folder.path(), &["--config", config.to_str().expect("utf-8")]);
    let body = format!("[{}]", "1,".repeat(1 << 20));
    server.send("POST", "/v1/questions", "application/json", body.as_bytes(), None).problem(413);
}

#[test]
fn an_answer_before_the_body_has_come_reaches_a_client_that_sends_all_of_it_first() {
    let (_folder, server) = empty_server();
    let mut socket = TcpStream::connect(&server.address).expect("connects");
    let body = vec![b' '; 32 << 20];
    let head = format!("POST /nowhere HTTP/1.1\r\nhost: likewise\r\ncontent-length: {}\r\n\r\n", body.len());
    socket.write_all(head.as_bytes()).expect("sends");
    socket.write_all(&body).expect("all of the body is taken");
    socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: likewise\r\nconnection: close\r\n\r\n").expect("sends");
    let mut answers = String::new();
    socket.read_to_string(&mut answers).expect("answers");
    assert!(answers.starts_with("HTTP/1.1 404 ") && answers.contains("HTTP/1.1 200 "), "{answers}");
}

#[test]
fn a_full_embedding_queue_answers_503_with_retry_after_and_loses_nothing() {
    let folder = TempDir::new().expect("folder");
    let config = folder.path().join("likewise.toml");
    std::fs::write(&config, "embed_queue = 1").expect("writes");
    let server = TestServer::start(folder.path(), &["--config", config.to_str().expect("utf-8")]);
    let body = "等待".repeat(200);
    let answers: Vec<(usize, Answer)> = std::thread::scope(|scope| {
        let put = |n: usize| (n, server.put(&format!("/v1/questions/{n}"), &json!({ "title": format!("{n}"), "body": body })));
        let threads: Vec<_> = (0..24).map(|n| scope.spawn(move || put(n))).collect();
        threads.into_iter().map(|thread| thread.join().expect("answers")).collect()
    });
    let (stored, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, answer)| answer.status == 201);
    assert!(!stored.is_empty() && !refused.is_empty(), "{} stored, {} refused", stored.len(), refused.len());
    for (_, answer) in refused {
        assert!(answer.retry_after.as_deref().is_some_and(|seconds| seconds.parse::<u64>().is_ok()), "{answer:?}");
        answer.problem(503);
    }
    let mut expected: Vec<String> = stored.iter().map(|(n, _)| n.to_string()).collect();
    expected.sort();
    assert_eq!(ids(&server.get("/v1/questions").ok()), expected);
}

#[test]
fn a_client_that_went_away_costs_no_compute() {
    let (_folder, server) = demo_server();
    let body = json!({ "title": "占住", "body": "很长的描述。".repeat(300) }).to_string();
    let request = |body: &str| {
        format!(
            "POST /v1/related HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    // Enough long texts to keep the model busy, asked for by clients that hang up at once.
    for number in 0..40 {
        let mut stream = TcpStream::connect(&server.address).expect("connects");
        let body = body.replace("占住", &format!("占住{number}"));
        stream.write_all(request(&body).as_bytes()).expect("writes");
    }
    // An answer for a later text means that everything before it was embedded or left out.
    server.post("/v1/related", &json!({ "text": "最后一个" })).ok();
    let embedded = server.get("/v1/status").ok()["embedder"]["texts"].as_u64();
    assert!(embedded.is_some_and(|count| count < 20), "{embedded:?} of 40 texts that nobody waited for were embedded");
}

#[test]
fn writes_need_a_key_with_the_scope_where_keys_are_set() {
    let folder = TempDir::new().expect("folder");
    let config = folder.path().join("likewise.toml");
    std::fs::write(&config, "api_keys = ['write-key-0123456789:write', 'read-key-0123456789:read']").expect("writes");
    let server = TestServer::start(folder.path(), &["--config", config.to_str().expect("utf-8")]);
    let put = |key| server.send("PUT", "/v1/questions/a", "application/json", b"{\"title\":\"t\"}", key);
    put(None).problem(401);
    put(Some("wrong-key-0123456789")).problem(401);
    put(Some("read-key-0123456789")).problem(403);
    assert_eq!(put(Some("write-key-0123456789")).status, 201);
    assert_eq!(server.get("/v1/questions/a").status, 200);
    assert_eq!(server.related_ids(&json!({ "text": "t" })), ["a"]);
}

#[test]
fn a_restart_brings_everything_back() {
    let (folder, server) = demo_server();
    server.store("new", "新能源车的保险怎么买");
    let ask = |server: &TestServer| server.related_ids(&json!({ "text": "新能源车保险", "limit": 20 }));
    let before = ask(&server);
    assert_eq!(before[0], "new");
    let (code, said) = server.terminate();
    assert_eq!(code, Some(0), "{said:?}");
    assert!(!folder.path().join("likewise.db-wal").exists(), "a clean stop leaves one file");
    let server = TestServer::start(folder.path(), &[]);
    assert_eq!(ask(&server), before);
}

#[test]
fn the_document_tells_every_route_and_the_page_is_there() {
    let (_folder, server) = empty_server();
    let document = server.get("/openapi.json").ok();
    let paths: Vec<String> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, item)| item.as_object().expect("item").keys().map(move |method| format!("{method} {path}")))
        .collect();
    for route in [
        "post /v1/related",
        "get /v1/questions/{id}/related",
        "get /v1/questions/latest",
        "get /v1/questions",
        "post /v1/questions",
        "get /v1/questions/{id}",
        "put /v1/questions/{id}",
        "delete /v1/questions/{id}",
        "get /v1/status",
        "get /healthz",
        "get /readyz",
        "get /metrics",
    ] {
        assert!(paths.iter().any(|path| path == route), "{route} is missing in {paths:?}");
    }
    for operation in
        document["paths"].as_object().expect("paths").values().flat_map(|item| item.as_object().expect("item").values())
    {
        let answers = operation["responses"].as_object().expect("responses");
        assert!(
            answers.contains_key("default") && answers.values().all(|answer| answer["description"].is_string()),
            "{operation}"
        );
    }
    assert_eq!(server.get("/healthz").body, "ok\n");
    assert_eq!(server.get("/readyz").body, "ready\n");
    let page = server.get("/");
    assert_eq!((page.status, page.content_type.as_str()), (200, "text/html; charset=utf-8"));
    assert_eq!(server.get("/assets/home.js").content_type, "text/javascript; charset=utf-8");
}

#[test]
fn metrics_are_what_prometheus_reads() {
    let (_folder, server) = empty_server();
    server.store("a", "房东不退押金怎么办");
    server.post("/v1/related", &json!({ "text": "押金要不回来" })).ok();
    let answer = server.get("/metrics");
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    let mut kinds = std::collections::HashMap::new();
    for line in answer.body.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a kind");
            assert!(kinds.insert(name, kind).is_none(), "{name} is told twice");
        } else if !line.starts_with("# HELP ") {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = series.split('{').next().expect("a name");
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
            assert!(kinds.contains_key(family) || kinds.contains_key(name), "{line} has no kind");
        }
    }
    let value = |series: &str| {
        let found = answer.body.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse::<f64>().ok());
        found.unwrap_or_else(|| panic!("{series} is not there:\n{}", answer.body))
    };
    assert_eq!((value("likewise_ready"), value("likewise_questions"), value("likewise_alerts")), (1.0, 1.0, 0.0));
    let route = "method=\"POST\",route=\"/v1/related\"";
    assert_eq!(value(&format!("likewise_request_duration_seconds_count{{{route}}}")), 1.0);
    assert_eq!(value(&format!("likewise_request_duration_seconds_bucket{{{route},le=\"+Inf\"}}")), 1.0);
    assert!(value("likewise_embedder_texts_total") >= 2.0);
}
