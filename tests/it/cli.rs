//! The command line: exit codes, output, messages.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};

use tempfile::TempDir;

use crate::support::{TestServer, likewise};

fn run(data: &Path, arguments: &[&str]) -> Output {
    likewise(data).args(arguments).output().expect("runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("writes");
    path.to_str().expect("utf-8").to_owned()
}

#[test]
fn import_then_related_then_export_round_trip() {
    let folder = TempDir::new().expect("folder");
    let data = folder.path().join("data");
    let lines = "{\"id\":\"a\",\"title\":\"房东不退押金\",\"created_at\":\"2026-01-01T00:00:00Z\",\"attributes\":{\"z\":1, \"a\":1.50}}\n\
                 {\"id\":\"b\",\"title\":\"How to appeal a parking fine\",\"created_at\":\"2026-01-02T00:00:00Z\",\"tags\":[\"x\"]}\n";
    let questions = file(&folder, "q.jsonl", lines);
    let imported = run(&data, &["import", "--json", &questions]);
    assert_eq!(imported.status.code(), Some(0), "{}", stderr(&imported));
    let report: serde_json::Value = serde_json::from_slice(&imported.stdout).expect("json");
    assert_eq!((report["created"].as_u64(), report["rejected"].as_u64()), (Some(2), Some(0)));
    assert!(!data.join("likewise.db-wal").exists(), "an import leaves one file");

    let related = run(&data, &["related", "押金要不回来", "--json", "--limit", "1"]);
    assert!(stdout(&related).contains("\"id\":\"a\"") && stdout(&related).contains("1.50"), "{}", stdout(&related));
    let by_id = run(&data, &["related", "--id", "a"]);
    assert!(stdout(&by_id).contains("[b]") && !stdout(&by_id).contains("[a]"), "{}", stdout(&by_id));

    let exported = run(&data, &["export"]);
    let copy = file(&folder, "copy.jsonl", &exported.stdout);
    let other = folder.path().join("other");
    assert_eq!(run(&other, &["import", &copy]).status.code(), Some(0));
    assert_eq!(stdout(&run(&other, &["export"])), stdout(&exported));
    assert!(stdout(&exported).contains("{\"z\":1,\"a\":1.50}"), "attributes are handed back untouched");

    let again = run(&data, &["import", "--json", &questions]);
    let report: serde_json::Value = serde_json::from_slice(&again.stdout).expect("json");
    assert_eq!(report["unchanged"].as_u64(), Some(2));
}

#[test]
fn rejected_rows_are_named_kept_and_counted_and_the_exit_code_is_3() {
    let folder = TempDir::new().expect("folder");
    let mut content = b"{\"id\":\"a\",\"title\":\"t\"}\n{\"id\":\"a\",\"title\":\"u\"}\n".to_vec();
    content.extend(b"\xFF\n{\"id\":\"b\"}\n{\"id\":\"c\",\"title\":\"t\",\"created_at\":\"soon\"}\n");
    let questions = file(&folder, "q.jsonl", content);
    let rejects = folder.path().join("rejects.jsonl");
    let output = run(folder.path(), &["import", &questions, "--rejects", rejects.to_str().expect("utf-8")]);
    assert_eq!(output.status.code(), Some(3));
    let said = stderr(&output);
    for expected in [
        ":2: the id \"a\" stands on line 1 already",
        ":3: no UTF-8 at byte 1",
        ":4: `title` is missing",
        ":5: `created_at` \"soon\" is no RFC 3339 time",
        "4 rows rejected",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert_eq!(std::fs::read(rejects).expect("rejects").split(|byte| *byte == b'\n').count(), 5);
    let strict = run(&folder.path().join("strict"), &["import", "--strict", &questions]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(stderr(&strict).contains(":2: the id"), "{}", stderr(&strict));
}

#[test]
fn csv_and_standard_input_are_read() {
    let folder = TempDir::new().expect("folder");
    let questions = file(&folder, "q.CSV", "id,title,tags\na,一,x|y\nb,\"二\n三\",\n");
    assert_eq!(run(folder.path(), &["import", &questions]).status.code(), Some(0));
    let mut import = likewise(folder.path()).args(["import", "-"]).stdin(Stdio::piped()).spawn().expect("runs");
    import.stdin.take().expect("piped").write_all(b"{\"id\":\"c\",\"title\":\"t\"}\n").expect("writes");
    assert_eq!(import.wait().expect("ends").code(), Some(0));
    let exported = stdout(&run(folder.path(), &["export"]));
    assert_eq!(exported.lines().count(), 3);
    assert!(exported.contains("\"tags\":[\"x\",\"y\"]") && exported.contains("\"title\":\"二 三\""), "{exported}");
}

#[test]
fn model_info_tells_the_essence_of_the_card_and_the_digest_of_the_weights() {
    let folder = TempDir::new().expect("folder");
    let sums = concat!(env!("CARGO_MANIFEST_DIR"), "/models/likewise-v2/SHA256SUMS");
    let sums = std::fs::read_to_string(sums).expect("reads");
    let digest = sums.lines().find_map(|line| line.strip_suffix("  model.safetensors")).expect("a digest of the weights");
    let told = run(folder.path(), &["model", "info"]);
    let told = String::from_utf8(told.stdout).expect("text");
    for part in ["bundled", "mit", "intfloat/multilingual-e5-small", "zh en", digest] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    let json = run(folder.path(), &["model", "info", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("json");
    assert_eq!((&json["license"], &json["weights"][0]["sha256"]), (&"mit".into(), &digest.into()));
}

#[test]
fn ready_embeddings_are_taken_from_their_own_model_only() {
    let folder = TempDir::new().expect("folder");
    let info = run(folder.path(), &["model", "info", "--json"]);
    let info: serde_json::Value = serde_json::from_slice(&info.stdout).expect("json");
    let fingerprint = info["fingerprint"].as_str().expect("fingerprint");
    let row = |numbers: usize| format!("{{\"id\":\"a\",\"title\":\"t\",\"embedding\":{:?}}}\n", vec![0.5; numbers]);
    let good = file(&folder, "good.jsonl", row(384));
    assert_eq!(run(folder.path(), &["import", "--embeddings-from", fingerprint, &good]).status.code(), Some(0));
    let wrong = run(folder.path(), &["import", "--embeddings-from", "0123", &good]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains(fingerprint), "{}", stderr(&wrong));
    let short = file(&folder, "short.jsonl", row(3));
    let refused = run(folder.path(), &["import", "--embeddings-from", fingerprint, &short]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(stderr(&refused).contains("3 numbers where the model makes 384"), "{}", stderr(&refused));
    let unasked = run(&folder.path().join("other"), &["import", &good]);
    assert!(stderr(&unasked).contains("--embeddings-from"), "{}", stderr(&unasked));
}

#[test]
fn wrong_usage_is_exit_code_2_and_failure_1() {
    let folder = TempDir::new().expect("folder");
    let code = |arguments: &[&str]| run(folder.path(), arguments).status.code();
    assert_eq!(code(&["relate"]), Some(2));
    assert_eq!(code(&["related"]), Some(2));
    assert_eq!(code(&["related", "a", "--limit", "0"]), Some(2));
    assert_eq!(code(&["related", " "]), Some(2));
    assert_eq!(code(&["serve", "--listen", "nowhere"]), Some(2));
    assert_eq!(code(&["serve", "--listen", "0.0.0.0:0"]), Some(2));
    assert_eq!(code(&["import", "missing.jsonl"]), Some(1));
    assert_eq!(code(&["related", "--id", "unknown"]), Some(1));
    let missing = run(folder.path(), &["--model", "./nowhere", "related", "a"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("nowhere"), "{}", stderr(&missing));
}

#[test]
fn a_second_process_is_told_who_holds_the_folder() {
    let folder = TempDir::new().expect("folder");
    let server = TestServer::start(folder.path(), &[]);
    let second = run(folder.path(), &["export"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(stderr(&second).contains(&format!("in use by process {}", server.pid())), "{}", stderr(&second));
}

#[test]
fn a_port_in_use_is_told() {
    let folder = TempDir::new().expect("folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = taken.local_addr().expect("address").to_string();
    let output = run(folder.path(), &["serve", "--listen", &address]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(&format!("{address} can't be listened on")), "{}", stderr(&output));
}

#[test]
fn another_model_is_refused_until_the_questions_are_reindexed() {
    let folder = TempDir::new().expect("folder");
    let questions = file(&folder, "q.jsonl", "{\"id\":\"a\",\"title\":\"t\"}\n");
    assert_eq!(run(folder.path(), &["import", &questions]).status.code(), Some(0));
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/golden/tiny-bert-cls");
    let other = run(folder.path(), &["--model", tiny.to_str().expect("utf-8"), "related", "t"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(stderr(&other).contains("bundled") && stderr(&other).contains("tiny-bert-cls"), "{}", stderr(&other));
    assert!(stderr(&other).contains("likewise reindex"), "{}", stderr(&other));

    let tiny = tiny.to_str().expect("utf-8");
    assert_eq!(run(folder.path(), &["--model", tiny, "reindex"]).status.code(), Some(0));
    assert!(stdout(&run(folder.path(), &["--model", tiny, "related", "t"])).contains("[a]"));
    assert_eq!(run(folder.path(), &["related", "t"]).status.code(), Some(1), "now the bundled model is the other one");
    let again = run(folder.path(), &["--model", tiny, "reindex"]);
    assert!(stderr(&again).contains("already"), "{}", stderr(&again));
}

#[test]
fn config_tells_where_each_setting_came_from() {
    let folder = TempDir::new().expect("folder");
    let output = likewise(folder.path()).args(["config"]).env("LIKEWISE_EF_SEARCH", "99").output().expect("runs");
    let told = stdout(&output);
    assert!(told.contains("ef_search = \"99\"  # environment"), "{told}");
    assert!(told.contains("data_dir = ") && told.contains("# flag"), "{told}");
    let unknown = likewise(folder.path()).args(["config"]).env("LIKEWISE_EFSEARCH", "99").output().expect("runs");
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn eval_tells_accuracy_and_names_a_bad_row() {
    let folder = TempDir::new().expect("folder");
    let groups = file(
        &folder,
        "g.jsonl",
        "{\"group\":\"1\",\"zh\":[\"房东不退押金\",\"押金不退怎么办\"],\"en\":\"landlord keeps the deposit\"}\n\
         {\"group\":\"2\",\"zh\":[\"离婚抚养权归谁\",{\"title\":\"孩子抚养权怎么判\",\"body\":\"离婚\"}]}\n",
    );
    let output = run(folder.path(), &["eval", "--json", &groups]);
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).expect("json");
    assert_eq!(rows.as_array().map(Vec::len), Some(12), "{rows}");
    let is_by_words = |row: &serde_json::Value| row["task"].as_str().is_some_and(|task| task.ends_with("by words"));
    let mut others = rows.as_array().expect("rows").iter().filter(|row| !is_by_words(row));
    assert!(others.all(|row| row["accuracy_at_1"] == 1.0), "{rows}");

    let labelled = file(&folder, "l.tsv", "q1\tq2\tlabel\n退押金\t押金怎么退\t1\n退押金\t高考几点开始\t0\n");
    let graded = file(&folder, "s.csv", "a,b,score\n一只猫,一只猫咪,5\n一只猫,股票跌了,0\n一只猫,一条狗,2\n");
    let bitext = file(&folder, "t.tsv", "deu\teng\nGuten Morgen\tGood morning\nWo ist der Bahnhof?\tWhere is the station?\n");
    let picture = folder.path().join("p.svg");
    let drawn = run(
        folder.path(),
        &["eval", "--json", "--plot", picture.to_str().expect("utf-8"), &labelled, &graded, &bitext, &groups],
    );
    let rows: serde_json::Value = serde_json::from_slice(&drawn.stdout).unwrap_or_else(|e| panic!("{e}: {}", stderr(&drawn)));
    assert_eq!((rows[0]["average_precision"].as_f64(), rows[0]["best_accuracy"].as_f64()), (Some(1.0), Some(1.0)), "{rows}");
    assert_eq!(rows[1]["task"], "same or not, by probability");
    assert!(rows[1]["calibration_error"].is_f64() && rows[0]["calibration_error"].is_null(), "{rows}");
    assert_eq!((&rows[4]["task"], &rows[4]["accuracy_at_1"]), (&"the other one, hybrid".into(), &1.0.into()), "{rows}");
    assert!(rows[5]["spearman"].as_f64().is_some_and(|value| value > 0.4), "{rows}");
    assert_eq!(rows[6]["accuracy_at_1"], 1.0, "{rows}");
    let listed = run(folder.path(), &["eval", "--json", "--lists", &groups, &labelled]);
    let rows: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap_or_else(|e| panic!("{e}: {}", stderr(&listed)));
    let is_default = |row: &&serde_json::Value| row["task"] == "lists hybrid";
    let lists: Vec<&serde_json::Value> = rows.as_array().expect("rows").iter().filter(is_default).collect();
    assert_eq!(lists.len(), 2, "{rows}");
    assert_eq!((&lists[0]["accuracy_at_1"], &lists[0]["documents"], &lists[0]["short"]), (&1.0.into(), &5.into(), &1.0.into()));
    assert!(lists[0]["near_duplicates"].is_f64() && lists[0]["other_language"].as_f64() > Some(0.0), "{rows}");
    let picture = std::fs::read_to_string(picture).expect("a picture");
    assert!(picture.contains("<svg") && picture.contains("accuracy@1") && picture.contains("precision"));
    let bad = file(&folder, "bad.jsonl", "{\"zh\":[\"一\"]}\n");
    let refused = run(folder.path(), &["eval", &bad]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("bad.jsonl:1: missing field `group`"), "{}", stderr(&refused));
}

#[test]
fn verify_reads_all_that_is_stored_and_tells_what_is_wrong() {
    let folder = TempDir::new().expect("folder");
    let data = folder.path().join("data");
    let missing = run(&data, &["verify"]);
    assert_eq!(missing.status.code(), Some(1), "{}", stderr(&missing));
    let server = TestServer::start(&data, &[]);
    server.store("a", "房东不退押金怎么办");
    server.store("b", "How do I appeal a parking fine?");
    let beside = run(&data, &["verify"]);
    assert_eq!(beside.status.code(), Some(0), "{}", stdout(&beside));
    assert!(stderr(&beside).contains("/v1/status") && !stdout(&beside).contains("looked up"), "{}", stderr(&beside));
    server.terminate();
    let whole = run(&data, &["verify", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&whole.stdout).expect("json");
    assert_eq!((whole.status.code(), report["ok"].as_bool()), (Some(0), Some(true)), "{report:#}");
    let names: Vec<&str> = report["checks"].as_array().expect("checks").iter().filter_map(|c| c["name"].as_str()).collect();
    assert_eq!(names, ["database", "questions", "embeddings", "segments", "lists", "index"]);

    std::fs::write(data.join("segment-1-2-2.bin"), vec![7; 5_000]).expect("writes");
    let damaged = run(&data, &["verify"]);
    assert_eq!(damaged.status.code(), Some(1));
    assert!(
        stdout(&damaged).contains("FAILED   segments") && stdout(&damaged).contains("segment-1-2-2.bin"),
        "{}",
        stdout(&damaged)
    );
    assert_eq!(run(&data, &["verify"]).status.code(), Some(0), "what can't be used is removed when the folder is loaded");

    // A vector that is not that of the text.
    let db = data.join("likewise.db");
    let mut bytes = std::fs::read(&db).expect("reads");
    let page = bytes.chunks_exact_mut(8192).rfind(|page| page[0] == 13 && page[8000..].iter().any(|byte| *byte != 0));
    page.expect("a page of rows")[8_150] ^= 0x55;
    std::fs::write(&db, bytes).expect("writes");
    let changed = run(&data, &["verify"]);
    assert_eq!(changed.status.code(), Some(1), "{}", stdout(&changed));
    assert!(stdout(&changed).contains("FAILED"), "the report is told: {}", stderr(&changed));
}

#[test]
fn a_backup_that_was_made_beside_a_server_is_the_whole_store_again() {
    let folder = TempDir::new().expect("folder");
    let (data, other) = (folder.path().join("data"), folder.path().join("other"));
    let path = |name: &str| folder.path().join(name).to_str().expect("utf-8").to_owned();
    let server = TestServer::start(&data, &[]);
    server.store("a", "房东不退押金怎么办");
    server.store("b", "How do I appeal a parking fine?");
    server.put("/v1/rules/a", &serde_json::json!({ "pin": ["b"] })).ok();
    let saved = run(&data, &["backup", &path("saved")]);
    assert_eq!(saved.status.code(), Some(0), "{}", stderr(&saved));
    server.store("c", "Later than the backup");
    assert_eq!(run(&data, &["backup", &path("saved")]).status.code(), Some(2), "nothing is overwritten");
    assert_eq!(run(&data, &["restore", &path("saved")]).status.code(), Some(1), "the folder is in use");
    server.terminate();
    assert_eq!(run(&data, &["restore", &path("saved")]).status.code(), Some(2), "nothing is overwritten");

    let restored = run(&other, &["restore", &path("saved")]);
    assert_eq!(restored.status.code(), Some(0), "{}", stderr(&restored));
    let exported = stdout(&run(&other, &["export"]));
    assert_eq!(exported.lines().count(), 2);
    assert!(stdout(&run(&other, &["rules", "export"])).contains("\"pin\":[\"b\"]"));
    let replaced = run(&data, &["restore", "--replace", &path("saved")]);
    assert_eq!(replaced.status.code(), Some(0), "{}", stderr(&replaced));
    assert_eq!(stdout(&run(&data, &["export"])), exported);
    assert_eq!(run(&data, &["verify"]).status.code(), Some(0));

    std::fs::write(path("none"), b"no database").expect("writes");
    std::fs::write(other.join("words.bin"), b"derived").expect("writes");
    let wrong = run(&other, &["restore", "--replace", &path("none")]);
    assert!(wrong.status.code() == Some(1) && stderr(&wrong).contains("none"), "{}", stderr(&wrong));
    assert!(other.join("words.bin").exists(), "what failed changes nothing");
    assert_eq!(stdout(&run(&other, &["export"])), exported, "what was there is there");
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn memory_that_loading_the_model_freed_is_given_back() {
    let folder = TempDir::new().expect("folder");
    let loaded = |settings: &[(&str, &str)]| {
        let mut command = likewise(folder.path());
        command.args(["bench", "embed", "--texts", "8", "--batches", "8"]).envs(settings.iter().copied());
        let report: serde_json::Value = serde_json::from_slice(&command.output().expect("runs").stdout).expect("JSON");
        report["memory"]["loaded_bytes"].as_f64().expect("a number")
    };
    // glibc gives back each block at once then.
    let least = loaded(&[("MALLOC_TRIM_THRESHOLD_", "131072"), ("MALLOC_TOP_PAD_", "0")]);
    let ours = loaded(&[]);
    assert!(ours < 1.1 * least, "{ours} bytes, where {least} would do");
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_build_without_cuda_says_what_it_takes() {
    let folder = TempDir::new().expect("folder");
    let output = likewise(folder.path()).args(["model", "info"]).env("LIKEWISE_COMPUTE", "cuda").output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("a build with `--features cuda` and an NVIDIA GPU"), "{}", stderr(&output));
}
