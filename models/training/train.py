"""Step 2: trains the student. Stop it at any time: it goes on from its last checkpoint.

    python train.py --raw RAW --work WORK --minutes 90

Reads what prepare.py wrote, the project's own questions and the graded pairs of RAW/sts; writes WORK/model.safetensors.

Each step sums four losses over one pass of the student:
- the distance to the teacher's vector of the English side, for both sides of a parallel pair (Reimers and Gurevych 2020);
- in-batch contrast of each translation with the teacher's vectors, and with some thousand more of other sentences;
- contrast of each question with its paraphrases, against the batch, its hard negatives and the questions of the last steps;
- CoSENT (Su 2022) over graded pairs: the better pair of two has the higher cosine.
"""

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import encoder
import loop
import teacher
import words

PARALLEL, ENGLISH, GROUPS, LINES, GRADED = 128, 24, 80, 32, 24  # of a step
OTHER_SENTENCES = 4096  # teacher's vectors beside the batch's own, as negatives
REMEMBERED = 2048  # questions of the last steps, as negatives of paraphrases
SAME_ENOUGH = 0.9  # a remembered question so near to a paraphrase may well ask the same: no negative
TEMPERATURE = 0.05
WEIGHTS = {"distance": 2.0, "translation": 0.3, "paraphrase": 0.5, "graded": 0.15}
BODY_RATE, TABLE_RATE = 3e-4, 1.5e-3
FROZEN_BODY = 0.08  # share of the run


def main():
    options = arguments()
    work, tokenizer, pairs, sampler = loop.prepared(options)
    english = sorted({pair.english for pair in pairs})
    targets = dict(zip(english, range(len(english)), strict=True)), torch.from_numpy(np.load(work / "teacher.npy"))
    student = initial(tokenizer, pairs, options, work)
    run = loop.Run(
        model=student,
        losses=Losses(student, tokenizer, targets, sampler),
        weights=WEIGHTS,
        rates=(TABLE_RATE, BODY_RATE),
        reseed=sampler.reseed,
        seconds=options.minutes * 60,
        checkpoint=work / "checkpoint.pt",
        frozen=0.0 if options.init else FROZEN_BODY,
    )
    run.train()
    encoder.save(student, work, "model")


def arguments():
    parser = loop.arguments(__doc__)
    parser.add_argument("--init", help="folder of a model to go on from; WORK/tokenizer.json is its own")
    return parser.parse_args()


def initial(tokenizer, pairs, options, work):
    if options.init:
        return encoder.load(options.init)
    start = work / "words.safetensors"
    if not start.exists():
        model = teacher.load()
        state = model.state_dict()
        table = state.pop(encoder.TABLE)
        texts = [(pair.english, pair.other) for pair in pairs] + [(english, english) for english in {p.english for p in pairs}]
        state[encoder.TABLE] = words.table(tokenizer, texts, teacher.tokenizer(), table)
        save_file(state, str(start), metadata={"format": "pt"})
    return encoder.build(teacher.config(tokenizer.get_vocab_size()), load_file(str(start)))


class Losses:
    """What a step of the student costs."""

    def __init__(self, student, tokenizer, targets, sampler):
        self.student, self.tokenizer, self.sampler = student, tokenizer, sampler
        self.rows, self.vectors = targets
        self.memory = Memory(student.config.hidden_size)

    def __call__(self):
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
        return {
            **self.translation(vectors[:first_group], pairs),
            "paraphrase": self.memory.paraphrase_loss(vectors[first_group:first_graded], [number for number, *_ in groups]),
            "graded": cosent_loss(vectors[first_graded:], torch.tensor([score for _, _, score in graded])),
        }

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
