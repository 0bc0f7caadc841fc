#!/usr/bin/env python3
"""Make the parity references in this folder with the sentence-transformers library.

    python make.py [--tiny] [--vocabularies] [--bundled FOLDER] [--minilm FOLDER]
                   [--out FOLDER]

From texts.json (beside this script) it makes

  * with --tiny, the four tiny models of random weights, each a complete
    sentence-transformers folder. A vocabulary that is there already is kept,
    because training one does not give the same result twice; --vocabularies
    trains them anew;
  * <model>.golden.json for each tiny model found in the output folder, and for
    the bundled model and all-MiniLM-L6-v2 where their folders are given.

Every reference is computed in float32 on one CPU thread, one text at a time, so
that neither padding nor the neighbours in a batch have any influence. Weights
that are stored as f16 or bf16 are upcast first. README.md has the versions and
the file format.
"""

import argparse
import base64
import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("RAYON_NUM_THREADS", "1")

import numpy as np
import sentence_transformers
import tokenizers
import torch
import transformers
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules as models
from tokenizers import (
    Tokenizer,
    decoders,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from tokenizers import models as token_models
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
)

HERE = Path(__file__).resolve().parent

# The tiny models, with the prompt that their reference is computed with.
TINY = {
    "tiny-xlm-roberta": "query: ",
    "tiny-distilbert": None,
    "tiny-bert-cls": None,
    "tiny-bert-max": None,
}
PROMPTS = {"query": "query: ", "passage": "passage: "}


# ---------------------------------------------------------------- tokenizers


def charsmap(texts):
    """A sentencepiece character map, of the kind that XLM-R's tokenizer has.

    The rules are those of `nmt_nfkc` (NFKC, other spaces to a space, controls
    and zero-width characters dropped), limited to the characters that occur in
    the texts and the full-width block, which keeps the map at a few kilobytes.
    """
    import io
    import unicodedata

    import sentencepiece

    wanted = {c for t in texts for c in t} | {chr(c) for c in range(0xFF01, 0xFFEF)}
    # 0 ends a rule's text in sentencepiece, so it can have no rule.
    wanted.discard("\0")
    rules = {}
    for c in sorted(wanted):
        kind = unicodedata.category(c)
        if c in "\t\n\r\u0085\u200b\u2028\u2029\ufeff" or kind == "Zs":
            to = " "
        elif kind == "Cc" or c in "\u200e\u200f\u00ad":
            to = ""
        else:
            to = unicodedata.normalize("NFKC", c)
        if to != c:
            rules[c] = to
    with tempfile.TemporaryDirectory() as tmp:
        tsv = Path(tmp) / "rules.tsv"
        tsv.write_text(
            "".join(
                " ".join(f"{ord(c):X}" for c in src)
                + "\t"
                + " ".join(f"{ord(c):X}" for c in dst)
                + "\n"
                for src, dst in rules.items()
            )
        )
        made = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["some words to train on", "only the map is used"]),
            model_writer=made,
            vocab_size=30,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(tsv),
            num_threads=1,
            minloglevel=2,
        )
    return precompiled_charsmap(made.getvalue())


def precompiled_charsmap(proto):
    """ModelProto.normalizer_spec (3) .precompiled_charsmap (2), read by hand."""

    def fields(data):
        at = 0

        def varint():
            nonlocal at
            value = shift = 0
            while True:
                byte = data[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    return value

        while at < len(data):
            tag = varint()
            if tag & 7 == 2:
                size = varint()
                yield tag >> 3, data[at : at + size]
                at += size
            elif tag & 7 == 0:
                yield tag >> 3, varint()
            else:
                at += 4 if tag & 7 == 5 else 8

    spec = next(value for field, value in fields(proto) if field == 3)
    return next(value for field, value in fields(spec) if field == 2)


def common(texts):
    """The texts to train a vocabulary on: characters seen only once become
    spaces, and so stay unknown to the tokenizer."""
    count = Counter(c for t in texts for c in t)
    return ["".join(c if count[c] > 1 else " " for c in t) for t in texts]


def train_unigram(texts, size):
    """A Unigram tokenizer laid out as XLM-R's is."""
    tok = Tokenizer(token_models.Unigram())
    tok.normalizer = normalizers.Precompiled(charsmap(texts))
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"),
        ]
    )
    tok.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tok.train_from_iterator(
        # The prompts too, so that they are split into words.
        common(texts) + list(PROMPTS.values()) * 20,
        trainers.UnigramTrainer(
            vocab_size=size,
            special_tokens=special,
            unk_token="<unk>",
            show_progress=False,
        ),
    )
    tok.add_special_tokens([tokenizers.AddedToken("<mask>", lstrip=True, special=True)])
    assert [tok.token_to_id(s) for s in special] == [0, 1, 2, 3]
    tok.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return tok


