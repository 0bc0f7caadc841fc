//! The batch uses: the list of every page, and every duplicate.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PATIENCE, TestServer, empty_server, ids, likewise};

fn run(data: &Path, arguments: &[&str]) -> Output {
    likewise(data).args(arguments).output().expect("runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lines(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).expect("utf-8");
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// Questions with ready vectors, so that thousands cost nothing: each is near those with numbers near its own.
fn vectors(data: &Path, count: usize) {
    let info = run(data, &["model", "info", "--json"]);
    let info: Value = serde_json::from_slice(&info.stdout).expect("json");
    let row = |n: usize| {
        let mut vector = vec![0.02f32; 384];
        for step in 0..8 {
            vector[(n / 3 + step) % 384] = 1.0 + (n % 3) as f32 * 0.05;
        }
        let row = json!({
            "id": format!("q/{n}"), "title": format!("question number {n}"), "embedding": vector,
            "created_at": format!("2026-01-01T{:02}:{:02}:00Z", n / 60 % 24, n % 60),
        });
        format!("{row}\n")
    };
    let file = data.join("vectors.jsonl");
    std::fs::write(&file, (0..count).map(row).collect::<String>()).expect("writes");
    let fingerprint = info["fingerprint"].as_str().expect("fingerprint");
    let imported = run(data, &["import", "--embeddings-from", fingerprint, file.to_str().expect("utf-8")]);
    assert!(imported.status.success(), "{}", said(&imported));
}

/// Every file of a folder by its path, but for our own notes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("reads") {
            let path = entry.expect("reads").path();
            if path.is_file() {
                found.insert(path.strip_prefix(folder).expect("inside").to_owned(), std::fs::read(&path).expect("reads"));
            } else if !path.ends_with(".likewise") {
                folders.push(path);
            }
        }
    }
    found
}

fn pages(data: &Path, out: &Path, more: &[&str]) -> Value {
    let output = likewise(data).args(["pages", "--json", "--out"]).arg(out).args(more).output().expect("runs");
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).expect("a report")
}

#[test]
fn every_question_gets_its_list_and_a_second_run_writes_nothing() {
    let data = TempDir::new().expect("folder");
    vectors(data.path(), 400);
    for (format, count) in [("jsonl", 1), ("html", 400), ("page", 400)] {
        let out = data.path().join(format);
        let first = pages(data.path(), &out, &["--format", format]);
        assert_eq!((&first["questions"], &first["written"]), (&json!(400), &json!(400)));
        let before = files(&out);
        assert_eq!(before.len(), count);
        let second = pages(data.path(), &out, &["--format", format]);
        assert_eq!((&second["written"], &second["unchanged"]), (&json!(0), &json!(400)));
        assert_eq!(files(&out), before);
        std::fs::remove_file(out.join(before.keys().next().expect("a file"))).expect("removes");
        pages(data.path(), &out, &["--format", format]);
        assert_eq!(files(&out), before, "what was taken away is written again");
        assert!(std::fs::read_to_string(out.join(".likewise/links.svg")).expect("a plot").starts_with("<svg"));
    }
    let part = &files(&data.path().join("jsonl"))[Path::new("related-00000.jsonl")];
    let related = likewise(data.path()).args(["related", "--id", "q/30", "--json"]).output().expect("runs");
    let expected: Vec<Value> = lines(&related.stdout).iter().map(|line| line["question"]["id"].clone()).collect();
    let list = lines(part).into_iter().find(|line| line["id"] == "q/30").expect("a list");
    let listed: Vec<Value> = list["items"].as_array().expect("items").iter().map(|item| item["id"].clone()).collect();
    assert_eq!(listed, expected, "an exact search finds the same");
}

#[test]
fn pages_killed_at_any_moment_end_with_the_same_files() {
    let data = TempDir::new().expect("folder");
    vectors(data.path(), 3_000);
    let whole = data.path().join("whole");
    pages(data.path(), &whole, &["--format", "html"]);
    let expected = files(&whole);
    let out = data.path().join("out");
    // The lists are made anew too.
    std::fs::remove_file(data.path().join("lists-32.bin")).expect("there");
    for stop_at in [1, 400, 1_500] {
        let mut command = likewise(data.path());
        command.args(["pages", "--format", "html", "--out"]).arg(&out);
        let mut process = command.spawn().expect("runs");
        while process.try_wait().expect("polls").is_none() {
            let folders = std::fs::read_dir(&out).map_or(0, Iterator::count);
            if folders >= stop_at {
                process.kill().expect("kills");
                break;
            }
            std::thread::yield_now();
        }
        process.wait().expect("ends");
    }
    pages(data.path(), &out, &["--format", "html"]);
    let left: BTreeMap<_, _> =
        files(&out).into_iter().filter(|(path, _)| path.extension().is_none_or(|e| e != "part")).collect();
    assert_eq!(left.len(), expected.len());
    assert!(left == expected, "some file differs");
    assert_eq!(files(&out).len(), expected.len(), "half-written files are cleared away");
}

