//! What a model's small files say: architecture, pooling, prompt, longest input. Parsed once, checked, never guessed.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

use super::error::ModelError;
use super::files::ModelFiles;

/// How the vectors of a text's tokens become the vector of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    Mean,
    /// The vector of the first token.
    Cls,
    Max,
}

/// The shapes of a transformer of the BERT family.
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    pub family: Family,
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub layers: usize,
    pub heads: usize,
    pub intermediate_size: usize,
    pub activation: Activation,
    /// Rows of the position table that a text can use.
    pub max_positions: usize,
    pub token_types: usize,
    pub layer_norm_eps: f64,
    pub pad_token_id: usize,
}

/// The dialects of BERT that differ in names and in where positions begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Bert,
    /// RoBERTa and XLM-RoBERTa: positions begin after the padding token's id.
    Roberta,
    /// DistilBERT: other tensor names, no token types.
    DistilBert,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    Gelu,
    GeluTanh,
    Relu,
    Tanh,
    Identity,
}

/// A `Dense` module: `activation(W x + b)`, read from its own folder.
#[derive(Debug, Clone, PartialEq)]
pub struct DenseSpec {
    pub folder: String,
    pub inputs: usize,
    pub outputs: usize,
    pub bias: bool,
    pub activation: Activation,
}

/// A checked description of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSpec {
    /// Folder of the transformer's files, `""` or with a trailing slash.
    pub root: String,
    pub architecture: Architecture,
    pub pooling: Pooling,
    pub dense: Vec<DenseSpec>,
    pub lowercase: bool,
    /// Longest input in tokens, the special ones included.
    pub max_tokens: usize,
    /// Put before every text.
    pub prompt: Option<String>,
}

impl ModelSpec {
    /// Reads the small files. `prompt`, where given, replaces the one the model names; see [`ModelSpec::prompt`].
    pub fn read(files: &ModelFiles, prompt: Option<&str>) -> Result<Self, ModelError> {
        let modules: Vec<ModuleEntry> = json(files, "modules.json")?;
        let Some((transformer, later)) = modules.split_first() else {
            return Err(files.malformed("modules.json", "it lists no module"));
        };
        if transformer.kind() != "Transformer" {
            return Err(files.unsupported("modules.json", format!("{} as the first module", transformer.kind())));
        }
        let root = folder(&transformer.path);
        let config: ArchitectureFile = json(files, &format!("{root}config.json"))?;
        let architecture = config.check(files, &format!("{root}config.json"))?;
        let sentence: SentenceFile = json_optional(files, &format!("{root}sentence_bert_config.json"))?.unwrap_or_default();
        let max_tokens = max_tokens(files, &root, &sentence, &architecture)?;

        let (pooling, include_prompt, dense) = read_later_modules(files, later)?;
        let prompt = match prompt {
            Some(text) => Some(text.to_owned()),
            None => json_optional::<PromptFile>(files, "config_sentence_transformers.json")?.and_then(PromptFile::choose),
        };
        let prompt = prompt.filter(|p| !p.is_empty());
        if prompt.is_some() && !include_prompt {
            return Err(files.unsupported("1_Pooling/config.json", "a prompt that pooling leaves out (include_prompt)"));
        }
        Ok(Self { root, architecture, pooling, dense, lowercase: sentence.do_lower_case, max_tokens, prompt })
    }

    /// What of this decides vectors and is no file of its own, in a form that stays the same between versions.
    pub(super) fn identity(&self) -> String {
        let a = &self.architecture;
        let dense: Vec<_> = self.dense.iter().map(|d| format!("{}x{}:{:?}", d.inputs, d.outputs, d.activation)).collect();
        format!(
            "{:?} heads={} activation={:?} eps={} pooling={:?} dense=[{}] lowercase={} max_tokens={} prompt={:?}",
            a.family,
            a.heads,
            a.activation,
            a.layer_norm_eps,
            self.pooling,
            dense.join(","),
            self.lowercase,
            self.max_tokens,
            self.prompt.as_deref().unwrap_or_default(),
        )
    }

