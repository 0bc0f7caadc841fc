//! The layers of ARCHITECTURE.md, read from the source.

use std::path::{Path, PathBuf};

/// Modules from the bottom; each may use those of its own layer's row and below, the engines only what is below them.
const LAYERS: [&[&str]; 6] = [
    &["background", "question", "editorial", "embedding", "filter", "checked", "fold", "matmul", "memory", "templates"],
    &["language", "embed", "index", "lexical", "store", "catalog"],
    &["corpus", "duplicates", "ingest", "lists", "recommend"],
    &["wire", "decisions", "import", "evaluate", "pages", "pairs", "records"],
    &["config", "app"],
    &["http", "cli"],
];
/// The layer whose modules don't know each other.
const ENGINES: usize = 1;

/// Heavy dependencies and the only places that may name them.
const NAMED_IN: [(&str, &str); 14] = [
    ("candle_", "embed/"),
    ("tokenizers::", "embed/tokenizer.rs"),
    ("hf_hub::", "embed/hub.rs"),
    ("hnsw_rs::", "index/graph/reference.rs"),
    ("rusqlite", "store/"),
    ("memmap2::", "index/m"),
    ("axum::", "http/"),
    ("clap::", "cli/"),
    ("plotters::", "evaluate/plot.rs"),
    ("minijinja", "templates.rs"),
    ("ureq::", "http/webhook.rs"),
    ("whatlang::", "language.rs"),
    ("whichlang::", "language.rs"),
    ("libc::", "memory/trim.rs"),
];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("reads") {
            let path = entry.expect("reads").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("reads");
                files.push((path.strip_prefix(&root).expect("inside").to_owned(), text));
            }
        }
    }
    files
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[test]
fn modules_import_downward_only() {
    for (path, text) in sources() {
        let first = path.iter().next().expect("a name").to_str().expect("utf-8");
        let own = first.trim_end_matches(".rs");
        let Some(own_layer) = layer(own) else { continue };
        for used in text.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let Some(used_layer) = layer(&used) else { continue };
            let allowed = used == own || used_layer < own_layer || (used_layer == own_layer && own_layer != ENGINES);
            assert!(allowed, "{} uses crate::{used}, which lies above or beside it", path.display());
        }
    }
}

#[test]
fn every_module_has_its_layer() {
    for (path, _) in sources() {
        let first = path.iter().next().expect("a name").to_str().expect("utf-8").trim_end_matches(".rs");
        assert!(["lib", "main"].contains(&first) || layer(first).is_some(), "{first} stands in no layer");
    }
}

#[test]
fn heavy_dependencies_are_named_in_one_place() {
    for (path, text) in sources() {
        let path = path.to_str().expect("utf-8");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for (name, place) in NAMED_IN {
                let ours = line.contains("axum_") || line.contains("utoipa_axum");
                assert!(!line.contains(name) || path.starts_with(place) || ours, "{path} names {name}: {line}");
            }
        }
    }
}

/// The compiler refuses `unsafe` where a file does not say why it must; these are the files that may.
const UNSAFE_IN: [&str; 5] =
    ["index/mapped.rs", "matmul/prefetch.rs", "matmul/kernels/amx.rs", "matmul/kernels/avx512.rs", "memory/trim.rs"];

#[test]
fn unsafe_code_stays_in_the_files_made_for_it() {
    for (path, text) in sources() {
        let may = UNSAFE_IN.iter().any(|file| path == Path::new(file));
        let does = text.contains("unsafe {") || text.contains("unsafe fn") || text.contains("(unsafe_code");
        assert_eq!(does, may, "{}", path.display());
    }
}
