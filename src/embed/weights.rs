//! The tensors of a model, under the names of BERT.
//!
//! DistilBERT computes what BERT computes; it differs in tensor names and has no token types. Bringing its weights into BERT's
//! form at load means one encoder for both (and the exact GELU, where candle's own DistilBERT takes the approximate one).

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::{CpuStorage, DType, Device, Storage, Tensor};

use super::error::ModelError;
use super::files::ModelFiles;
use super::spec::{Family, ModelSpec};

pub type Tensors = HashMap<String, Tensor>;

/// The table of pieces, `[pieces, dim]`, in the form in which it is stored: it is most of a multilingual model, and a text needs
/// a few rows of it. Cheap to clone.
#[derive(Clone)]
pub struct WordTable {
    stored: Tensor,
    /// One a piece, for a table of bytes.
    scales: Arc<[f32]>,
}

fn each_row<T>(table: &[T], dim: usize, ids: &[u32], mut each: impl FnMut(usize, &[T])) -> candle_core::Result<()> {
    for &id in ids {
        let id = id as usize;
        let Some(row) = table.get(id * dim..(id + 1) * dim) else {
            candle_core::bail!("piece {id} of {} in {WORDS}", table.len() / dim.max(1));
        };
        each(id, row);
    }
    Ok(())
}

impl WordTable {
    /// `scale` is `[pieces, 1]`. A type that few models have becomes f32.
    fn new(stored: Tensor, scale: Option<&Tensor>) -> candle_core::Result<Self> {
        let known = matches!(stored.dtype(), DType::F32 | DType::F16 | DType::BF16 | DType::U8);
        let stored = if known { stored } else { stored.to_dtype(DType::F32)? };
        let scales = match scale {
            Some(scale) if stored.dtype() == DType::U8 => scale.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?,
            _ => Vec::new(),
        };
        Ok(Self { stored: stored.contiguous()?, scales: scales.into() })
    }

    /// The rows of some pieces in f32, `[ids, dim]`. Plain loops: a few rows are not worth the threads of tensor operations.
    pub fn rows(&self, ids: &[u32]) -> candle_core::Result<Vec<f32>> {
        let dim = self.stored.dim(1)?;
        let mut rows = Vec::with_capacity(ids.len() * dim);
        let (storage, layout) = self.stored.storage_and_layout();
        let (Storage::Cpu(storage), Some((start, end))) = (&*storage, layout.contiguous_offsets()) else {
            candle_core::bail!("{WORDS} is not one piece of memory");
        };
        match storage {
            CpuStorage::F32(numbers) => each_row(&numbers[start..end], dim, ids, |_, row| rows.extend_from_slice(row))?,
            CpuStorage::F16(numbers) => each_row(&numbers[start..end], dim, ids, |_, row| {
                rows.extend(row.iter().map(|number| number.to_f32()));
            })?,
            CpuStorage::BF16(numbers) => each_row(&numbers[start..end], dim, ids, |_, row| {
                rows.extend(row.iter().map(|number| number.to_f32()));
            })?,
            CpuStorage::U8(bytes) => each_row(&bytes[start..end], dim, ids, |id, row| {
                let scale = self.scales[id];
                rows.extend(row.iter().map(|&byte| (f32::from(byte) - 128.0) * scale));
            })?,
            _ => candle_core::bail!("{WORDS} is of {:?}", self.stored.dtype()),
        }
        Ok(rows)
    }

    /// Runs `read` on the stored bytes, row after row, and the length of a row; `None` where the table is not of bytes.
    pub fn read_bytes<T>(&self, read: impl FnOnce(&[u8], usize) -> T) -> Option<T> {
        let (storage, layout) = self.stored.storage_and_layout();
        let (start, end) = layout.contiguous_offsets()?;
        match &*storage {
            Storage::Cpu(CpuStorage::U8(bytes)) => Some(read(&bytes[start..end], self.stored.dim(1).ok()?)),
            _ => None,
        }
    }

    /// The whole table in f32.
    pub fn whole(&self) -> candle_core::Result<Tensor> {
        let scale = match &*self.scales {
            [] => None,
            scales => Some(Tensor::new(scales, &Device::Cpu)?.unsqueeze(1)?),
        };
        as_f32(&self.stored, scale.as_ref())
    }

    pub fn check(&self, pieces: usize, dim: usize) -> candle_core::Result<()> {
        let shape = self.stored.dims2()?;
        if shape != (pieces, dim) {
            candle_core::bail!("shape mismatch for {WORDS}: {shape:?} in place of {:?}", (pieces, dim));
        }
        Ok(())
    }
}

/// Reads the transformer's weights (f32, f16, bf16, or bytes with scales): the table of pieces, and the others as f32.
pub fn load(files: &ModelFiles, spec: &ModelSpec) -> Result<(WordTable, Tensors), ModelError> {
    let (file, mut stored) = read_stored(files, &spec.root)?;
    let words = stored.keys().find(|name| name.ends_with(WORDS)).cloned();
    let words = words.ok_or_else(|| files.malformed(&file, format!("{WORDS} is not in it")))?;
    let prefix = words.trim_end_matches(WORDS).to_owned();
    let scale = stored.remove(&format!("{words}{SCALE}"));
    let Some(table) = stored.remove(&words) else {
        return Err(files.malformed(&file, format!("{WORDS} is not in it")));
    };
    check_scale(files, &file, &words, &table, scale.as_ref())?;
    let tensors = all_as_f32(files, &file, &stored)?;
    let wrong = |source| ModelError::Weights { model: files.name().to_string(), file: "config.json".into(), source };
    let mut canonical = Tensors::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let Some(name) = name.strip_prefix(&prefix) else { continue };
        if name.starts_with("embeddings.position_ids") || name.starts_with("pooler.") {
            continue;
        }
        canonical.insert(canonical_name(name, spec.architecture.family), tensor);
    }
    if spec.architecture.family == Family::DistilBert {
        // No token types: adding a row of zeros is the same.
        let zeros = Tensor::zeros((1, spec.architecture.hidden_size), DType::F32, &Device::Cpu).map_err(wrong)?;
        canonical.insert("embeddings.token_type_embeddings.weight".into(), zeros);
    }
    Ok((WordTable::new(table, scale.as_ref()).map_err(wrong)?, canonical))
}