    /// Numbers in an embedding.
    pub fn dimension(&self) -> usize {
        self.dense.last().map_or(self.architecture.hidden_size, |dense| dense.outputs)
    }
}

fn folder(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{}/", path.trim_end_matches('/')) }
}

fn read_later_modules(files: &ModelFiles, modules: &[ModuleEntry]) -> Result<(Pooling, bool, Vec<DenseSpec>), ModelError> {
    let mut pooling = None;
    let mut dense: Vec<DenseSpec> = Vec::new();
    for module in modules {
        let folder = folder(&module.path);
        let file = format!("{folder}config.json");
        match module.kind() {
            "Pooling" if pooling.is_none() => {
                let config: PoolingFile = json(files, &file)?;
                pooling = Some((config.check(files, &file)?, config.include_prompt.unwrap_or(true)));
            }
            "Dense" if pooling.is_some() => {
                let config: DenseFile = json(files, &file)?;
                dense.push(config.check(files, &file, folder)?);
            }
            // Every embedding is scaled to length one here anyway.
            "Normalize" => {}
            other => return Err(files.unsupported("modules.json", format!("the module {other} at this place"))),
        }
    }
    let Some((pooling, include_prompt)) = pooling else {
        return Err(files.malformed("modules.json", "it lists no Pooling module, and pooling is never guessed"));
    };
    Ok((pooling, include_prompt, dense))
}

/// As sentence-transformers does: the setting, else the smaller of the model's and the tokenizer's limit.
fn max_tokens(
    files: &ModelFiles,
    root: &str,
    sentence: &SentenceFile,
    architecture: &Architecture,
) -> Result<usize, ModelError> {
    let limit = match sentence.max_seq_length {
        Some(limit) => limit,
        None => {
            let tokenizer: Option<TokenizerFile> = json_optional(files, &format!("{root}tokenizer_config.json"))?;
            let stated = tokenizer.and_then(|t| t.model_max_length).unwrap_or(f64::INFINITY);
            // The cast saturates; absurd values stand for "no limit" in such files.
            (stated as usize).min(architecture.max_positions)
        }
    };
    if limit < 3 || limit > architecture.max_positions {
        let why = format!("max_seq_length is {limit}, the position table allows 3 to {}", architecture.max_positions);
        return Err(files.malformed(&format!("{root}sentence_bert_config.json"), why));
    }
    Ok(limit)
}

fn json<T: DeserializeOwned>(files: &ModelFiles, file: &str) -> Result<T, ModelError> {
    json_optional(files, file)?.ok_or_else(|| files.missing(file))
}

fn json_optional<T: DeserializeOwned>(files: &ModelFiles, file: &str) -> Result<Option<T>, ModelError> {
    let Some(bytes) = files.read_optional(file)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|e| files.malformed(file, e))
}

#[derive(Deserialize)]
struct ModuleEntry {
    path: String,
    #[serde(rename = "type")]
    class: String,
}

impl ModuleEntry {
    /// `Pooling` of `sentence_transformers.models.Pooling`; the package path changed between versions.
    fn kind(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or_default()
    }
}