def train_wordpiece(texts, size, lowercase):
    """A WordPiece tokenizer laid out as BERT's is, uncased or cased."""
    tok = Tokenizer(token_models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tok.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=True,
        strip_accents=None,
        lowercase=lowercase,
    )
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.decoder = decoders.WordPiece(prefix="##")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tok.train_from_iterator(
        common(texts),
        trainers.WordPieceTrainer(
            vocab_size=size,
            special_tokens=special,
            continuing_subword_prefix="##",
            show_progress=False,
        ),
    )
    tok.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tok


XLM_R_TOKENS = dict(
    bos_token="<s>",
    eos_token="</s>",
    sep_token="</s>",
    cls_token="<s>",
    unk_token="<unk>",
    pad_token="<pad>",
    mask_token="<mask>",
)
BERT_TOKENS = dict(
    unk_token="[UNK]",
    pad_token="[PAD]",
    cls_token="[CLS]",
    sep_token="[SEP]",
    mask_token="[MASK]",
)


def tokenizer(folder, anew, train, special):
    """The tokenizer that the folder has, or else a trained one."""
    path = folder / "tokenizer.json"
    tok = Tokenizer.from_file(str(path)) if path.exists() and not anew else train()
    return PreTrainedTokenizerFast(tokenizer_object=tok, **special)


# --------------------------------------------------------------- tiny models


def randomise(model, seed):
    """Fill every parameter, biases and norms too, so that no part can be left
    out unnoticed; larger than usual, so that texts differ clearly."""
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            noise = torch.randn(p.shape, generator=rng)
            if "LayerNorm.weight" in name or "layer_norm.weight" in name:
                p.copy_(1.0 + 0.2 * noise)
            elif p.dim() == 1:
                p.copy_(0.2 * noise)
            elif "word_embeddings" in name:
                p.copy_(noise)
            elif "embeddings" in name:
                p.copy_(0.4 * noise)
            elif re.search(r"value|v_lin|attention\.(output|out_lin)", name):
                p.copy_(0.5 * noise)
            else:
                p.copy_(0.25 * noise)
    return model


def transformer_module(model, tokenizer, max_seq_length, dtype=torch.float32):
    """A sentence-transformers Transformer module around model and tokenizer."""
    tokenizer.model_max_length = max_seq_length
    with tempfile.TemporaryDirectory() as tmp:
        model.to(dtype).eval().save_pretrained(tmp)
        tokenizer.save_pretrained(tmp)
        return models.Transformer(tmp, max_seq_length=max_seq_length)


def save(modules, out, prompts=None, limit_in_config=True):
    made = SentenceTransformer(modules=modules, prompts=prompts, device="cpu")
    made.save(str(out), create_model_card=False)
    # sentence-transformers 6 writes this file without the limit, which is then
    # in tokenizer_config.json only. Models of earlier versions have it here;
    # both kinds are wanted.
    path = out / "sentence_bert_config.json"
    if limit_in_config:
        config = json.loads(path.read_text())
        config["max_seq_length"] = made.max_seq_length
        path.write_text(json.dumps(config, indent=2) + "\n")
    # The name that every version of transformers knows.
    path = out / "tokenizer_config.json"
    config = json.loads(path.read_text())
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    path.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n")
    for path in out.rglob("*.safetensors"):
        path.chmod(0o644)


def make_tiny(texts, out, anew):
    sizes = dict(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
    )

    def bert_like(folder, size, lowercase):
        return tokenizer(
            folder, anew, lambda: train_wordpiece(texts, size, lowercase), BERT_TOKENS
        )

    # E5-like: XLM-RoBERTa, prompts, mean pooling, normalised.
    folder = out / "tiny-xlm-roberta"
    tok = tokenizer(folder, anew, lambda: train_unigram(texts, 2000), XLM_R_TOKENS)
    config = XLMRobertaConfig(
        vocab_size=len(tok),
        max_position_embeddings=66,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        **sizes,
    )
    model = randomise(XLMRobertaModel(config, add_pooling_layer=False), 1)
    word = transformer_module(model, tok, 64)
    pooling = models.Pooling(32, pooling_mode="mean")
    save([word, pooling, models.Normalize()], folder, PROMPTS)

    # DistilBERT, mean pooling, and a Dense module that changes the dimension.
    folder = out / "tiny-distilbert"
    tok = bert_like(folder, 1800, lowercase=True)
    config = DistilBertConfig(
        vocab_size=len(tok),
        max_position_embeddings=64,
        dim=32,
        n_layers=2,
        n_heads=4,
        hidden_dim=64,
        pad_token_id=0,
    )
    word = transformer_module(randomise(DistilBertModel(config), 2), tok, 64)
    pooling = models.Pooling(32, pooling_mode="mean")
    dense = models.Dense(32, 24, bias=True, activation_function=torch.nn.Tanh())
    save([word, pooling, randomise(dense, 3), models.Normalize()], folder)

    # BERT, cased, weights in f16, CLS pooling, no Normalize module.
    folder = out / "tiny-bert-cls"
    tok = bert_like(folder, 1800, lowercase=False)
    config = BertConfig(vocab_size=len(tok), max_position_embeddings=64, **sizes)
    model = randomise(BertModel(config, add_pooling_layer=False), 4)
    word = transformer_module(model, tok, 64, torch.float16)
    pooling = models.Pooling(32, pooling_mode="cls")
    save([word, pooling], folder, limit_in_config=False)

    # BERT, uncased, weights in bf16, max pooling; its limit on the length of a
    # text is below the number of its positions.
    folder = out / "tiny-bert-max"
    tok = bert_like(folder, 1600, lowercase=True)
    config = BertConfig(vocab_size=len(tok), max_position_embeddings=64, **sizes)
    model = randomise(BertModel(config, add_pooling_layer=False), 5)
    word = transformer_module(model, tok, 48, torch.bfloat16)
    pooling = models.Pooling(32, pooling_mode="max")
    save([word, pooling, models.Normalize()], folder, limit_in_config=False)


