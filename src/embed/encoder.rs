//! Token ids to embeddings: the forward pass, in plain f32, by candle's BERT and XLM-RoBERTa. This path is the reference that
//! every faster one is held against.

use candle_core::{Device, Tensor};
use candle_nn::{Linear, Module, VarBuilder};
use candle_transformers::models::bert::{self, BertModel};
use candle_transformers::models::xlm_roberta::{self, XLMRobertaModel};
use thiserror::Error;

use super::error::ModelError;
use super::files::ModelFiles;
use super::spec::{Activation, Architecture, DenseSpec, Family, ModelSpec, Pooling};
use super::tokenizer::Tokens;
use super::weights;
use crate::embedding::{Embedding, EmbeddingError};

/// A forward pass that failed. Ours to mend: the model was checked when it was loaded.
#[derive(Debug, Error)]
pub enum EncodeError {
    #[error("the model's forward pass failed")]
    Forward(#[from] candle_core::Error),
    #[error("the model gave {0}")]
    Output(#[from] EmbeddingError),
}

pub struct Encoder {
    body: Body,
    pooling: Pooling,
    dense: Vec<(Linear, Activation)>,
    hidden_size: usize,
    pad_token_id: u32,
}

/// The transformer. RoBERTa counts positions from the padding token's id and leaves padding tokens out of the count.
enum Body {
    Bert(BertModel),
    Roberta(XLMRobertaModel),
}

impl Body {
    fn load(architecture: &Architecture, builder: VarBuilder<'_>) -> candle_core::Result<Self> {
        match architecture.family {
            Family::Bert | Family::DistilBert => BertModel::load(builder, &bert_config(architecture)).map(Self::Bert),
            Family::Roberta => XLMRobertaModel::new(&roberta_config(architecture), builder).map(Self::Roberta),
        }
    }

    /// `ids` and `mask` are `[batch, longest]`; the answer `[batch, longest, hidden_size]`.
    fn forward(&self, ids: &Tensor, mask: &Tensor) -> candle_core::Result<Tensor> {
        let token_types = ids.zeros_like()?;
        match self {
            Self::Bert(bert) => bert.forward(ids, &token_types, Some(mask)),
            Self::Roberta(roberta) => roberta.forward(ids, mask, &token_types, None, None, None),
        }
    }
}

impl Encoder {
    pub fn load(files: &ModelFiles, spec: &ModelSpec) -> Result<Self, ModelError> {
        let wrong = |file: &str, source| ModelError::Weights { model: files.name().to_string(), file: file.into(), source };
        let tensors = weights::load(files, spec)?;
        let builder = VarBuilder::from_tensors(tensors, bert::DTYPE, &Device::Cpu);
        let body = Body::load(&spec.architecture, builder).map_err(|e| wrong("config.json", e))?;
        let load_dense = |dense: &DenseSpec| {
            let tensors = weights::load_dense(files, &dense.folder)?;
            let builder = VarBuilder::from_tensors(tensors, bert::DTYPE, &Device::Cpu).pp("linear");
            let linear = candle_nn::linear_b(dense.inputs, dense.outputs, dense.bias, builder);
            Ok((linear.map_err(|e| wrong(&format!("{}config.json", dense.folder), e))?, dense.activation))
        };
        let dense = spec.dense.iter().map(load_dense).collect::<Result<_, ModelError>>()?;
        Ok(Self {
            body,
            pooling: spec.pooling,
            dense,
            hidden_size: spec.architecture.hidden_size,
            pad_token_id: spec.architecture.pad_token_id as u32,
        })
    }

    /// One embedding a text, in order. The batch is padded to its longest text, so texts of like length belong together;
    /// the vector of a text does not depend on the others. Cost: `[batch, longest]` tokens through every layer.
    pub fn encode(&self, batch: &[&Tokens]) -> Result<Vec<Embedding>, EncodeError> {
        let longest = batch.iter().map(|tokens| tokens.ids.len()).max().unwrap_or(0);
        if longest == 0 {
            return Ok(Vec::new());
        }
        let shape = (batch.len(), longest);
        let mut ids = vec![self.pad_token_id; batch.len() * longest];
        let mut mask = vec![0u32; batch.len() * longest];
        for (row, tokens) in batch.iter().enumerate() {
            let start = row * longest;
            ids[start..start + tokens.ids.len()].copy_from_slice(&tokens.ids);
            mask[start..start + tokens.ids.len()].fill(1);
        }
        let ids = Tensor::from_vec(ids, shape, &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?;
        let hidden = self.body.forward(&ids, &mask)?;
        let hidden = hidden.flatten_all()?.to_vec1::<f32>()?;
        let pooled = batch.iter().enumerate().map(|(row, tokens)| {
            let start = row * longest * self.hidden_size;
            self.pool(&hidden[start..start + tokens.ids.len() * self.hidden_size])
        });
        self.project(pooled.collect())
    }

    /// `hidden` is `[tokens, hidden_size]`, padding left out; the answer `[hidden_size]`.
    fn pool(&self, hidden: &[f32]) -> Vec<f32> {
        let mut rows = hidden.chunks_exact(self.hidden_size);
        let mut pooled = rows.next().map(<[f32]>::to_vec).unwrap_or_default();
        match self.pooling {
            Pooling::Cls => {}
            Pooling::Max => rows.for_each(|row| pooled.iter_mut().zip(row).for_each(|(p, &x)| *p = p.max(x))),
            Pooling::Mean => {
                let count = (hidden.len() / self.hidden_size) as f32;
                rows.for_each(|row| pooled.iter_mut().zip(row).for_each(|(p, &x)| *p += x));
                pooled.iter_mut().for_each(|p| *p /= count);
            }
        }
        pooled
    }

    fn project(&self, pooled: Vec<Vec<f32>>) -> Result<Vec<Embedding>, EncodeError> {
        if self.dense.is_empty() {
            return Ok(pooled.iter().map(|vector| Embedding::normalize(vector)).collect::<Result<_, _>>()?);
        }
        let mut vectors = Tensor::new(pooled, &Device::Cpu)?;
        for (linear, activation) in &self.dense {
            vectors = activate(&linear.forward(&vectors)?, *activation)?;
        }
        let vectors = vectors.to_vec2::<f32>()?;
        Ok(vectors.iter().map(|vector| Embedding::normalize(vector)).collect::<Result<_, _>>()?)
    }
}

fn activate(x: &Tensor, activation: Activation) -> candle_core::Result<Tensor> {
    match activation {
        Activation::Gelu => x.gelu_erf(),
        Activation::GeluTanh => x.gelu(),
        Activation::Relu => x.relu(),
        Activation::Tanh => x.tanh(),
        Activation::Identity => Ok(x.clone()),
    }
}

fn bert_config(architecture: &Architecture) -> bert::Config {
    bert::Config {
        vocab_size: architecture.vocab_size,
        hidden_size: architecture.hidden_size,
        num_hidden_layers: architecture.layers,
        num_attention_heads: architecture.heads,
        intermediate_size: architecture.intermediate_size,
        hidden_act: match architecture.activation {
            Activation::GeluTanh => bert::HiddenAct::GeluApproximate,
            Activation::Relu => bert::HiddenAct::Relu,
            Activation::Gelu | Activation::Tanh | Activation::Identity => bert::HiddenAct::Gelu,
        },
        max_position_embeddings: architecture.max_positions,
        type_vocab_size: architecture.token_types,
        layer_norm_eps: architecture.layer_norm_eps,
        pad_token_id: architecture.pad_token_id,
        ..bert::Config::default()
    }
}

fn roberta_config(architecture: &Architecture) -> xlm_roberta::Config {
    xlm_roberta::Config {
        hidden_size: architecture.hidden_size,
        layer_norm_eps: architecture.layer_norm_eps,
        attention_probs_dropout_prob: 0.0,
        hidden_dropout_prob: 0.0,
        num_attention_heads: architecture.heads,
        position_embedding_type: "absolute".into(),
        intermediate_size: architecture.intermediate_size,
        hidden_act: match architecture.activation {
            Activation::GeluTanh => candle_nn::Activation::NewGelu,
            Activation::Relu => candle_nn::Activation::Relu,
            Activation::Gelu | Activation::Tanh | Activation::Identity => candle_nn::Activation::Gelu,
        },
        num_hidden_layers: architecture.layers,
        vocab_size: architecture.vocab_size,
        // The table holds the rows before the first position too.
        max_position_embeddings: architecture.max_positions + architecture.pad_token_id + 1,
        type_vocab_size: architecture.token_types,
        pad_token_id: architecture.pad_token_id as u32,
    }
}
