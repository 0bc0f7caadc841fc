//! What was acknowledged survives.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tempfile::TempDir;

use crate::support::{TestServer, ids, likewise};

/// Writes from several clients until the server is killed without warning; then every acknowledged question must be there
/// and findable, and every acknowledged deletion must hold.
#[test]
fn acknowledged_writes_survive_kill_9_under_load() {
    let folder = TempDir::new().expect("folder");
    for round in 0..3 {
        let mut server = TestServer::start(folder.path(), &[]);
        let stored: Mutex<Vec<String>> = Mutex::default();
        let deleted: Mutex<Vec<String>> = Mutex::default();
        let dead = AtomicBool::new(false);
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        std::thread::scope(|scope| {
            for client in 0..4 {
                let (agent, stored, deleted, dead) = (&agent, &stored, &deleted, &dead);
                let base = server.url("/v1/questions/");
                scope.spawn(move || {
                    for number in 0.. {
                        let id = format!("r{round}-c{client}-{number}");
                        let url = format!("{base}{id}");
                        let body = json!({ "title": format!("问题 {id}") }).to_string();
                        let put = agent.put(&url).header("content-type", "application/json").send(body.as_bytes());
                        match put {
                            Ok(answer) if answer.status().as_u16() == 201 => {}
                            _ if dead.load(Ordering::SeqCst) => return,
                            other => panic!("{other:?}"),
                        }
                        // Every fourth is deleted again.
                        if number % 4 == 3 {
                            match agent.delete(&url).call() {
                                Ok(answer) if answer.status().as_u16() == 204 => deleted.lock().expect("lock").push(id),
                                // Unanswered: it may be there or not.
                                _ => return,
                            }
                        } else {
                            stored.lock().expect("lock").push(id);
                        }
                    }
                });
            }
            // Enough acknowledged to be worth losing.
            while stored.lock().expect("lock").len() < 40 {
                std::thread::yield_now();
            }
            dead.store(true, Ordering::SeqCst);
            server.kill();
        });

        let server = TestServer::start(folder.path(), &[]);
        for id in stored.lock().expect("lock").iter() {
            assert_eq!(server.get(&format!("/v1/questions/{id}")).ok()["id"], *id);
        }
        let id = stored.lock().expect("lock")[0].clone();
        let found = server.related_ids(&json!({ "text": format!("问题 {id}"), "limit": 100, "exact": true }));
        assert!(found.contains(&id), "{id} is stored but not found");
        for id in deleted.lock().expect("lock").iter() {
            server.get(&format!("/v1/questions/{id}")).problem(404);
        }
    }
}

/// A stopped import leaves whole commits, and the same command finishes it.
#[test]
fn a_killed_import_is_finished_by_running_it_again() {
    let folder = TempDir::new().expect("folder");
    let info = likewise(folder.path()).args(["model", "info", "--json"]).output().expect("runs");
    let info: serde_json::Value = serde_json::from_slice(&info.stdout).expect("json");
    let fingerprint = info["fingerprint"].as_str().expect("fingerprint");
    let file = folder.path().join("q.jsonl");
    let row = |n: usize| {
        let mut vector = vec![0.1f32; 384];
        vector[n % 384] = 1.0;
        format!(
            "{}\n",
            json!({ "id": format!("{n:05}"), "title": format!("t {n}"), "embedding": vector, "created_at": "2026-01-01T00:00:00Z" })
        )
    };
    let rows = 6_000;
    std::fs::write(&file, (0..rows).map(row).collect::<String>()).expect("writes");
    let import = || {
        let mut command = likewise(folder.path());
        command.arg("import").arg("--embeddings-from").arg(fingerprint).arg(&file);
        command
    };
    let mut first = import().spawn().expect("runs");
    // Killed as soon as the first commit shows.
    let wal = folder.path().join("likewise.db-wal");
    while std::fs::metadata(&wal).map_or(0, |data| data.len()) < 1_000_000 && first.try_wait().expect("polls").is_none() {
        std::thread::yield_now();
    }
    first.kill().expect("kills");
    first.wait().expect("ends");
    assert!(import().status().expect("runs").success());
    let server = TestServer::start(folder.path(), &[]);
    assert_eq!(server.get("/v1/status").ok()["questions"], rows);
    assert_eq!(ids(&server.get("/v1/questions?limit=1&after=05998").ok()), ["05999"]);
}
