"""Step 1: reads the corpora, trains the tokenizer and asks the teacher for the vector of every English text.

    python prepare.py --raw RAW --held-out EVAL --work WORK

Writes WORK/parallel.tsv, WORK/tokenizer.json and WORK/teacher.npy; what is there already is kept, so a stopped run goes on.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import torch

import corpus
import teacher
import vocabulary

OWN = Path(__file__).parents[2] / "data" / "training"


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    work = Path(options.work)
    work.mkdir(parents=True, exist_ok=True)
    pairs = parallel_text(work / "parallel.tsv", options)
    if not (work / "tokenizer.json").exists():
        words = json.loads((teacher.FOLDER / "tokenizer.json").read_text())["model"]["vocab"]
        tokenizer = vocabulary.train(pairs, corpus.groups(options.own), words)
        tokenizer.save(str(work / "tokenizer.json"))
        print(f"tokenizer: {tokenizer.get_vocab_size()} pieces", flush=True)
    if not (work / "teacher.npy").exists():
        english = sorted({pair.english for pair in pairs})
        np.save(work / "teacher.npy", teacher.encode(english))


def arguments(description=__doc__):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", required=True, help="folder of the public sets: <set>/<lang>.tsv")
    parser.add_argument("--held-out", required=True, help="folder of evaluation TSV files: their sentences are left out")
    parser.add_argument("--own", default=OWN, help="the project's own questions")
    parser.add_argument("--work", required=True, help="folder for what is made")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


def parallel_text(path, options):
    if not path.exists():
        pairs = corpus.parallel(options.raw, options.own, corpus.held_out(options.held_out))
        path.write_text("".join(f"{p.language}\t{p.english}\t{p.other}\n" for p in pairs), encoding="utf-8")
    pairs = [corpus.Parallel(*row) for row in corpus.read_tsv(path)]
    print(f"parallel: {len(pairs)} pairs", flush=True)
    return pairs


if __name__ == "__main__":
    main()
