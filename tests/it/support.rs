//! A real server on a port of its own, and what tests say to it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for anything; a test that reaches it has failed.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The program itself.
pub fn likewise(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_likewise"));
    command.arg("--data-dir").arg(data);
    // A setting of the machine must not decide a test.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LIKEWISE_")) {
        command.env_remove(name);
    }
    command
}

/// A server process; killed when dropped.
pub struct TestServer {
    process: Child,
    pub address: String,
    stderr: Mutex<Receiver<String>>,
    agent: ureq::Agent,
}

/// An answer: status, headers that matter, body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub retry_after: Option<String>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// The body of a good answer.
    pub fn ok(self) -> Value {
        assert!(matches!(self.status, 200 | 201), "{} {}", self.status, self.body);
        self.json()
    }

    /// The problem, which must have this status; its words are checked for their form.
    pub fn problem(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.content_type, "application/problem+json");
        let problem = self.json();
        assert!(problem["type"].as_str().is_some_and(|kind| kind.starts_with("urn:likewise:problem:")), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
        problem
    }
}

/// An answer with all its headers.
#[derive(Debug)]
pub struct Raw {
    pub status: u16,
    headers: ureq::http::HeaderMap,
    pub body: String,
}

impl Raw {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl TestServer {
    /// Starts on a free port over `data` and waits until it is ready.
    pub fn start(data: &Path, arguments: &[&str]) -> Self {
        let mut command = likewise(data);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments);
        let mut process = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
        let pipe = process.stderr.take().expect("piped");
        let (lines, stderr) = channel();
        std::thread::spawn(move || BufReader::new(pipe).lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
        let address = loop {
            let line = stderr.recv_timeout(PATIENCE).expect("the server tells its address or why it stopped");
            if let Some(rest) = line.strip_prefix("likewise is listening on http://") {
                break rest.split_whitespace().next().expect("an address").to_owned();
            }
        };
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        Self { process, address, stderr: Mutex::new(stderr), agent: config.into() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, path: &str) -> Answer {
        answer(self.agent.get(self.url(path)).call())
    }

    pub fn delete(&self, path: &str) -> Answer {
        answer(self.agent.delete(self.url(path)).call())
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, "application/json", body.to_string().as_bytes(), None)
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, "application/json", body.to_string().as_bytes(), None)
    }

    pub fn send(&self, method: &str, path: &str, kind: &str, body: &[u8], key: Option<&str>) -> Answer {
        let url = self.url(path);
        let mut request = match method {
            "POST" => self.agent.post(url),
            "PUT" => self.agent.put(url),
            other => panic!("{other}"),
        }
        .header("content-type", kind);
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        answer(request.send(body))
    }

    /// Any request, as it is; redirects are not followed.
    pub fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Raw {
        let mut request = ureq::http::Request::builder().method(method).uri(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).expect("a request");
        let config = self.agent.configure_request(request).max_redirects(0).allow_non_standard_methods(true);
        let mut response = self.agent.run(config.build()).expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Raw { status, headers, body: response.body_mut().read_to_string().expect("a body") }
    }

    /// Stores a question and insists that it was.
    pub fn store(&self, id: &str, title: &str) {
        self.put(&format!("/v1/questions/{id}"), &serde_json::json!({ "title": title })).ok();
    }

    /// The ids of a list.
    pub fn related_ids(&self, request: &Value) -> Vec<String> {
        ids(&self.post("/v1/related", request).ok())
    }

    /// Waits until the lists show all that was acknowledged, and tells the state they are of.
    pub fn settled(&self) -> u64 {
        let until = Instant::now() + PATIENCE;
        loop {
            let status = self.get("/v1/status").ok();
            if status["lists"]["seq"] == status["seq"] {
                return status["seq"].as_u64().expect("a number");
            }
            assert!(Instant::now() < until, "the lists stay behind: {status}");
            std::thread::yield_now();
        }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.process.kill().expect("kills");
        self.process.wait().expect("ends");
    }

    /// SIGTERM, then the exit code and what was said.
    pub fn terminate(mut self) -> (Option<i32>, Vec<String>) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        let status = self.process.wait().expect("ends");
        (status.code(), self.stderr.lock().expect("not poisoned").iter().collect())
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = result.expect("an answer");
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let content_type = header("content-type").unwrap_or_default();
    let retry_after = header("retry-after");
    let status = response.status().as_u16();
    let body = response.body_mut().read_to_string().expect("a body");
    Answer { status, content_type, retry_after, body }
}

/// The ids of the `items`.
pub fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item["id"].as_str().expect("id").to_owned()).collect()
}

/// A server over an empty folder.
pub fn empty_server() -> (TempDir, TestServer) {
    let folder = TempDir::new().expect("folder");
    let server = TestServer::start(folder.path(), &[]);
    (folder, server)
}
