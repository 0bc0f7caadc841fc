//! The web pages as a program sees them; tests/browser has what a person sees.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Raw, TestServer, empty_server};

const PAGE: (&str, &str) = ("accept", "text/html,application/xhtml+xml");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A server with settings.
fn server_with(folder: &Path, settings: &str) -> TestServer {
    let file = folder.join("likewise.toml");
    std::fs::write(&file, settings).expect("writes");
    TestServer::start(&folder.join("data"), &["--config", file.to_str().expect("utf-8")])
}

fn post_form(server: &TestServer, path: &str, more: &[(&str, &str)], form: &str) -> Raw {
    let headers: Vec<(&str, &str)> = [PAGE, FORM].iter().chain(more).copied().collect();
    server.raw("POST", path, &headers, form)
}

#[test]
fn pages_speak_the_readers_language() {
    let (_folder, server) = empty_server();
    server.put("/v1/questions/a%2Fb", &json!({ "title": "房东不退押金<b>怎么办", "answer": "先协商。" })).ok();
    for path in ["/", "/q/a%2Fb", "/ask", "/duplicates", "/status", "/docs"] {
        let page = |headers: &[(&str, &str)]| server.raw("GET", path, headers, "");
        let english = page(&[PAGE]);
        assert_eq!((english.status, english.header("content-language")), (200, Some("en")), "{path}");
        let chinese = page(&[PAGE, ("accept-language", "zh-TW,en;q=0.5")]);
        assert_eq!((chinese.status, chinese.header("content-language")), (200, Some("zh-CN")), "{path}");
        assert!(chinese.body.contains("<html lang=\"zh-CN\">") && !chinese.body.contains("押金<b>"), "{path}");
        assert!(!english.header("content-security-policy").expect("a policy").contains("unsafe"), "{path}");
        let chosen = server.raw("GET", &format!("{path}?lang=zh"), &[PAGE], "");
        assert_eq!(chosen.header("content-language"), Some("zh-CN"), "{path}");
        let cookie = chosen.header("set-cookie").expect("a cookie").split(';').next().expect("a pair").to_owned();
        assert_eq!(page(&[PAGE, ("cookie", &cookie)]).header("content-language"), Some("zh-CN"), "{path}");
    }
    for missing in ["/nowhere", "/q/nowhere"] {
        let page = server.raw("GET", missing, &[PAGE], "");
        assert!(page.status == 404 && page.body.starts_with("<!doctype html>"), "{missing}: {}", page.body);
    }
    server.get("/nowhere").problem(404);
}

#[test]
fn the_reference_tells_of_every_operation() {
    let (_folder, server) = empty_server();
    let document = server.get("/openapi.json").ok();
    let page = server.raw("GET", "/docs", &[PAGE], "").body;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().expect("an id");
            let section = page.split(&format!("<section class=\"operation\" id=\"{id}\"")).nth(1);
            let section = section.unwrap_or_else(|| panic!("{method} {path} ({id}) is not there"));
            let section = section.split("</section>").next().expect("a section");
            assert!(section.contains(path), "{id}");
            assert!(section.contains("class=\"try app\""), "{id} has no example");
        }
    }
    for kind in document["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(page.contains(&format!("id=\"type-{kind}\"")), "{kind}");
    }
}