#[test]
fn what_can_not_be_written_is_told_before_the_work() {
    let data = TempDir::new().expect("folder");
    vectors(data.path(), 5);
    let theirs = data.path().join("theirs");
    std::fs::create_dir(&theirs).expect("creates");
    std::fs::write(theirs.join("index.html"), "x").expect("writes");
    let template = data.path().join("t.html");
    std::fs::write(&template, "{% for item in items %}").expect("writes");
    let (template, theirs) = (template.to_str().expect("utf-8"), theirs.to_str().expect("utf-8"));
    let out = data.path().join("out");
    let out = out.to_str().expect("utf-8");
    for (arguments, code, why) in [
        (vec!["pages", "--out", theirs], 1, "did not write; give it an empty folder"),
        (vec!["pages", "--out", out, "--template", template, "--format", "html"], 1, "the template does not parse"),
        (vec!["pages", "--out", out, "--template", "/nowhere"], 1, "/nowhere can't be read"),
        (vec!["pages", "--out", out, "--limit", "0"], 2, "allowed is 1 to 100"),
        (vec!["pages", "--out", out, "--max-links", "0"], 2, "no question could stand"),
        (vec!["pages", "--out", out, "--since", "99"], 1, "the changes since 99 are asked for"),
        (vec!["pages", "--out", "/proc/nowhere"], 1, "can't be written"),
        (vec!["duplicates", "find", "--min-probability", "0"], 2, "allowed is 0.01 to 1"),
        (vec!["duplicates", "find", "--out", "x.txt"], 2, "ends in neither"),
        (vec!["duplicates", "score", "/nowhere.csv"], 1, "/nowhere.csv: can't be read"),
    ] {
        let output = run(data.path(), &arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(why), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn pairs_are_scored_in_order_whatever_is_wrong_with_some() {
    let data = TempDir::new().expect("folder");
    let csv = data.path().join("p.csv");
    std::fs::write(&csv, "n,a,b\n1,房东不退押金怎么办,房东不退押金该怎么办\n2,,x\n3,合同签2年,合同签3年\n4,x\n")
        .expect("writes");
    let output = run(data.path(), &["duplicates", "score", csv.to_str().expect("utf-8")]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("p.csv:3: `a` is empty") && said(&output).contains("2 rows rejected"), "{}", said(&output));
    let text = String::from_utf8(output.stdout).expect("utf-8");
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows[0], "n,a,b,score,probability,verdict,reasons");
    assert!(rows[1].starts_with("1,房东") && rows[1].contains(",duplicate,"), "{}", rows[1]);
    assert!(rows[2].starts_with("2,,x,") && rows[2].contains("error"), "{}", rows[2]);
    assert!(rows[3].contains("numbers differ: 2年 / 3年") && !rows[3].contains(",duplicate,"), "{}", rows[3]);
    assert_eq!(rows.len(), 5);

    let pairs = data.path().join("p.jsonl");
    let rows = "{\"a\":\"a b c\",\"b\":\"a b c!\",\"mine\":1.50}\n{\"a\":\"only one\"}\n{\"a_id\":\"nobody\",\"b\":\"x\"}\n";
    std::fs::write(&pairs, rows).expect("writes");
    let packed = data.path().join("scored.jsonl.zst");
    let arguments = ["duplicates", "score", pairs.to_str().expect("utf-8"), "--out", packed.to_str().expect("utf-8")];
    let output = run(data.path(), &arguments);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let scored = zstd::decode_all(std::fs::File::open(&packed).expect("opens")).expect("unpacks");
    let text = String::from_utf8(scored.clone()).expect("utf-8");
    assert!(text.starts_with("{\"a\":\"a b c\",\"b\":\"a b c!\",\"mine\":1.50,\"score\":"), "{text}");
    let scored = lines(&scored);
    assert_eq!(scored[1]["error"], "it has neither `b` nor `b_id`");
    assert!(scored[2]["error"].as_str().expect("an error").contains("\"nobody\""));
}

/// Some questions with duplicates among them.
const QUESTIONS: [(&str, &str); 8] = [
    ("a1", "房东不退押金怎么办"),
    ("a2", "房东不退押金该怎么办"),
    ("a3", "房东不退押金怎么办？"),
    ("b1", "离婚后孩子抚养权归谁"),
    ("b2", "离婚后孩子的抚养权归谁"),
    ("c1", "How do I appeal a parking fine"),
    ("d1", "试用期2个月合法吗"),
    ("d2", "试用期3个月合法吗"),
];

fn store(server: &TestServer) {
    for (id, title) in QUESTIONS {
        let answer = if id == "a2" { json!("先协商，再起诉。") } else { Value::Null };
        server.put(&format!("/v1/questions/{id}"), &json!({ "title": title, "answer": answer })).ok();
    }
}

#[test]
fn duplicates_are_found_on_the_command_line_as_over_http() {
    let (data, server) = empty_server();
    store(&server);
    server.settled();
    let found = server.get("/v1/duplicates/groups?min_probability=0.8").ok();
    let members = |group: &Value, field: &str| -> Vec<String> {
        let members = group[field].as_array().expect("members").iter();
        members.map(|m| m["id"].as_str().or(m.as_str()).expect("id").to_owned()).collect()
    };
    let of_http: Vec<Vec<String>> = found["groups"].as_array().expect("groups").iter().map(|g| members(g, "members")).collect();
    assert_eq!(of_http, [vec!["a1", "a2", "a3"], vec!["b1", "b2"]]);
    assert_eq!(found["groups"][0]["representative"], "a2", "the one with an answer");
    assert_eq!((&found["total"], &found["next"]), (&json!(2), &Value::Null));
    let first = server.get("/v1/duplicates/groups?limit=1").ok();
    let rest = server.get(&format!("/v1/duplicates/groups?limit=1&after={}", first["next"].as_str().expect("a cursor"))).ok();
    assert_eq!(members(&rest["groups"][0], "members"), ["b1", "b2"]);
    server.get("/v1/duplicates/groups?after=x").problem(422);
    server.get("/v1/duplicates/groups?min_probability=2").problem(422);
    assert_eq!(server.terminate().0, Some(0));

    let output = run(data.path(), &["duplicates", "find"]);
    assert!(output.status.success(), "{}", said(&output));
    let found = lines(&output.stdout);
    let groups: Vec<&Value> = found.iter().filter(|line| line["type"] == "group").collect();
    let of_find: Vec<Vec<String>> = groups.iter().map(|group| members(group, "members")).collect();
    assert_eq!(of_find, of_http);
    assert_eq!(groups[0]["representative"], "a2");
    assert_eq!(found.iter().filter(|line| line["type"] == "pair").count(), 4);
    for form in ["csv", "html"] {
        let out = data.path().join(format!("found.{form}"));
        let output = run(data.path(), &["duplicates", "find", "--out", out.to_str().expect("utf-8")]);
        assert!(output.status.success(), "{}", said(&output));
        let text = std::fs::read_to_string(&out).expect("reads");
        assert!(text.contains("房东不退押金该怎么办"), "{text}");
        let again = run(data.path(), &["duplicates", "find", "--out", out.to_str().expect("utf-8")]);
        assert!(again.status.success(), "{}", said(&again));
        assert_eq!(std::fs::read_to_string(&out).expect("reads"), text, "the same store, the same bytes");
        assert!(!data.path().join(format!("found.{form}.part")).exists());
    }
    let since = run(data.path(), &["duplicates", "find", "--since", "4"]);
    let pairs: Vec<Value> = lines(&since.stdout).into_iter().filter(|line| line["type"] == "pair").collect();
    assert!(pairs.len() == 1 && pairs[0]["b"] == "b2", "{pairs:?}");
}

#[test]
fn a_draft_hears_of_its_duplicates_and_why() {
    let (_data, server) = empty_server();
    store(&server);
    let found = server.post("/v1/duplicates/check", &json!({ "title": "房东不给退押金怎么办" })).ok();
    assert!(ids(&found).iter().all(|id| id.starts_with('a')) && ids(&found).len() == 3, "{found}");
    let first = &found["items"][0];
    assert_eq!((&first["verdict"], &found["calibrated"]), (&json!("duplicate"), &json!(true)));
    assert!(first["probability"].as_f64().expect("p") > 0.5 && first["reasons"][0].is_string());
    let other = server.post("/v1/duplicates/check", &json!({ "text": "试用期6个月合法吗", "min_probability": 0.0 })).ok();
    let of = |id: &str| other["items"].as_array().expect("items").iter().find(|item| item["id"] == id).expect(id).clone();
    assert_eq!(of("d1")["reasons"], json!(["numbers differ: 6个月 / 2个月"]));
    assert_ne!(of("d1")["verdict"], "duplicate");
    server.post("/v1/duplicates/check", &json!({ "title": "x", "text": "y" })).problem(422);
    server.post("/v1/duplicates/check", &json!({ "title": "x", "min_probability": 1.5 })).problem(422);

    let request =
        json!({ "pairs": [{ "a_id": "a1", "b_id": "a3" }, { "a": "工资拖欠", "b_id": "c1" }, { "a": "x y", "b": "x y" }] });
    let scores = server.post("/v1/duplicates/score", &request).ok();
    let verdicts: Vec<&Value> = scores["scores"].as_array().expect("scores").iter().map(|score| &score["verdict"]).collect();
    assert_eq!(verdicts, ["duplicate", "different", "duplicate"]);
    let faults = server.post("/v1/duplicates/score", &json!({ "pairs": [{ "a": "x" }, { "a": "", "b": "y" }] })).problem(422);
    let pointers: Vec<&Value> = faults["errors"].as_array().expect("errors").iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/pairs/0/b", "/pairs/1/a"]);
    server.post("/v1/duplicates/score", &json!({ "pairs": [{ "a_id": "nobody", "b": "y" }] })).problem(404);
}

#[test]
fn a_stored_questions_list_is_the_exact_one_and_follows_every_write() {
    let (data, server) = empty_server();
    store(&server);
    let lists = |server: &TestServer| -> Vec<Vec<String>> {
        let exact = |id: &str| server.related_ids(&json!({ "id": id, "exact": true, "exclude": ["x"], "min_score": -1 }));
        let lived = |id: &str| ids(&server.get(&format!("/v1/questions/{id}/related?min_score=-1")).ok());
        let stored: Vec<String> = ids(&server.get("/v1/questions?limit=100").ok());
        stored.iter().for_each(|id| assert_eq!(lived(id), exact(id)));
        stored.iter().map(|id| lived(id)).collect()
    };
    let seq = server.settled();
    assert_eq!(lists(&server)[0].len(), 5, "two are copies of a third");
    let none = server.get(&format!("/v1/changes?since={seq}")).ok();
    assert_eq!((&none["changed"], &none["deleted"], &none["complete"]), (&json!([]), &json!([]), &json!(true)));

    server.store("e1", "房东不退押金，能报警吗");
    server.delete("/v1/questions/c1");
    // Found by a search at once, whether or not the lists have come so far.
    assert!(server.related_ids(&json!({ "id": "a1" })).contains(&"e1".to_owned()));
    server.settled();
    assert!(!lists(&server).iter().flatten().any(|id| id == "c1"));
    let changes = server.get(&format!("/v1/changes?since={seq}")).ok();
    assert_eq!(changes["deleted"], json!(["c1"]));
    assert!(changes["changed"].as_array().expect("ids").contains(&json!("e1")), "{changes}");

    // Another address changes the pages that show it, not the lists.
    let seq = server.settled();
    server.put("/v1/questions/b1", &json!({ "title": QUESTIONS[3].1, "url": "/new" })).ok();
    server.settled();
    let changes = server.get(&format!("/v1/changes?since={seq}")).ok();
    assert_eq!(changes["changed"].as_array().expect("ids").len(), 8, "all show it: {changes}");

    let before = lists(&server);
    assert_eq!(server.terminate().0, Some(0));
    assert!(data.path().join("lists-32.bin").exists());
    let server = TestServer::start(data.path(), &[]);
    server.settled();
    assert_eq!(lists(&server), before);
    assert_eq!(server.get("/v1/changes?since=0").ok()["changed"].as_array().expect("ids").len(), 8);
}

#[test]
fn a_list_is_arranged_as_asked() {
    let (_data, server) = empty_server();
    store(&server);
    let list = |more: Value| {
        let mut request = json!({ "text": "房东不退押金该咋办", "limit": 4, "min_score": -1 });
        request.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
        server.post("/v1/related", &request).ok()
    };
    let plain = list(json!({ "collapse_duplicates": false }));
    assert!(ids(&plain)[..3].iter().all(|id| id.starts_with('a')), "{plain}");
    assert!(
        plain["items"][0]["duplicate_probability"].as_f64().expect("p")
            > plain["items"][3]["duplicate_probability"].as_f64().expect("p")
    );

    let collapsed = list(json!({}));
    assert_eq!(collapsed["items"][0]["id"], "a2", "the one with an answer");
    let mut duplicates: Vec<&str> =
        collapsed["items"][0]["duplicates"].as_array().expect("ids").iter().map(|id| id.as_str().expect("id")).collect();
    duplicates.sort_unstable();
    assert_eq!(duplicates, ["a1", "a3"]);
    assert_eq!(ids(&collapsed).len(), 4, "filled up: {collapsed}");
    assert!(!ids(&collapsed)[1..].iter().any(|id| id.starts_with('a')), "{collapsed}");
    let all = list(json!({ "collapse_duplicates": true, "limit": 8, "fill": "latest" }));
    assert!(ids(&all).len() < 8 && all["short_reason"] == "store_size", "what is collapsed does not fill: {all}");

    let varied = list(json!({ "diversity": 0.5, "collapse_duplicates": false }));
    assert_eq!(ids(&varied)[0], ids(&plain)[0], "the first one stays");
    assert!(ids(&varied).iter().filter(|id| id.starts_with('a')).count() < 3, "{varied}");

    assert_eq!(ids(&list(json!({ "same_language": "only", "limit": 8, "collapse_duplicates": false }))).len(), 7);
    let foreign = server.post("/v1/related", &json!({ "text": "My landlord keeps the deposit", "same_language": "only" })).ok();
    assert_eq!((ids(&foreign), &foreign["short_reason"]), (vec!["c1".to_owned()], &json!("filter")));
    assert_eq!(ids(&list(json!({ "same_language": "prefer", "collapse_duplicates": false }))), ids(&plain));
    let stored = server.get("/v1/questions/a1/related?collapse_duplicates=true&same_language=only&diversity=0.2").ok();
    assert_eq!(stored["items"][0]["id"], "a2");
}

/// One delivery: signature and body. It is answered with `status`.
fn delivery(listener: &TcpListener, status: &str) -> (String, Value) {
    listener.set_nonblocking(true).expect("sets");
    let until = Instant::now() + PATIENCE;
    let stream = loop {
        match listener.accept() {
            Ok((stream, _)) => break stream,
            Err(error) => assert!(error.kind() == ErrorKind::WouldBlock && Instant::now() < until, "no delivery: {error}"),
        }
        std::thread::yield_now();
    };
    stream.set_nonblocking(false).expect("sets");
    stream.set_read_timeout(Some(PATIENCE)).expect("sets");
    let mut reader = BufReader::new(stream);
    let (mut signature, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("reads");
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().expect("a length");
        }
        if let Some(value) = line.strip_prefix("x-likewise-signature: ") {
            signature = value.to_owned();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("reads");
    write!(reader.get_mut(), "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").expect("answers");
    (signature, serde_json::from_slice(&body).expect("json"))
}

#[test]
fn the_webhook_tells_what_changed_until_it_is_taken() {
    let data = TempDir::new().expect("folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let url = format!("http://{}/hook", listener.local_addr().expect("address"));
    let settings = data.path().join("likewise.toml");
    let secret = "0123456789abcdef";
    std::fs::write(&settings, format!("webhook_url = '{url}'\nwebhook_secret = '{secret}'\n")).expect("writes");
    let server = TestServer::start(data.path(), &["--config", settings.to_str().expect("utf-8")]);
    server.store("a", "房东不退押金");
    server.settled();
    server.store("b", "房东不退押金怎么办");
    let mut told = std::collections::BTreeSet::new();
    let mut refused = true;
    // The first state may be the beginning, of which nothing is told.
    while !told.contains("b") {
        let (signature, body) = delivery(&listener, if refused { "500 no" } else { "204 ok" });
        assert!(signature.starts_with("sha256=") && signature.len() == 71, "{signature}");
        let ids = body["changed"].as_array().expect("ids").iter().map(|id| id.as_str().expect("id").to_owned());
        if refused {
            refused = false;
        } else {
            told.extend(ids);
        }
    }
}
