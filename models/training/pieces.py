"""The tokenizer: those pieces of the base's 250,037 that text of the languages wanted uses, and their rows of the table.

Pieces that leave are spelled by smaller ones.
"""

import collections
import math
import re

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

import encoder

# By the base's rows. Its own names for them, <s> and </s>, are words of web pages too.
SPECIAL = ["[CLS]", "[PAD]", "[SEP]", "[UNK]"]
PIECES = 95_000  # as bytes beside ten layers as bytes: 55 MB
LINES_A_LANGUAGE, FEW_LINES_A_LANGUAGE = 40_000, 5_000
ENGLISH_SHARE = 3  # each third English sentence: English stands beside every other language
OWN_WEIGHT = 4  # of a text of our own beside another
HAN = re.compile(r"[\u4e00-\u9fff]+")


def tokenizer(pieces):
    """A `Tokenizer` of (piece, log probability), the special ones first."""
    t = Tokenizer(models.Unigram(pieces, unk_id=SPECIAL.index("[UNK]"), byte_fallback=False))
    t.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    t.add_special_tokens(SPECIAL)
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, SPECIAL.index(name)) for name in ("[CLS]", "[SEP]")],
    )
    return t


def shortened(base, pairs, groups):
    """The tokenizer with the `PIECES` used most, and their rows of the base's table."""
    pieces = [(name, 0.0) for name in SPECIAL] + base.pieces[len(SPECIAL) :]
    own = sorted({text for group in groups for _, *texts in group.same + group.near for text in texts if text})
    used = _used(tokenizer(pieces), _lines(pairs, LINES_A_LANGUAGE), own * OWN_WEIGHT)
    kept = {i for i, (piece, _) in enumerate(pieces) if i < len(SPECIAL) or _always(piece)}
    others = [i for i, _ in used.most_common() if i not in kept]
    kept = sorted(kept.union(others[: PIECES - len(kept)]))
    short = [pieces[i] for i in kept]
    used = _used(tokenizer(short), _lines(pairs, FEW_LINES_A_LANGUAGE), own)
    return tokenizer(_asked(short, used)), base.state[encoder.TABLE][torch.tensor(kept)].contiguous()


def _asked(pieces, used):
    """The pieces with a probability that is half the base's, of web pages, and half their share in questions and the like: few texts are
    cut in another way, and it tells which words are common in questions ("how", "can"), as likewise wants to know."""
    ours, theirs = sum(used.values()), sum(math.exp(score) for _, score in pieces[len(SPECIAL) :])
    known = [(piece, 0.5 * used[i] / ours + 0.5 * math.exp(score) / theirs) for i, (piece, score) in enumerate(pieces)]
    return pieces[: len(SPECIAL)] + [(piece, math.log(probability)) for piece, probability in known[len(SPECIAL) :]]


def _always(piece):
    """Single characters, so that any text can be spelled, and all Chinese words."""
    spelled = piece.lstrip("▁")
    return len(spelled) <= 1 or HAN.fullmatch(spelled)


def _lines(pairs, of_each):
    """So many sentences of each language, and as many English ones as a third of all."""
    taken, lines, english = collections.Counter(), [], set()
    for pair in pairs:
        taken[pair.language] += 1
        if taken[pair.language] <= of_each:
            lines.append(pair.other)
            english.add(pair.english)
    return lines + sorted(english)[::ENGLISH_SHARE]


def _used(tokenizer, *collections_of_texts):
    used = collections.Counter()
    for texts in collections_of_texts:
        for start in range(0, len(texts), 20_000):
            for encoding in tokenizer.encode_batch(texts[start : start + 20_000], add_special_tokens=False):
                used.update(encoding.ids)
    return used
