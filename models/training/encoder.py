"""The student: a BERT body run over packed text.

Texts of about equal length stand together, so little is padded, and every product but attention runs over all tokens of a
batch at once. On a processor with bf16 products this trains several times faster than `BertModel.forward` with PyTorch's
fused attention, whose backward pass is slow on a CPU; the parameters are the same, and so are the vectors.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from transformers import BertConfig, BertModel

LENGTH_STEP = 4  # lengths are rounded up to a multiple, for fewer and larger products in attention


def build(teacher_folder, vocab_size):
    """A `BertModel` of the teacher's shape with room for `vocab_size` pieces, without dropout and pooler."""
    config = BertConfig.from_pretrained(teacher_folder)
    config.vocab_size = vocab_size
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    return BertModel(config, add_pooling_layer=False)


def encode(bert, token_ids):
    """`token_ids`: lists of ids. Returns the mean of the token vectors of each, `[n, dim]`, f32, not normalised."""
    order = sorted(range(len(token_ids)), key=lambda i: len(token_ids[i]))
    spans = _spans([token_ids[i] for i in order])
    ids = torch.cat([span.ids.flatten() for span in spans])
    positions = torch.cat([torch.arange(span.length).repeat(span.texts) for span in spans])
    x = _embed(bert.embeddings, ids, positions).to(torch.bfloat16)
    with torch.autocast("cpu", torch.bfloat16):
        for layer in bert.encoder.layer:
            x = _layer(layer, x, spans, bert.config.num_attention_heads)
    pooled = torch.cat([span.mean(x) for span in spans])
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return pooled[back]


@dataclass
class Span:
    """Texts that stand together: `ids` and `real` are `[texts, length]`, `real` tells tokens from padding."""

    start: int
    ids: torch.Tensor
    real: torch.Tensor

    def __post_init__(self):
        self.texts, self.length = self.ids.shape
        self.rows = slice(self.start, self.start + self.texts * self.length)
        self.bias = torch.zeros(self.real.shape, dtype=torch.bfloat16).masked_fill(~self.real, -1e4)[:, None, None, :]

    def mean(self, x):
        tokens = x[self.rows].view(self.texts, self.length, -1).float() * self.real[..., None]
        return tokens.sum(1) / self.real.sum(1, keepdim=True)


def _spans(sorted_ids):
    rounded = {}
    for ids in sorted_ids:
        rounded.setdefault(-(-len(ids) // LENGTH_STEP) * LENGTH_STEP, []).append(ids)
    spans, start = [], 0
    for length, texts in rounded.items():
        ids = torch.tensor([ids + [0] * (length - len(ids)) for ids in texts])
        real = torch.arange(length) < torch.tensor([len(ids) for ids in texts])[:, None]
        spans.append(Span(start, ids, real))
        start += len(texts) * length
    return spans


def _embed(e, ids, positions):
    # The gradient of the table is sparse: a batch touches a few thousand of its rows.
    words = F.embedding(ids, e.word_embeddings.weight, sparse=True)
    x = words + e.position_embeddings(positions) + e.token_type_embeddings.weight[0]
    return _norm(e.LayerNorm, x)


def _norm(norm, x):
    return F.layer_norm(x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)


def _layer(layer, x, spans, heads):
    attention = layer.attention
    q, k, v = (dense(x) for dense in (attention.self.query, attention.self.key, attention.self.value))
    mixed = torch.cat([_attend(q[s.rows], k[s.rows], v[s.rows], s, heads) for s in spans])
    x = _norm(attention.output.LayerNorm, x + attention.output.dense(mixed))
    return _norm(layer.output.LayerNorm, x + layer.output.dense(F.gelu(layer.intermediate.dense(x))))


def _attend(q, k, v, span, heads):
    q, k, v = (t.view(span.texts, span.length, heads, -1).transpose(1, 2) for t in (q, k, v))
    weights = torch.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + span.bias, dim=-1)
    return (weights @ v).transpose(1, 2).reshape(-1, heads * v.shape[-1])
