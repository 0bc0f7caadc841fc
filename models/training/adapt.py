"""Adapts a model to the questions of one site.

    python adapt.py --model models/likewise-v2 --questions questions.jsonl --out my-model
    likewise serve --model ./my-model

`questions.jsonl` is what `likewise import` reads (`title`, `body`); a few thousand are enough. `--pairs` adds pairs people
have judged: a TSV file with the columns `q1`, `q2` and `label` (1: the same question, 0: another one); some hundred
help more than any number of bare questions.

A title learns to find its own body among all others, judged pairs learn their order (CoSENT), and every vector is held near
the one it had, so that what the model knows of other questions and languages stays.
"""

import argparse
import csv
import json
import os
import random
import shutil
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Tokenizer

import encoder
import export
from train import TEMPERATURE, cosent_loss

QUESTIONS, PAIRS = 96, 32  # of a step
RATE = 5e-5
WEIGHTS = {"hold": 4.0, "body": 0.3, "pairs": 0.3}
LONGEST = 96


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    rng = random.Random(options.seed)
    questions = read_questions(options.questions)
    pairs = read_pairs(options.pairs) if options.pairs else []
    tokenizer = Tokenizer.from_file(f"{options.model}/tokenizer.json")
    tokenizer.enable_truncation(LONGEST)
    before, student = encoder.load(options.model), encoder.load(options.model)
    student.embeddings.word_embeddings.weight.requires_grad_(False)
    optimizer = torch.optim.AdamW([p for p in student.parameters() if p.requires_grad], lr=RATE)
    start, step = time.monotonic(), 0
    while (progress := (time.monotonic() - start) / (options.minutes * 60)) < 1:
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, 20 * progress) * (1 - progress)
        some = rng.sample(questions, min(QUESTIONS, len(questions)))
        found = losses(before, student, tokenizer, some, rng.sample(pairs, min(PAIRS, len(pairs))))
        optimizer.zero_grad()
        sum(WEIGHTS[name] * loss for name, loss in found.items()).backward()
        optimizer.step()
        step += 1
        if step % 20 == 0:
            told = "  ".join(f"{name} {loss.item():.3f}" for name, loss in found.items())
            print(f"{100 * progress:.0f}% of {options.minutes:g} min, step {step}: {told}", flush=True)
    write(student, Path(options.model), Path(options.out))


def losses(before, student, tokenizer, questions, pairs):
    """`questions` are (title, body or ''), `pairs` (text, text, label)."""
    ids = lambda texts: [encoded.ids for encoded in tokenizer.encode_batch(texts)]  # noqa: E731
    titles = [title for title, _ in questions]
    with_body = [i for i, (_, body) in enumerate(questions) if body]
    texts = titles + [questions[i][1] for i in with_body] + [a for a, _, _ in pairs] + [b for _, b, _ in pairs]
    vectors = F.normalize(encoder.encode(student, ids(texts)), dim=-1)
    of_title, of_body, of_pair = vectors.split([len(titles), len(with_body), 2 * len(pairs)])
    with torch.no_grad():
        held = F.normalize(encoder.encode(before, ids(titles)), dim=-1)
    found = {"hold": (of_title - held).pow(2).sum(-1).mean()}
    if len(with_body) > 1:
        similarity = of_title[with_body] @ of_body.T / TEMPERATURE
        found["body"] = F.cross_entropy(similarity, torch.arange(len(with_body)))
    if pairs:
        found["pairs"] = cosent_loss(of_pair, torch.tensor([label for _, _, label in pairs]))
    return found


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="folder of a model that export.py wrote")
    parser.add_argument("--questions", required=True)
    parser.add_argument("--pairs")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


def read_questions(path):
    with open(path, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    questions = [(record["title"], record.get("body") or "") for record in records]
    if len(questions) < 100:
        raise SystemExit(f"{path} has {len(questions)} questions; a hundred is the least that teaches anything")
    return questions


def read_pairs(path):
    with open(path, encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = {"q1", "q2", "label"} - set(rows.fieldnames or [])
        if missing:
            raise SystemExit(f"{path} lacks the columns {', '.join(sorted(missing))}")
        return [(row["q1"], row["q2"], float(row["label"])) for row in rows]


def write(student, model, out):
    shutil.copytree(model, out, ignore=shutil.ignore_patterns("README.md", "SHA256SUMS"), dirs_exist_ok=True)
    state = {name: value.detach() for name, value in student.state_dict().items()}
    save_file(export.stored(state, plain=False), str(out / "model.safetensors"), metadata={"format": "pt"})
    export.write_checksums(out)
    print(f"{out} is ready: likewise serve --model {out}")


if __name__ == "__main__":
    main()