#[test]
fn only_pages_of_named_sites_may_read_and_none_may_write() {
    let folder = TempDir::new().expect("folder");
    let server = server_with(folder.path(), "cors_origins = ['https://a.example']");
    server.store("1", "房东不退押金怎么办");
    let preflight = |path: &str, origin: &str, method: &str| {
        let headers =
            [("origin", origin), ("access-control-request-method", method), ("access-control-request-headers", "content-type")];
        let answer = server.raw("OPTIONS", path, &headers, "");
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    for path in ["/v1/related", "/v1/duplicates/check", "/v1/questions/1/related", "/fragments/related/1"] {
        assert_eq!(preflight(path, "https://a.example", "POST").as_deref(), Some("https://a.example"), "{path}");
        assert_eq!(preflight(path, "https://b.example", "POST"), None, "{path}");
    }
    for path in ["/v1/questions/1", "/v1/questions", "/v1/rules/1", "/v1/duplicates/verdicts/1/2", "/ask"] {
        assert_eq!(preflight(path, "https://a.example", "PUT"), None, "{path}");
    }
    let asked = server.raw("GET", "/fragments/related/1", &[("origin", "https://a.example")], "");
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (200, Some("https://a.example")));
    let wrong = server.raw("DELETE", "/v1/related", &[], "");
    assert_eq!((wrong.status, wrong.header("content-type")), (405, Some("application/problem+json")));
}

#[test]
fn a_fragment_that_did_not_change_is_not_sent_again() {
    let (_folder, server) = empty_server();
    server.put("/v1/questions/1", &json!({ "title": "房东不退押金怎么办" })).ok();
    server.put("/v1/questions/2", &json!({ "title": "押金被房东扣了", "body": "能要回来吗？" })).ok();
    let fragment = |headers: &[(&str, &str)]| server.raw("GET", "/fragments/related/1?fill=latest", headers, "");
    let first = fragment(&[]);
    let host = format!("//{}/q/2", server.address);
    assert!(first.status == 200 && first.body.contains(&host) && first.body.contains("能要回来吗？"), "{}", first.body);
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = fragment(&[("if-none-match", &tag)]);
    assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", Some(tag.as_str())));
    server.put("/v1/questions/2", &json!({ "title": "押金被房东扣了", "body": "怎么要回来？" })).ok();
    let changed = fragment(&[("if-none-match", &tag)]);
    assert!(changed.status == 200 && changed.body.contains("怎么要回来？"), "{}", changed.body);
    server.get("/fragments/related/nowhere").problem(404);
}

#[test]
fn a_question_that_is_posted_twice_is_stored_once() {
    let (_folder, server) = empty_server();
    let form = "do=post&id=ask-1&title=%E6%88%BF%E4%B8%9C&body=&category=housing&author=";
    let count = || server.get("/v1/status").ok()["questions"].as_u64();
    for _ in 0..2 {
        let posted = post_form(&server, "/ask", &[("sec-fetch-site", "same-origin")], form);
        assert_eq!((posted.status, posted.header("location")), (303, Some("/q/ask-1")), "{}", posted.body);
    }
    assert_eq!(count(), Some(1));
    assert_eq!(server.get("/v1/questions/ask-1").ok()["category"], "housing");
    let other = post_form(&server, "/ask", &[], "do=post&id=ask-1&title=another");
    assert!(other.status == 422 && other.body.contains("another question"), "{}", other.body);
    let without = post_form(&server, "/ask", &[], "do=post&id=ask-2&title=+&body=kept");
    assert!(
        without.status == 422 && without.body.contains("role=\"alert\"") && without.body.contains("kept"),
        "{}",
        without.body
    );
    let foreign = post_form(&server, "/ask", &[("sec-fetch-site", "cross-site")], "do=post&id=ask-3&title=foreign");
    assert_eq!((foreign.status, count()), (403, Some(1)));
}