#[derive(Deserialize, Default)]
struct SentenceFile {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[derive(Deserialize)]
struct TokenizerFile {
    model_max_length: Option<f64>,
}

#[derive(Deserialize)]
struct PromptFile {
    #[serde(default)]
    prompts: BTreeMap<String, String>,
    default_prompt_name: Option<String>,
}

impl PromptFile {
    /// Comparing questions with questions is symmetric, so both sides take the prompt of a query, as the authors of E5
    /// advise for symmetric tasks (model card of intfloat/multilingual-e5-small); else the model's default prompt.
    fn choose(mut self) -> Option<String> {
        let default = self.default_prompt_name.take();
        self.prompts.remove("query").or_else(|| default.and_then(|name| self.prompts.remove(&name)))
    }
}

#[derive(Deserialize)]
struct PoolingFile {
    /// Written by newer versions of sentence-transformers in place of the flags below.
    pooling_mode: Option<String>,
    include_prompt: Option<bool>,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

impl PoolingFile {
    fn check(&self, files: &ModelFiles, file: &str) -> Result<Pooling, ModelError> {
        let flags = self.rest.iter().filter(|(key, value)| key.starts_with("pooling_mode_") && **value == true);
        let mut modes: Vec<&str> = flags.map(|(key, _)| key.as_str()).collect();
        modes.extend(self.pooling_mode.as_deref());
        match modes[..] {
            ["pooling_mode_mean_tokens" | "mean"] => Ok(Pooling::Mean),
            ["pooling_mode_cls_token" | "cls"] => Ok(Pooling::Cls),
            ["pooling_mode_max_tokens" | "max"] => Ok(Pooling::Max),
            [] => Err(files.malformed(file, "no pooling mode is set")),
            [other] => Err(files.unsupported(file, other)),
            _ => Err(files.unsupported(file, format!("a combination of poolings ({})", modes.join(" + ")))),
        }
    }
}

#[derive(Deserialize)]
struct DenseFile {
    in_features: usize,
    out_features: usize,
    bias: bool,
    activation_function: String,
}

impl DenseFile {
    fn check(self, files: &ModelFiles, file: &str, folder: String) -> Result<DenseSpec, ModelError> {
        let activation = match self.activation_function.rsplit('.').next().unwrap_or_default() {
            "Tanh" => Activation::Tanh,
            "Identity" => Activation::Identity,
            "GELU" => Activation::Gelu,
            "ReLU" => Activation::Relu,
            other => return Err(files.unsupported(file, format!("the activation {other}"))),
        };
        Ok(DenseSpec { folder, inputs: self.in_features, outputs: self.out_features, bias: self.bias, activation })
    }
}

/// `config.json`, in the spelling of BERT and RoBERTa or of DistilBERT.
#[derive(Deserialize)]
struct ArchitectureFile {
    model_type: String,
    vocab_size: usize,
    #[serde(alias = "dim")]
    hidden_size: usize,
    #[serde(alias = "n_layers")]
    num_hidden_layers: usize,
    #[serde(alias = "n_heads")]
    num_attention_heads: usize,
    #[serde(alias = "hidden_dim")]
    intermediate_size: usize,
    #[serde(alias = "activation")]
    hidden_act: String,
    max_position_embeddings: usize,
    type_vocab_size: Option<usize>,
    layer_norm_eps: Option<f64>,
    pad_token_id: Option<usize>,
    position_embedding_type: Option<String>,
}

impl ArchitectureFile {
    fn check(self, files: &ModelFiles, file: &str) -> Result<Architecture, ModelError> {
        let family = match self.model_type.as_str() {
            "bert" => Family::Bert,
            "roberta" | "xlm-roberta" | "camembert" => Family::Roberta,
            "distilbert" => Family::DistilBert,
            other => return Err(files.unsupported(file, format!("the model_type {other}"))),
        };
        let activation = match self.hidden_act.as_str() {
            "gelu" => Activation::Gelu,
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Activation::GeluTanh,
            "relu" => Activation::Relu,
            other => return Err(files.unsupported(file, format!("the activation {other}"))),
        };
        if let Some(kind) = self.position_embedding_type.filter(|kind| kind != "absolute") {
            return Err(files.unsupported(file, format!("the position_embedding_type {kind}")));
        }
        if self.num_attention_heads == 0 || !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let why = format!("{} dimensions can't be shared by {} heads", self.hidden_size, self.num_attention_heads);
            return Err(files.malformed(file, why));
        }
        let pad_token_id = self.pad_token_id.unwrap_or(if family == Family::Roberta { 1 } else { 0 });
        let reserved = if family == Family::Roberta { pad_token_id + 1 } else { 0 };
        Ok(Architecture {
            family,
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            intermediate_size: self.intermediate_size,
            activation,
            max_positions: self.max_position_embeddings.saturating_sub(reserved),
            token_types: if family == Family::DistilBert { 1 } else { self.type_vocab_size.unwrap_or(2) },
            layer_norm_eps: self.layer_norm_eps.unwrap_or(1e-12),
            pad_token_id,
        })
    }
}
