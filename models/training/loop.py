"""A training run: steps, rates, checkpoints. It can be stopped at any time, and goes on from its last checkpoint."""

import argparse
import os
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer

import corpus
import sampling

WARM_UP, AVERAGED = 0.03, 0.1  # shares of the run
CHECKPOINT_MINUTES, REPORT_STEPS = 5, 10
LONGEST = 96  # pieces


def arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", required=True, help="folder of the public sets: <set>/<lang>.tsv")
    parser.add_argument("--own", default=Path(__file__).parents[2] / "data" / "training", help="the project's own questions")
    parser.add_argument("--work", required=True, help="folder of what was prepared, for what is made")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser


def prepared(options):
    """The folder, the tokenizer, the parallel text and what draws from it and from the project's own questions."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    work = Path(options.work)
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST)
    pairs = [corpus.Parallel(*row) for row in corpus.read_tsv(work / "parallel.tsv")]
    groups, lines, graded = corpus.groups(options.own), corpus.lines(options.own), corpus.graded(options.raw)
    return work, tokenizer, pairs, sampling.Sampler(pairs, groups, lines, graded, options.seed)


class Run:
    """`losses()` gives a step's losses by name, summed by `weights`. `rates` are of the table of pieces and of the body, which
    stays as it is for the share `frozen` of the run. `reseed(step)` makes what is drawn go on where a stopped run ended."""

    def __init__(self, model, losses, weights, rates, reseed, seconds, checkpoint, frozen=0.0):
        self.model, self.losses, self.weights, self.reseed = model, losses, weights, reseed
        self.seconds, self.checkpoint, self.frozen = seconds, checkpoint, frozen
        self.spent, self.step, self.sums = 0.0, 0, {}
        self.body = [p for name, p in model.named_parameters() if "word_embeddings" not in name]
        table_rate, body_rate = rates
        table = [model.embeddings.word_embeddings.weight]
        self.optimizers = [
            (torch.optim.SparseAdam(table, betas=(0.9, 0.98)), table_rate),
            (torch.optim.AdamW(self.body, betas=(0.9, 0.98), weight_decay=0.01), body_rate),
        ]
        self.average, self.averaged = None, 0

    def train(self):
        """The model becomes the mean of the end of the run: a little better than its last step, and steadier."""
        self._resume()
        last, saved = time.monotonic(), self.spent
        while self.spent < self.seconds:
            self._one_step(self.spent / self.seconds)
            now = time.monotonic()
            self.spent, last = self.spent + now - last, now
            if self.step % REPORT_STEPS == 0:
                self._report()
            if self.spent - saved > CHECKPOINT_MINUTES * 60:
                self._save()
                saved = self.spent
        if self.averaged:
            self.model.load_state_dict({name: value / self.averaged for name, value in self.average.items()})

    def _one_step(self, progress):
        rate = min(1.0, progress / WARM_UP) * max(0.02, 1 - progress) + 1e-3
        for optimizer, base in self.optimizers:
            optimizer.param_groups[0]["lr"] = base * rate
            optimizer.zero_grad()
        for parameter in self.body:
            parameter.requires_grad_(progress >= self.frozen)
        losses = self.losses()
        sum(self.weights[name] * value for name, value in losses.items()).backward()
        if progress >= self.frozen:
            torch.nn.utils.clip_grad_norm_(self.body, 1.0)
        for optimizer, _ in self.optimizers:
            optimizer.step()
        self.step += 1
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + value.item()
        if progress > 1 - AVERAGED and self.step % 5 == 0:
            self._add_to_average()

    def _add_to_average(self):
        state = self.model.state_dict()
        if self.average is None:
            self.average = {name: value.clone() for name, value in state.items()}
        else:
            for name, value in state.items():
                self.average[name] += value
        self.averaged += 1

    def _report(self):
        losses = "  ".join(f"{name} {value / REPORT_STEPS:.3f}" for name, value in self.sums.items())
        print(f"{self.spent / 60:.1f} of {self.seconds / 60:.0f} min, step {self.step}: {losses}", flush=True)
        self.sums = {}

    def _save(self):
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer, _ in self.optimizers],
            "spent": self.spent,
            "step": self.step,
        }
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.checkpoint)

    def _resume(self):
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint)
        self.model.load_state_dict(state["model"])
        for (optimizer, _), saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.spent, self.step = state["spent"], state["step"]
        self.reseed(self.step)
        print(f"going on from minute {self.spent / 60:.1f}", flush=True)
