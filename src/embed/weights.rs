//! The tensors of a model, under the names of BERT.
//!
//! DistilBERT computes what BERT computes; it differs in tensor names and has no token types. Bringing its weights into BERT's
//! form at load means one encoder for both (and the exact GELU, where candle's own DistilBERT takes the approximate one).

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};

use super::error::ModelError;
use super::files::ModelFiles;
use super::spec::{Family, ModelSpec};

pub type Tensors = HashMap<String, Tensor>;

/// Reads the transformer's weights (f32, f16 or bf16) as f32 tensors.
pub fn load(files: &ModelFiles, spec: &ModelSpec) -> Result<Tensors, ModelError> {
    let (file, tensors) = read_file(files, &spec.root)?;
    let wrong = |source| ModelError::Weights { model: files.name().to_string(), file: "config.json".into(), source };
    let prefix = prefix(&tensors).ok_or_else(|| files.malformed(&file, "embeddings.word_embeddings.weight is not in it"))?;
    let mut canonical = Tensors::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let Some(name) = name.strip_prefix(&prefix) else { continue };
        if name.starts_with("embeddings.position_ids") || name.starts_with("pooler.") {
            continue;
        }
        let tensor = tensor.to_dtype(DType::F32).map_err(wrong)?;
        canonical.insert(canonical_name(name, spec.architecture.family), tensor);
    }
    if spec.architecture.family == Family::DistilBert {
        // No token types: adding a row of zeros is the same.
        let zeros = Tensor::zeros((1, spec.architecture.hidden_size), DType::F32, &Device::Cpu).map_err(wrong)?;
        canonical.insert("embeddings.token_type_embeddings.weight".into(), zeros);
    }
    Ok(canonical)
}

/// Reads a `Dense` module's `linear.weight` `[out, in]` and `linear.bias` `[out]`.
pub fn load_dense(files: &ModelFiles, folder: &str) -> Result<Tensors, ModelError> {
    let (file, tensors) = read_file(files, folder)?;
    let as_f32 = |(name, tensor): (String, Tensor)| Ok((name, tensor.to_dtype(DType::F32)?));
    let wrong = |source| ModelError::Weights { model: files.name().to_string(), file: file.clone(), source };
    tensors.into_iter().map(as_f32).collect::<Result<_, _>>().map_err(wrong)
}

/// `model.safetensors`, else `pytorch_model.bin`, which some models on the hub still have alone.
fn read_file(files: &ModelFiles, folder: &str) -> Result<(String, Tensors), ModelError> {
    let safetensors = format!("{folder}model.safetensors");
    if let Some(bytes) = files.read_optional(&safetensors)? {
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu);
        return tensors.map(|t| (safetensors.clone(), t)).map_err(|e| files.malformed(&safetensors, e));
    }
    let pickled = format!("{folder}pytorch_model.bin");
    match files.path(&pickled).filter(|path| path.is_file()) {
        Some(path) => match candle_core::pickle::read_all(&path) {
            Ok(tensors) => Ok((pickled, tensors.into_iter().collect())),
            Err(e) => Err(files.malformed(&pickled, e)),
        },
        None => Err(files.missing(&safetensors)),
    }
}

/// What stands before `embeddings.` in the names: nothing, `bert.`, `roberta.`, ….
fn prefix(tensors: &Tensors) -> Option<String> {
    const ANCHOR: &str = "embeddings.word_embeddings.weight";
    tensors.keys().find_map(|name| name.strip_suffix(ANCHOR)).map(str::to_owned)
}

fn canonical_name(name: &str, family: Family) -> String {
    // The first checkpoints of BERT were converted from names that TensorFlow uses.
    let name = match name.rsplit_once('.') {
        Some((stem, "gamma")) => format!("{stem}.weight"),
        Some((stem, "beta")) => format!("{stem}.bias"),
        _ => name.to_owned(),
    };
    if family != Family::DistilBert {
        return name;
    }
    const RENAMED: [(&str, &str); 8] = [
        ("attention.q_lin", "attention.self.query"),
        ("attention.k_lin", "attention.self.key"),
        ("attention.v_lin", "attention.self.value"),
        ("attention.out_lin", "attention.output.dense"),
        ("sa_layer_norm", "attention.output.LayerNorm"),
        ("ffn.lin1", "intermediate.dense"),
        ("ffn.lin2", "output.dense"),
        ("output_layer_norm", "output.LayerNorm"),
    ];
    let Some(rest) = name.strip_prefix("transformer.") else { return name };
    let renamed = RENAMED.iter().find(|(theirs, _)| rest.contains(theirs));
    let rest = renamed.map_or_else(|| rest.to_owned(), |(theirs, berts)| rest.replacen(theirs, berts, 1));
    format!("encoder.{rest}")
}
