//! Fetching a model, from a hub on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::likewise;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A small hub that has `team/tiny` with the files of `folder`; answers until the test ends.
fn hub(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = listener.local_addr().expect("address");
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let folder = folder.clone();
            std::thread::spawn(move || answer(&stream, &folder));
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: &TcpStream, folder: &Path) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request).unwrap_or(0) == 0 {
            return;
        }
        let mut range = None;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 || header.trim().is_empty() {
                break;
            }
            if let Some(bytes) = header.to_ascii_lowercase().strip_prefix("range: bytes=") {
                let (from, to) = bytes.trim().split_once('-').expect("range");
                range = Some((from.parse::<usize>().expect("from"), to.parse::<usize>().ok()));
            }
        }
        let path = request.split(' ').nth(1).expect("path").to_owned();
        let (status, body, total) = respond(&path, folder, range);
        let range = match (range, total) {
            (Some((from, _)), Some(total)) => {
                format!("content-range: bytes {from}-{}/{total}\r\n", from + body.len().max(1) - 1)
            }
            _ => String::new(),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\n{range}x-repo-commit: {COMMIT}\r\netag: \"{}\"\r\n\r\n",
            body.len(),
            path.replace('/', "-"),
        );
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_err() {
            return;
        }
    }
}

fn respond(path: &str, folder: &Path, range: Option<(usize, Option<usize>)>) -> (&'static str, Vec<u8>, Option<usize>) {
    if path.starts_with("/api/models/team/tiny") {
        let names = [
            "modules.json",
            "config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "model.safetensors",
            "sentence_bert_config.json",
            "config_sentence_transformers.json",
            "1_Pooling/config.json",
            "onnx/model.onnx",
        ];
        let siblings: Vec<_> = names.iter().map(|name| serde_json::json!({ "rfilename": name })).collect();
        let info = serde_json::json!({ "siblings": siblings, "sha": COMMIT });
        return ("200 OK", info.to_string().into_bytes(), None);
    }
    let name = path.strip_prefix("/team/tiny/resolve/main/");
    match name.and_then(|name| std::fs::read(folder.join(name)).ok()) {
        Some(bytes) => {
            let total = bytes.len();
            match range {
                Some((from, to)) => {
                    let to = to.map_or(total, |to| (to + 1).min(total));
                    ("206 Partial Content", bytes[from.min(to)..to].to_vec(), Some(total))
                }
                None => ("200 OK", bytes, Some(total)),
            }
        }
        None => ("404 Not Found", b"not found".to_vec(), None),
    }
}

#[test]
fn a_fetched_model_is_used_by_name_and_a_missing_one_says_how_to_get_it() {
    let data = TempDir::new().expect("folder");
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/golden/tiny-bert-cls");
    let endpoint = hub(tiny.clone());
    let run = |arguments: &[&str]| {
        let mut command = likewise(data.path());
        command.env("LIKEWISE_HUB_ENDPOINT", &endpoint).env("NO_PROXY", "*").env_remove("HTTP_PROXY").env_remove("http_proxy");
        let output = command.args(arguments).output().expect("runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, _, said) = run(&["--model", "team/tiny", "related", "t"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("likewise model fetch team/tiny"), "{said}");

    let (code, folder, said) = run(&["model", "fetch", "team/tiny"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!Path::new(folder.trim()).join("onnx/model.onnx").exists(), "only what a model needs is fetched");
    let (_, listed, _) = run(&["model", "list"]);
    assert_eq!(listed, "bundled\nteam/tiny\n");
    let fingerprint = |model: &str| {
        let (code, told, said) = run(&["--model", model, "model", "info", "--json"]);
        assert_eq!(code, Some(0), "{said}");
        serde_json::from_str::<serde_json::Value>(&told).expect("json")["fingerprint"].clone()
    };
    assert_eq!(fingerprint("team/tiny"), fingerprint(tiny.to_str().expect("utf-8")));

    let (code, _, said) = run(&["model", "fetch", "team/other"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("team/other can't be fetched"), "{said}");
}
