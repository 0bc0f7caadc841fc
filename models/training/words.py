"""The first vector of every piece, before the body learns: words first, sentences after.

The body is English and stays what it is at first, so a piece of another language does well to begin where its English
translation stands. Pieces the teacher has too take its vectors. The others begin at a mean of the English words they
occur with, and are then trained alone, as bags of words: the weighted mean of a sentence's pieces is drawn to that of
its English translation and away from those of other sentences. A pass over a million pairs takes about a minute, where
the whole model would take an hour.
"""

import numpy as np
import scipy.sparse
import torch
import torch.nn.functional as F

SPECIAL = {"[PAD]": "[PAD]", "[UNK]": "[UNK]", "[CLS]": "[CLS]", "[SEP]": "[SEP]"}
PASSES = 3
BATCH = 1024
LEARNING_RATE = 4e-3
TEMPERATURE = 0.05


def table(tokenizer, pairs, teacher_tokenizer, teacher_table):
    """`[pieces, dim]`: where training begins. `pairs` are (English, other) texts."""
    vectors, known = _shared(tokenizer.get_vocab(), teacher_tokenizer.get_vocab(), teacher_table)
    english = _Bags(teacher_tokenizer, [en for en, _ in pairs], len(teacher_table))
    other = _Bags(tokenizer, [text for _, text in pairs], len(vectors))
    _place_by_cooccurrence(vectors, known, other, english, teacher_table)
    _train(vectors, known, other, english, teacher_table)
    return vectors


def _shared(vocabulary, teacher_vocabulary, teacher_table):
    vectors = teacher_table.mean(0) + 0.02 * torch.randn(len(vocabulary), teacher_table.shape[1])
    known = torch.zeros(len(vocabulary), dtype=torch.bool)
    for piece, row in vocabulary.items():
        inner = piece[1:] if piece.startswith("▁") else "##" + piece
        for name in (SPECIAL.get(piece), inner, piece):
            if name in teacher_vocabulary:
                vectors[row], known[row] = teacher_table[teacher_vocabulary[name]], True
                break
    print(f"words: {int(known.sum())} of {len(known)} pieces are the teacher's", flush=True)
    return vectors, known


class _Bags:
    """The pieces of many texts, in one flat array, and the weight of each piece: rare ones say more."""

    def __init__(self, tokenizer, texts, pieces):
        self.ids = []
        for start in range(0, len(texts), 50_000):
            chunk = texts[start : start + 50_000]
            encoded = tokenizer.encode_batch(chunk, add_special_tokens=False)
            self.ids += [np.array(e.ids, np.int32) for e in encoded]
        lengths = np.array([len(ids) for ids in self.ids])
        self.flat = np.concatenate(self.ids)
        self.offsets = np.concatenate([[0], np.cumsum(lengths)])
        self.frequency = np.bincount(self.flat, minlength=pieces)
        self.weight = torch.from_numpy(np.log(1 + len(texts) / (1 + self.frequency))).float()

    def occurrences(self, pieces):
        """`[texts, pieces]`, 1 where a text holds a piece."""
        ones = np.ones(len(self.flat), np.float32)
        matrix = scipy.sparse.csr_matrix((ones, self.flat, self.offsets), shape=(len(self.ids), pieces))
        matrix.data[:] = 1
        return matrix

    def means(self, vectors, texts, sparse=False):
        """The weighted mean of the pieces' vectors of each text, `[texts, dim]`."""
        chosen = [self.ids[i] for i in texts]
        flat = torch.from_numpy(np.concatenate(chosen)).long()
        offsets = torch.from_numpy(np.cumsum([0] + [len(ids) for ids in chosen[:-1]])).long()
        weights = self.weight[flat]
        sums = F.embedding_bag(flat, vectors, offsets, mode="sum", per_sample_weights=weights, sparse=sparse)
        totals = F.embedding_bag(flat, self.weight[:, None], offsets, mode="sum")
        return sums / totals.clamp(min=1e-6)


def _place_by_cooccurrence(vectors, known, other, english, teacher_table, nearest=6):
    """Each unknown piece at the mean of the English words it goes with, weighed by Dice's coefficient times their PMI."""
    n, e = len(other.ids), english.occurrences(len(teacher_table)).tocsc()
    together = (other.occurrences(len(vectors)).T.tocsr() @ e.tocsr()).tocsr()
    e_count = np.asarray(e.sum(0)).ravel()
    placed = 0
    for piece in np.flatnonzero(~known.numpy()):
        row = slice(together.indptr[piece], together.indptr[piece + 1])
        words, counts = together.indices[row], together.data[row]
        own = other.frequency[piece]
        if len(words) == 0:
            continue
        association = 2 * counts / (own + e_count[words]) * np.log(counts * n / (own * e_count[words]))
        best = np.argsort(-association)[:nearest]
        best = best[association[best] > 0]
        if len(best):
            weights = torch.from_numpy(association[best] ** 2).float()
            vectors[piece] = (weights[:, None] * teacher_table[words[best]]).sum(0) / weights.sum()
            placed += 1
    print(f"words: {placed} pieces placed by co-occurrence", flush=True)


def _train(vectors, known, other, english, teacher_table):
    """In place. The teacher's own vectors stay."""
    learned = torch.nn.Parameter(vectors.clone())
    optimizer = torch.optim.SparseAdam([learned], lr=LEARNING_RATE)
    usable = np.array([i for i in range(len(other.ids)) if len(other.ids[i]) and len(english.ids[i])])
    centre, rng = teacher_table.mean(0), np.random.default_rng(0)
    steps, step, sums = PASSES * (len(usable) // BATCH), 0, 0.0

    def unit(v):
        return F.normalize(v - centre, dim=-1)

    for _ in range(PASSES):
        rng.shuffle(usable)
        for start in range(0, len(usable) - BATCH + 1, BATCH):
            batch = usable[start : start + BATCH]
            with torch.no_grad():
                target = unit(english.means(teacher_table, batch))
            similarity = unit(other.means(learned, batch, sparse=True)) @ target.T / TEMPERATURE
            loss = F.cross_entropy(similarity, torch.arange(BATCH))
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * (1 - step / steps)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step, sums = step + 1, sums + loss.item()
            if step % 200 == 0:
                print(f"words: step {step} of {steps}, loss {sums / 200:.3f}", flush=True)
                sums = 0.0
    # The loss knows directions alone: lengths are set to what the body is used to.
    fresh, usual = ~known, (teacher_table - centre).norm(dim=-1).median()
    vectors[fresh] = centre + usual * unit(learned.detach()[fresh])
