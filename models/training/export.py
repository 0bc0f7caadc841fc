"""Step 3: writes the model as a folder that likewise loads.

    python export.py --work WORK --out models/NAME

`--mix FOLDER --share 0.4` takes four tenths of that model's weights: the mean of a model and of what it became by more training
is often better than either (Wortsman et al. 2022), where both have one vocabulary. `--start` writes the model before training.

All matrices are kept as bytes with one scale a row, what is left as f16. With `--plain` everything is f16: larger, and
readable by sentence-transformers too.
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

import encoder

LONGEST = 128  # pieces of a text that the model reads


def main():
    options = arguments()
    out = Path(options.out)
    (out / "1_Pooling").mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(f"{options.work}/tokenizer.json")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    state = load_file(f"{options.work}/{'start' if options.start else 'model'}.safetensors")
    if options.mix:
        before = encoder.load(options.mix).state_dict()
        state = {name: torch.lerp(value, before[name], options.share) for name, value in state.items()}
    weights = stored(state, options.plain)
    save_file(weights, str(out / "model.safetensors"), metadata={"format": "pt"})
    write_settings(out, tokenizer, json.loads(Path(f"{options.work}/config.json").read_text()))
    write_checksums(out)
    size = (out / "model.safetensors").stat().st_size
    print(f"{out}: {size / 1e6:.1f} MB of weights, {tokenizer.get_vocab_size()} pieces")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--start", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--mix", help="folder of another model")
    parser.add_argument("--share", type=float, default=0.4, help="the other model's share")
    return parser.parse_args()


def stored(state, plain):
    kept = {}
    for name, value in state.items():
        if not plain and _is_matrix(name, value):
            kept[name], kept[name + encoder.SCALE] = as_bytes(value)
        else:
            kept[name] = value.to(torch.float16).contiguous()
    return kept


def _is_matrix(name, value):
    """The table of pieces and the dense layers; places and types are few, and added to what is looked up."""
    return value.dim() == 2 and (name == encoder.TABLE or not name.startswith("embeddings."))


def as_bytes(matrix):
    """Bytes `[rows, columns]` and scales `[rows, 1]`: a number is (byte - 128) * scale."""
    scale = (matrix.abs().amax(1, keepdim=True) / 127).clamp(min=1e-12)
    return (torch.round(matrix / scale) + 128).to(torch.uint8), scale.float()


def write_settings(out, tokenizer, config):
    config |= {"_name_or_path": out.name, "architectures": ["BertModel"], "torch_dtype": "float16"}
    config["pad_token_id"] = tokenizer.token_to_id("[PAD]")
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    modes = {
        f"pooling_mode_{m}": m == "mean_tokens" for m in ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")
    }

    def write(name, value):
        (out / name).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")

    write("config.json", config)
    write(
        "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(modules)
        ],
    )
    write("1_Pooling/config.json", {"word_embedding_dimension": config["hidden_size"], **modes})
    write("sentence_bert_config.json", {"max_seq_length": LONGEST, "do_lower_case": False})
    tokenizer_config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": LONGEST, **special}
    write("tokenizer_config.json", tokenizer_config)
    write("special_tokens_map.json", special)


def write_checksums(out):
    files = sorted(p for p in out.rglob("*") if p.is_file() and p.name not in ("SHA256SUMS", "README.md", "calibration.json"))
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(out)}\n" for p in files]
    (out / "SHA256SUMS").write_text("".join(lines))


if __name__ == "__main__":
    main()