/// Reads a `Dense` module's `linear.weight` `[out, in]` and `linear.bias` `[out]`.
pub fn load_dense(files: &ModelFiles, folder: &str) -> Result<Tensors, ModelError> {
    let (file, stored) = read_stored(files, folder)?;
    all_as_f32(files, &file, &stored)
}

/// All tensors of a file as f32; bytes with their scales are one.
fn all_as_f32(files: &ModelFiles, file: &str, stored: &Tensors) -> Result<Tensors, ModelError> {
    let wrong = |source| ModelError::Weights { model: files.name().to_string(), file: file.to_owned(), source };
    let mut tensors = Tensors::with_capacity(stored.len());
    for (name, tensor) in stored {
        let is_scale = name.strip_suffix(SCALE).is_some_and(|of| stored.contains_key(of));
        if is_scale {
            continue;
        }
        let scale = stored.get(&format!("{name}{SCALE}"));
        check_scale(files, file, name, tensor, scale)?;
        tensors.insert(name.clone(), as_f32(tensor, scale).map_err(wrong)?);
    }
    Ok(tensors)
}

/// The end of the name of the table of pieces.
const WORDS: &str = "embeddings.word_embeddings.weight";
/// The end of the name of a byte tensor's scales.
const SCALE: &str = ".scale";

/// Bytes must have scales, one a row.
fn check_scale(files: &ModelFiles, file: &str, name: &str, tensor: &Tensor, scale: Option<&Tensor>) -> Result<(), ModelError> {
    let rows = tensor.dims().first().copied().unwrap_or_default();
    match scale {
        _ if tensor.dtype() != DType::U8 => Ok(()),
        None => Err(files.malformed(file, format!("{name} holds bytes, but there is no {name}{SCALE}"))),
        Some(scale) if scale.dims() == [rows, 1] => Ok(()),
        Some(scale) => {
            let why = format!("{name}{SCALE} is {:?} and does not fit the {rows} rows of {name}", scale.dims());
            Err(files.malformed(file, why))
        }
    }
}

/// A byte `b` of row `r` stands for `(b - 128) * scale[r]`: a matrix in a quarter of the room. Where all matrices are kept so, cosines
/// differ from those of f32 in the third digit. `stored` is `[rows, dim]`, `scale` `[rows, 1]`.
fn as_f32(stored: &Tensor, scale: Option<&Tensor>) -> candle_core::Result<Tensor> {
    let numbers = stored.to_dtype(DType::F32)?;
    match scale {
        Some(scale) => numbers.affine(1.0, -128.0)?.broadcast_mul(&scale.to_dtype(DType::F32)?),
        None => Ok(numbers),
    }
}

/// `model.safetensors`, else `pytorch_model.bin`, which some models on the hub still have alone.
fn read_stored(files: &ModelFiles, folder: &str) -> Result<(String, Tensors), ModelError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The tensors of `stored`, written to a folder and read again.
    fn read(stored: &Tensors) -> Result<Tensors, ModelError> {
        let folder = tempfile::tempdir().expect("folder");
        candle_core::safetensors::save(stored, folder.path().join("model.safetensors")).expect("writes");
        let name = super::super::files::ModelName::Folder(folder.path().to_owned());
        load_dense(&ModelFiles::locate(&name, folder.path()).expect("a folder"), "")
    }

    fn tensor<T: candle_core::WithDType>(values: &[T], shape: (usize, usize)) -> Tensor {
        Tensor::from_slice(values, shape, &Device::Cpu).expect("a tensor")
    }

    #[test]
    fn bytes_stand_for_numbers_scaled_by_their_row() {
        let bytes = tensor(&[128u8, 255, 1, 128, 129, 0], (2, 3));
        let scales = tensor(&[0.5f32, 2.0], (2, 1));
        let read = read(&Tensors::from([("t".into(), bytes), ("t.scale".into(), scales)])).expect("reads");
        assert_eq!(read.len(), 1);
        let numbers = read["t"].to_vec2::<f32>().expect("f32");
        assert_eq!(numbers, [[0.0, 63.5, -63.5], [0.0, 2.0, -256.0]]);
    }

    #[test]
    fn bytes_without_fitting_scales_are_refused_by_name() {
        let bytes = || tensor(&[1u8, 2, 3, 4], (2, 2));
        let error = read(&Tensors::from([("t".into(), bytes())])).expect_err("refused").to_string();
        assert!(error.contains("t holds bytes, but there is no t.scale"), "{error}");
        let scales = tensor(&[1.0f32, 1.0, 1.0], (3, 1));
        let error = read(&Tensors::from([("t".into(), bytes()), ("t.scale".into(), scales)])).expect_err("refused").to_string();
        assert!(error.contains("does not fit the 2 rows of t"), "{error}");
    }
}