#[test]
fn posting_and_judging_need_a_key_where_keys_are_set() {
    let folder = TempDir::new().expect("folder");
    let server = server_with(folder.path(), "api_keys = ['0123456789abcdef:write', 'fedcba9876543210:read']");
    for key in ["", "wrong-wrong-wrong", "fedcba9876543210"] {
        let asked = post_form(&server, "/ask", &[], &format!("do=post&id=ask-1&title=hello&key={key}"));
        assert!([401, 403].contains(&asked.status) && asked.body.contains("role=\"alert\""), "{}", asked.body);
        assert!(!asked.body.contains("wrong-wrong"), "the key is sent back");
    }
    assert_eq!(server.get("/v1/status").ok()["questions"], 0);
    let key = "key=0123456789abcdef";
    assert_eq!(post_form(&server, "/ask", &[], &format!("do=post&id=ask-1&title=hello&{key}")).status, 303);
    server.send("PUT", "/v1/questions/x", "application/json", br#"{"title": "hello"}"#, Some("0123456789abcdef")).ok();
    let say = "say=%5B%22ask-1%22%2C%22x%22%2C%22duplicate%22%5D&min_probability=0.8";
    assert_eq!(post_form(&server, "/duplicates", &[], say).status, 200);
    assert_eq!(server.get("/v1/duplicates/verdicts").ok()["total"], 0);
    let said = post_form(&server, "/duplicates", &[], &format!("{say}&{key}"));
    assert_eq!((said.status, said.header("location")), (303, Some("/duplicates?min_probability=0.8")));
    assert_eq!(server.get("/v1/duplicates/verdicts").ok()["items"][0]["verdict"], "duplicate");
    let nowhere = post_form(&server, "/duplicates", &[], &format!("say=%5B%22ask-1%22%2C%22y%22%2C%22duplicate%22%5D&{key}"));
    assert!(nowhere.status == 200 && nowhere.body.contains("role=\"alert\""), "{}", nowhere.body);
}

#[test]
fn groups_that_are_judged_meanwhile_are_not_passed_over() {
    let (_folder, server) = empty_server();
    let topics =
        ["房东不退押金怎么办", "公积金贷款额度怎么算", "离婚后孩子抚养权归谁", "公司拖欠工资去哪里投诉", "醉驾会判多久"];
    for (number, title) in topics.iter().enumerate() {
        for copy in ["a", "b"] {
            server.store(&format!("{number}-{copy}"), title);
        }
    }
    server.settled();
    let page = |after: Option<&str>| {
        let after = after.map_or_else(String::new, |after| format!("&after={after}"));
        server.get(&format!("/v1/duplicates/groups?limit=2{after}")).ok()
    };
    let mut seen = Vec::new();
    let mut groups = page(None);
    loop {
        for group in groups["groups"].as_array().expect("groups") {
            let members: Vec<&str> =
                group["members"].as_array().expect("members").iter().map(|m| m["id"].as_str().expect("id")).collect();
            seen.push(group["representative"].as_str().expect("id").to_owned());
            let path = format!("/v1/duplicates/verdicts/{}/{}", members[0], members[1]);
            server.put(&path, &json!({ "verdict": "different" })).ok();
        }
        match groups["next"].as_str() {
            Some(next) => groups = page(Some(next)),
            None => break,
        }
    }
    assert_eq!(seen, ["0-a", "1-a", "2-a", "3-a", "4-a"]);
    server.get("/v1/duplicates/groups?after=x").problem(422);
    assert_eq!(page(None)["groups"], Value::Array(Vec::new()));
}

#[test]
fn the_status_tells_how_long_answers_take() {
    let (_folder, server) = empty_server();
    server.store("1", "房东不退押金怎么办");
    for _ in 0..3 {
        server.get("/v1/questions/1/related").ok();
    }
    assert_eq!(server.raw("WHATEVER", "/v1/related", &[], "").status, 405);
    let status = server.get("/v1/status").ok();
    assert!(!status["latencies"].to_string().contains("WHATEVER"), "{status}");
    let route =
        |name: &str| status["latencies"].as_array().expect("routes").iter().find(|route| route["route"] == name).cloned();
    let related = route("GET /v1/questions/{id}/related").expect("was asked");
    assert_eq!(related["requests"], 3);
    assert!(related["p50"].as_f64() > Some(0.0) && related["p99"].as_f64() >= related["p50"].as_f64(), "{related}");
    assert!(route("PUT /v1/questions/{id}").is_some() && route("GET /healthz").is_none());
    // Without a graph nothing is left out.
    assert_eq!(status["recall"], Value::Null);
}
