"""Step 2 of the shortened model: trains it. Stop it at any time: it goes on from its last checkpoint.

    python contrast.py --raw RAW --work WORK --minutes 90

Reads what shorten.py wrote, the project's own questions and the graded pairs of RAW/sts; writes WORK/model.safetensors.

Each step sums four losses over one pass:
- contrast of each question with its paraphrases, against the batch and the hard negatives in it;
- contrast of each sentence with its translation, both ways, in the batch;
- CoSENT (Su 2022) over graded pairs: the better pair of two has the higher cosine;
- unrelated questions are not pushed below a cosine of zero, where a list's least score stands.

The result is the mean of what the model became and what it was, which is better than either (Wortsman et al. 2022).
"""

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from transformers import BertConfig

import corpus
import encoder
import loop
from train import TEMPERATURE, cosent_loss

PARALLEL, GROUPS, LINES, GRADED = 28, 80, 24, 12  # of a step
LEAST = 0.0  # the cosine below which nothing is pushed
CENTRED = 0.75  # the share of the mean of all vectors taken away at the end: few unrelated questions have cosines below zero then
WEIGHTS = {"paraphrase": 1.0, "translation": 0.5, "graded": 0.2, "least": 1.0}
BODY_RATE, TABLE_RATE = 1.5e-4, 1.5e-4
LOWER = 0.1  # share of the texts


def main():
    options = arguments()
    work, tokenizer, _pairs, sampler = loop.prepared(options)
    start = load_file(str(work / "start.safetensors"))
    model = encoder.build(BertConfig.from_json_file(work / "config.json"), start)
    run = loop.Run(
        model=model,
        losses=Losses(model, tokenizer, sampler),
        weights=WEIGHTS,
        rates=(TABLE_RATE, BODY_RATE),
        reseed=sampler.reseed,
        seconds=options.minutes * 60,
        checkpoint=work / "checkpoint.pt",
    )
    run.train()
    model.load_state_dict({name: torch.lerp(value, start[name], options.kept) for name, value in model.state_dict().items()})
    questions = corpus.groups(options.own) + corpus.lines(options.own)
    encoder.centre(model, tokenizer, corpus.titles(questions), CENTRED)
    encoder.save(model, work, "model")


def arguments():
    parser = loop.arguments(__doc__)
    parser.add_argument("--kept", type=float, default=0.3, help="the start's share in the result")
    return parser.parse_args()


class Losses:
    """What a step of the model costs."""

    def __init__(self, model, tokenizer, sampler):
        self.model, self.tokenizer, self.sampler = model, tokenizer, sampler

    def __call__(self):
        pairs = self.sampler.parallel(PARALLEL)
        groups = self.sampler.paraphrases(GROUPS, LINES)
        graded = self.sampler.graded(GRADED)
        texts = [p.other for p in pairs] + [p.english for p in pairs]
        first_group = len(texts)
        texts += [t for _, t, _, _ in groups] + [t for _, _, t, _ in groups] + [t for _, _, _, near in groups for t in near]
        first_graded = len(texts)
        texts += [t for t, _, _ in graded] + [t for _, t, _ in graded]
        # Unlike the first recipe's, the pieces tell capitals from small letters, and people leave capitals out.
        typed = [text.lower() if self.sampler.rng.random() < LOWER else text for text in texts]
        ids = [e.ids for e in self.tokenizer.encode_batch(typed)]
        vectors = F.normalize(encoder.encode(self.model, ids), dim=-1)
        of_groups = vectors[first_group:first_graded]
        return {
            "translation": translation_loss(vectors[:first_group], [p.english for p in pairs]),
            "paraphrase": paraphrase_loss(of_groups, len(groups), vectors[:first_group]),
            "graded": cosent_loss(vectors[first_graded:], torch.tensor([score for _, _, score in graded])),
            "least": least_loss(vectors[: first_group // 2], of_groups),
        }


def paraphrase_loss(vectors, n, sentences):
    """`vectors` are of `n` questions, a paraphrase of each, and near questions. Question and paraphrase find each other among all of
    these and among `sentences`, which are about something else."""
    questions, paraphrases = vectors[:n], vectors[n : 2 * n]
    there = questions @ torch.cat([vectors[n:], sentences]).T / TEMPERATURE
    back = paraphrases @ torch.cat([questions, sentences]).T / TEMPERATURE
    found = torch.arange(n)
    return 0.7 * F.cross_entropy(there, found) + 0.3 * F.cross_entropy(back, found)


def translation_loss(vectors, english):
    """The first half of `vectors` are of sentences, the second of their translations. One English sentence may stand twice."""
    n = len(english)
    same = torch.tensor([[a == b for b in english] for a in english]) & ~torch.eye(n, dtype=torch.bool)
    similarity = (vectors[:n] @ vectors[n:].T / TEMPERATURE).masked_fill(same, -1e4)
    found = torch.arange(n)
    return 0.5 * (F.cross_entropy(similarity, found) + F.cross_entropy(similarity.T, found))


def least_loss(sentences, questions):
    """How far unrelated texts, a sentence and a question each, are below the least cosine."""
    return (LEAST - sentences @ questions.T).clamp(min=0).pow(2).mean()


if __name__ == "__main__":
    main()
