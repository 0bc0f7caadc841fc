"""The model: a BERT body run over packed text.

Texts of about equal length stand together, so little is padded, and every product but attention runs over all tokens of a
batch at once. This trains several times faster than `BertModel.forward` with PyTorch's fused attention, whose backward pass is
slow on a CPU; the parameters are the same, and so are the vectors. Products are bf16 where the processor has them.
"""

import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

TABLE = "embeddings.word_embeddings.weight"
SCALE = ".scale"
CENTRED_ON, CHUNK = 2_000, 250  # titles
BF16 = torch.cpu._is_avx512_bf16_supported()
LENGTH_STEP = 4  # lengths are rounded up to a multiple, for fewer and larger products in attention
# The tokens of a batch are filled up to a multiple: the library compiles its bf16 products anew for every number of rows,
# which costs more than the rows.
ROWS_STEP = 1024 if BF16 else 1


def build(config, state):
    """A `BertModel` without dropout and pooler."""
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict(state)
    return bert


def load(folder):
    """The model that `export.py` wrote, in f32."""
    stored = load_file(f"{folder}/model.safetensors")
    state = {name: value.float() for name, value in stored.items() if not name.endswith(SCALE)}
    for name, value in state.items():
        if (scale := stored.get(name + SCALE)) is not None:
            state[name] = (value - 128) * scale.float()
    return build(BertConfig.from_pretrained(folder), state)


def save(bert, work, name):
    """WORK/NAME.safetensors, in f32, and WORK/config.json, which export.py reads."""
    state = {name: value.contiguous() for name, value in bert.state_dict().items()}
    save_file(state, f"{work}/{name}.safetensors", metadata={"format": "pt"})
    bert.config.to_json_file(f"{work}/config.json")


def encode(bert, token_ids):
    """`token_ids`: lists of ids. Returns the mean of the token vectors of each, `[n, dim]`, f32, not normalised."""
    order = sorted(range(len(token_ids)), key=lambda i: len(token_ids[i]))
    spans = _spans([token_ids[i] for i in order])
    ids = torch.cat([span.ids.flatten() for span in spans])
    positions = torch.cat([torch.arange(span.length).repeat(span.texts) for span in spans])
    ids, positions = (F.pad(rows, (0, -len(rows) % ROWS_STEP)) for rows in (ids, positions))
    x = _embed(bert.embeddings, ids, positions).to(torch.bfloat16 if BF16 else torch.float32)
    with torch.autocast("cpu", torch.bfloat16, enabled=BF16):
        for layer in bert.encoder.layer:
            x = _layer(layer, x, spans, bert.config.num_attention_heads)
    pooled = torch.cat([span.mean(part) for span, part in zip(spans, _parts(x.float(), spans), strict=True)])
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return pooled[back]


@torch.no_grad()
def centre(bert, tokenizer, titles, share):
    """Takes a share of the mean of all vectors away from each. A model may put all texts into a cone, where unrelated ones have cosines
    of .4 or .7. What is common to all leaves through the bias of the last layer, since a vector is the mean of what that
    layer makes of each token."""
    ids = [e.ids for e in tokenizer.encode_batch(random.Random(0).sample(titles, CENTRED_ON))]
    vectors = torch.cat([encode(bert, ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK)])
    bert.encoder.layer[-1].output.LayerNorm.bias -= share * vectors.mean(0)


@dataclass
class Span:
    """Texts that stand together: `ids` and `real` are `[texts, length]`, `real` tells tokens from padding."""

    ids: torch.Tensor
    real: torch.Tensor

    def __post_init__(self):
        self.texts, self.length = self.ids.shape
        self.bias = torch.zeros(self.real.shape).masked_fill(~self.real, -1e4)[:, None, None, :]

    def mean(self, part):
        tokens = part.view(self.texts, self.length, -1) * self.real[..., None]
        return tokens.sum(1) / self.real.sum(1, keepdim=True)


def _spans(sorted_ids):
    rounded = {}
    for ids in sorted_ids:
        rounded.setdefault(-(-len(ids) // LENGTH_STEP) * LENGTH_STEP, []).append(ids)
    spans = []
    for length, texts in rounded.items():
        ids = torch.tensor([ids + [0] * (length - len(ids)) for ids in texts])
        real = torch.arange(length) < torch.tensor([len(ids) for ids in texts])[:, None]
        spans.append(Span(ids, real))
    return spans


def _parts(x, spans):
    """`[rows, dim]` cut into one tensor a span; the rows that fill up the batch are left out."""
    sizes = [span.texts * span.length for span in spans]
    return x.split([*sizes, len(x) - sum(sizes)])[:-1]


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
    with torch.autocast("cpu", enabled=False):  # f32: for products so small nothing is compiled
        q, k, v = (_parts(t.float(), spans) for t in (q, k, v))
        mixed = torch.cat([_attend(*part, heads) for part in zip(q, k, v, spans, strict=True)])
        mixed = F.pad(mixed, (0, 0, 0, len(x) - len(mixed)))
    x = _norm(attention.output.LayerNorm, x + attention.output.dense(mixed))
    return _norm(layer.output.LayerNorm, x + layer.output.dense(F.gelu(layer.intermediate.dense(x))))


def _attend(q, k, v, span, heads):
    q, k, v = (t.view(span.texts, span.length, heads, -1).transpose(1, 2) for t in (q, k, v))
    weights = torch.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + span.bias, dim=-1)
    return (weights @ v).transpose(1, 2).reshape(-1, heads * v.shape[-1])