# ----------------------------------------------------------------- references


def golden(name, folder, texts, prompt, out):
    """Write <name>.golden.json for the sentence-transformers model in folder."""
    model = SentenceTransformer(
        str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": "float32"}
    )
    model.float().eval()
    assert all(p.dtype == torch.float32 for p in model.parameters())

    # What the transformer is really given, and beside it the tokenizer.json on
    # its own: both must agree.
    given = []
    model[0].register_forward_pre_hook(
        lambda _module, args: given.append(args[0]["input_ids"].tolist())
    )
    limit = model.max_seq_length
    whole = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    whole.no_padding()
    whole.no_truncation()
    cut = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    cut.no_padding()
    cut.enable_truncation(limit)

    token_ids, truncated, vectors = [], [], []
    for text in texts:
        given.clear()
        vector = model.encode(
            text,
            prompt=prompt,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        ((ids,),) = given
        full = (prompt or "") + text
        if ids != cut.encode(full).ids:
            sys.exit(f"{name}: token ids differ from tokenizer.json's for {text!r}")
        assert vector.dtype == np.float32 and np.isfinite(vector).all(), text
        assert abs(float(np.linalg.norm(vector)) - 1.0) < 1e-5, text
        token_ids.append(ids)
        truncated.append(len(whole.encode(full).ids) > limit)
        vectors.append(vector)
    vectors = np.stack(vectors)

    record = {
        "made_with": {
            "sentence_transformers": sentence_transformers.__version__,
            "transformers": transformers.__version__,
            "torch": torch.__version__.split("+")[0],
            "tokenizers": tokenizers.__version__,
        },
        "model": name,
        "prompt": prompt,
        "max_seq_length": limit,
        "dimension": int(vectors.shape[1]),
        "normalized": True,
        "token_ids": token_ids,
        "truncated": truncated,
        "embeddings": base64.b64encode(vectors.astype("<f4").tobytes()).decode(),
    }
    lines = (
        f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}"
        for key, value in record.items()
    )
    path = out / f"{name}.golden.json"
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    cos = (vectors @ vectors.T)[np.triu_indices(len(texts), 1)]
    print(
        f"{name}: {len(texts)} texts, {sum(truncated)} truncated at {limit}, "
        f"dimension {vectors.shape[1]}, cosine {cos.min():.2f}..{np.median(cos):.2f}"
        f"..{cos.max():.2f}, {path.stat().st_size / 1e3:.0f} kB"
    )


def expand(folder, plain):
    """A copy of the model as sentence-transformers reads it: a table of bytes and scales becomes one of numbers."""
    shutil.copytree(folder, plain, dirs_exist_ok=True)
    tensors = load_file(plain / "model.safetensors")
    for name in [name for name in tensors if name.endswith(".scale")]:
        table = name.removesuffix(".scale")
        tensors[table] = (tensors[table].float() - 128) * tensors.pop(name).float()
    save_file(tensors, plain / "model.safetensors", metadata={"format": "pt"})


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    args.add_argument("--bundled", type=Path, help="folder of the bundled model")
    args.add_argument("--name", default="likewise-v2", help="the bundled model's name")
    args.add_argument("--minilm", type=Path, help="folder of all-MiniLM-L6-v2")
    args.add_argument("--tiny", action="store_true", help="make the tiny models anew")
    args.add_argument("--vocabularies", action="store_true", help="train theirs anew too")
    args.add_argument("--out", type=Path, default=HERE, help="where to write")
    args = args.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(0)
    texts = json.loads((HERE / "texts.json").read_text(encoding="utf-8"))
    args.out.mkdir(parents=True, exist_ok=True)
    if args.tiny or args.vocabularies:
        make_tiny(texts, args.out, args.vocabularies)
    for name, prompt in TINY.items():
        if (args.out / name).is_dir():
            golden(name, args.out / name, texts, prompt, args.out)
    if args.bundled:
        with tempfile.TemporaryDirectory() as plain:
            expand(args.bundled, Path(plain))
            golden(args.name, plain, texts, None, args.out)
    if args.minilm:
        golden("all-MiniLM-L6-v2", args.minilm, texts, None, args.out)


if __name__ == "__main__":
    main()
