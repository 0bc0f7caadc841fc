//! The forward pass by candle's own BERT and XLM-RoBERTa, in plain f32: for shapes that the packed one does not take, as the one
//! that it is compared with, and on a GPU.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{self, BertModel};
use candle_transformers::models::xlm_roberta::{self, XLMRobertaModel};

use super::spec::{Activation, Architecture, Family};
use super::tokenizer::Tokens;
use super::weights::Tensors;

/// The transformer. RoBERTa counts positions from the padding token's id and leaves padding tokens out of the count.
pub struct Reference {
    body: Body,
    device: Device,
    hidden_size: usize,
    pad_token_id: u32,
}

enum Body {
    Bert(BertModel),
    Roberta(XLMRobertaModel),
}

impl Reference {
    /// Takes the tensors to `device`.
    pub fn load(architecture: &Architecture, tensors: Tensors, device: Device) -> candle_core::Result<Self> {
        let builder = VarBuilder::from_tensors(tensors, DType::F32, &device);
        let body = match architecture.family {
            Family::Bert | Family::DistilBert => Body::Bert(BertModel::load(builder, &bert_config(architecture))?),
            Family::Roberta => Body::Roberta(XLMRobertaModel::new(&roberta_config(architecture), builder)?),
        };
        let pad_token_id = architecture.pad_token_id as u32;
        Ok(Self { body, device, hidden_size: architecture.hidden_size, pad_token_id })
    }

    /// Where and how it computes, for people.
    pub fn name(&self) -> &'static str {
        if self.device.is_cuda() { "f32 (candle, CUDA)" } else { "f32 (candle)" }
    }

    /// The last hidden state of all texts, one behind the other, `[tokens, hidden_size]`. The batch is padded to its longest
    /// text. Cost: `[batch, longest]` tokens through every layer.
    pub fn forward(&self, texts: &[&Tokens]) -> candle_core::Result<Vec<f32>> {
        let longest = texts.iter().map(|tokens| tokens.ids.len()).max().unwrap_or(0);
        let shape = (texts.len(), longest);
        let mut ids = vec![self.pad_token_id; texts.len() * longest];
        let mut mask = vec![0u32; texts.len() * longest];
        for (row, tokens) in texts.iter().enumerate() {
            let start = row * longest;
            ids[start..start + tokens.ids.len()].copy_from_slice(&tokens.ids);
            mask[start..start + tokens.ids.len()].fill(1);
        }
        let ids = Tensor::from_vec(ids, shape, &self.device)?;
        let mask = Tensor::from_vec(mask, shape, &self.device)?;
        let token_types = ids.zeros_like()?;
        let hidden = match &self.body {
            Body::Bert(bert) => bert.forward(&ids, &token_types, Some(&mask))?,
            Body::Roberta(roberta) => roberta.forward(&ids, &mask, &token_types, None, None, None)?,
        };
        let padded = hidden.flatten_all()?.to_vec1::<f32>()?;
        let rows = texts.iter().zip(padded.chunks_exact(longest * self.hidden_size));
        Ok(rows.flat_map(|(text, rows)| &rows[..text.ids.len() * self.hidden_size]).copied().collect())
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
