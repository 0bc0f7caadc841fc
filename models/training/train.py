"""Step 2: trains the student. Stop it at any time: it goes on from its last checkpoint.

    python train.py --raw RAW --work WORK --minutes 90

Reads what prepare.py wrote, the project's own questions and the graded pairs of RAW/sts; writes WORK/student.safetensors.

Each step sums four losses over one pass of the student:
- the distance to the teacher's vector of the English side, for both sides of a parallel pair (Reimers and Gurevych 2020);
- in-batch contrast of each translation with the teacher's vectors, and with some thousand more of other sentences;
- contrast of each question with its paraphrases, against the batch, its hard negatives and the questions of the last steps;
- CoSENT (Su 2022) over graded pairs: the better pair of two has the higher cosine.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

import corpus
import encoder
import sampling
import teacher
import words

PARALLEL, ENGLISH, GROUPS, LINES, GRADED = 128, 24, 80, 32, 24  # of a step
OTHER_SENTENCES = 4096  # teacher's vectors beside the batch's own, as negatives
REMEMBERED = 2048  # questions of the last steps, as negatives of paraphrases
SAME_ENOUGH = 0.9  # a remembered question so near to a paraphrase may well ask the same: no negative
TEMPERATURE = 0.05
WEIGHTS = {"distance": 2.0, "translation": 0.3, "paraphrase": 0.5, "graded": 0.15}
BODY_RATE, TABLE_RATE = 3e-4, 1.5e-3
WARM_UP, FROZEN_BODY = 0.03, 0.08  # shares of the run
LONGEST = 96  # pieces
CHECKPOINT_MINUTES = 5


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    work = Path(options.work)
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST)
    pairs = [corpus.Parallel(*row) for row in corpus.read_tsv(work / "parallel.tsv")]
    english = sorted({pair.english for pair in pairs})
    targets = dict(zip(english, range(len(english)), strict=True)), torch.from_numpy(np.load(work / "teacher.npy"))
    run = Run(
        student=initial(tokenizer, pairs, options, work),
        tokenizer=tokenizer,
        targets=targets,
        sampler=sampling.Sampler(
            pairs, corpus.groups(options.own), corpus.lines(options.own), corpus.graded(options.raw), options.seed
        ),
        seconds=options.minutes * 60,
        checkpoint=work / "checkpoint.pt",
        frozen=0.0 if options.init else FROZEN_BODY,
    )
    run.train()
    state = {name: value.contiguous() for name, value in run.student.state_dict().items()}
    save_file(state, str(work / "student.safetensors"), metadata={"format": "pt"})


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", required=True)
    parser.add_argument("--own", default=Path(__file__).parents[2] / "data" / "training")
    parser.add_argument("--work", required=True)
    parser.add_argument("--init", help="folder of a model to go on from; WORK/tokenizer.json is its own")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


def initial(tokenizer, pairs, options, work):
    if options.init:
        return encoder.load(options.init)
    student = encoder.build(teacher.FOLDER, tokenizer.get_vocab_size())
    start = work / "words.safetensors"
    if not start.exists():
        model = teacher.load()
        state = model.state_dict()
        table = state.pop(encoder.TABLE)
        texts = [(pair.english, pair.other) for pair in pairs] + [(english, english) for english in {p.english for p in pairs}]
        state[encoder.TABLE] = words.table(tokenizer, texts, teacher.tokenizer(), table)
        save_file(state, str(start), metadata={"format": "pt"})
    student.load_state_dict(load_file(str(start)))
    return student


class Run:
    def __init__(self, student, tokenizer, targets, sampler, seconds, checkpoint, frozen):
        self.student, self.tokenizer, self.sampler, self.frozen = student, tokenizer, sampler, frozen
        self.rows, self.vectors = targets
        self.seconds, self.checkpoint = seconds, checkpoint
        self.spent, self.step, self.sums = 0.0, 0, {}
        self.table = [student.embeddings.word_embeddings.weight]
        self.body = [p for name, p in student.named_parameters() if "word_embeddings" not in name]
        self.optimizers = [
            (torch.optim.SparseAdam(self.table, betas=(0.9, 0.98)), TABLE_RATE),
            (torch.optim.AdamW(self.body, betas=(0.9, 0.98), weight_decay=0.01), BODY_RATE),
        ]
        self.average, self.averaged = None, 0
        self.memory = Memory(student.config.hidden_size)

    def train(self):
        self.resume()
        last, saved = time.monotonic(), self.spent
        while self.spent < self.seconds:
            self.one_step(self.spent / self.seconds)
            now = time.monotonic()
            self.spent, last = self.spent + now - last, now
            if self.step % 50 == 0:
                self.report()
            if self.spent - saved > CHECKPOINT_MINUTES * 60:
                self.save()
                saved = self.spent
        if self.averaged:
            self.student.load_state_dict({name: value / self.averaged for name, value in self.average.items()})

    def one_step(self, progress):
        rate = min(1.0, progress / WARM_UP) * max(0.02, 1 - progress) + 1e-3
        for optimizer, base in self.optimizers:
            optimizer.param_groups[0]["lr"] = base * rate
            optimizer.zero_grad()
        for parameter in self.body:
            parameter.requires_grad_(progress >= self.frozen)
        loss = sum(WEIGHTS[name] * value for name, value in self.losses(progress).items())
        loss.backward()
        if progress >= self.frozen:
            torch.nn.utils.clip_grad_norm_(self.body, 1.0)
        for optimizer, _ in self.optimizers:
            optimizer.step()
        self.step += 1
        # The mean of the last tenth of the run is a little better than its end, and steadier.
        if progress > 0.9 and self.step % 20 == 0:
            self.add_to_average()

    def losses(self, progress):
        pairs = self.sampler.parallel(PARALLEL)
        groups = self.sampler.paraphrases(GROUPS, LINES)
        graded = self.sampler.graded(GRADED)
        texts = [p.other for p in pairs] + [p.english for p in pairs[:ENGLISH]]
        first_group = len(texts)
        texts += [t for _, t, _, _ in groups] + [t for _, _, t, _ in groups] + [t for _, _, _, near in groups for t in near]
        first_graded = len(texts)
        texts += [t for t, _, _ in graded] + [t for _, t, _ in graded]
        ids = [e.ids for e in self.tokenizer.encode_batch(texts)]
        vectors = F.normalize(encoder.encode(self.student, ids), dim=-1)
        found = {
            **self.translation(vectors[:first_group], pairs),
            "paraphrase": self.memory.paraphrase_loss(vectors[first_group:first_graded], [number for number, *_ in groups]),
            "graded": cosent_loss(vectors[first_graded:], torch.tensor([score for _, _, score in graded])),
        }
        for name, value in found.items():
            self.sums[name] = self.sums.get(name, 0.0) + value.item()
        return found

    def translation(self, vectors, pairs):
        rows = torch.tensor([self.rows[p.english] for p in pairs])
        target = self.vectors[rows].float()
        other, english = vectors[: len(pairs)], vectors[len(pairs) :]
        distance = (other - target).pow(2).sum(-1).mean() + (english - target[:ENGLISH]).pow(2).sum(-1).mean()
        more = torch.randint(len(self.vectors), (OTHER_SENTENCES,))
        candidates = torch.cat([target, self.vectors[more].float()])
        same = rows[:, None] == torch.cat([rows, more])[None, :]
        same[torch.arange(len(pairs)), torch.arange(len(pairs))] = False
        similarity = (other @ candidates.T / TEMPERATURE).masked_fill(same, -1e4)
        return {"distance": distance, "translation": F.cross_entropy(similarity, torch.arange(len(pairs)))}

    def add_to_average(self):
        state = self.student.state_dict()
        if self.average is None:
            self.average = {name: value.clone() for name, value in state.items()}
        else:
            for name, value in state.items():
                self.average[name] += value
        self.averaged += 1

    def report(self):
        losses = "  ".join(f"{name} {value / 50:.3f}" for name, value in self.sums.items())
        print(f"{self.spent / 60:.1f} of {self.seconds / 60:.0f} min, step {self.step}: {losses}", flush=True)
        self.sums = {}

    def save(self):
        state = {
            "student": self.student.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer, _ in self.optimizers],
            "spent": self.spent,
            "step": self.step,
        }
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.checkpoint)

    def resume(self):
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint)
        self.student.load_state_dict(state["student"])
        for (optimizer, _), saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.spent, self.step = state["spent"], state["step"]
        self.sampler.reseed(self.step)
        print(f"going on from minute {self.spent / 60:.1f}", flush=True)


class Memory:
    """Questions of the last steps (cross-batch memory, Wang et al. 2020): more negatives than a small batch has."""

    def __init__(self, dim):
        self.vectors, self.groups, self.next = torch.zeros(REMEMBERED, dim), torch.full((REMEMBERED,), -1), 0

    def paraphrase_loss(self, vectors, groups):
        """Anchor and paraphrase of each group find each other among all of the batch, its hard negatives and the memory."""
        n, groups = len(groups), torch.tensor(groups)
        anchors, paraphrases, near = vectors[:n], vectors[n : 2 * n], vectors[2 * n :]
        remembered = self.similarity(anchors, paraphrases, groups)
        there = torch.cat([anchors @ paraphrases.T, anchors @ near.T, remembered], dim=1)
        back = torch.cat([paraphrases @ anchors.T, self.similarity(paraphrases, anchors, groups)], dim=1)
        self.remember(vectors[: 2 * n].detach(), groups.repeat(2))
        found = torch.arange(n)
        return 0.7 * F.cross_entropy(there / TEMPERATURE, found) + 0.3 * F.cross_entropy(back / TEMPERATURE, found)

    def similarity(self, questions, paraphrases, groups):
        similarity = questions @ self.vectors.T
        with torch.no_grad():
            same = (groups[:, None] == self.groups) | (self.groups < 0)
            same |= (similarity > SAME_ENOUGH) | (paraphrases @ self.vectors.T > SAME_ENOUGH)
        return similarity.masked_fill(same, -1e4)

    def remember(self, vectors, groups):
        rows = (self.next + torch.arange(len(groups))) % REMEMBERED
        # New tensors: the backward pass still reads the old ones.
        self.vectors, self.groups = self.vectors.index_copy(0, rows, vectors), self.groups.index_copy(0, rows, groups)
        self.next = (self.next + len(groups)) % REMEMBERED


def cosent_loss(vectors, scores):
    n = len(scores)
    cosine = (vectors[:n] * vectors[n:]).sum(-1)
    difference = (cosine[None, :] - cosine[:, None]) / TEMPERATURE
    wrong = difference[scores[:, None] > scores[None, :]]
    return torch.logsumexp(torch.cat([torch.zeros(1), wrong]), dim=0)


if __name__ == "__main__":
    main()
