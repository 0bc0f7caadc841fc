"""What one training step sees."""

import random
import unicodedata
from dataclasses import replace

# How often a language is drawn from the parallel text; the rest share what is left by the root of their size.
SHARE = {"zh": 0.18, "es": 0.06, "fr": 0.06, "de": 0.05, "ja": 0.08, "ko": 0.09, "ru": 0.07, "pt": 0.07, "ar": 0.09}
SHARE |= {"vi": 0.04, "tr": 0.05, "it": 0.08}
# How often a language is drawn among the questions of a group; each other language has OTHER.
WITHIN_GROUP, OTHER = {"zh": 4.0, "en": 3.0}, 0.3
SAME_LANGUAGE = 0.7
IN_MANY = 0.65  # share of the groups drawn that are in more languages than Chinese
HARD_NEGATIVES = 2
WITH_BODY = 0.4
# People leave accents out, so the model sees some text without them.
UNACCENTED = 0.08
ACCENTED_LATIN = {"es", "fr", "de", "pt", "it", "vi", "tr", "nl", "pl", "cs", "sv", "ro", "hu"}


class Sampler:
    def __init__(self, pairs, groups, lines, graded, seed):
        self.by_language = {}
        for pair in pairs:
            self.by_language.setdefault(pair.language, []).append(pair)
        self.languages = sorted(self.by_language)
        self.weights = _weights(self.by_language)
        numbered = list(enumerate(group for group in groups if len(group.same) > 1))
        self.in_many = [(number, group) for number, group in numbered if len({q[0] for q in group.same}) > 1]
        self.in_one = [(number, group) for number, group in numbered if len({q[0] for q in group.same}) == 1]
        self.lines = list(enumerate(lines, len(numbered)))
        self.graded_by_language = {}
        for language, a, b, score in graded:
            self.graded_by_language.setdefault(language, []).append((a, b, score))
        self.seed = seed
        self.reseed(0)

    def reseed(self, step):
        self.rng = random.Random(self.seed * 1_000_003 + step)

    def parallel(self, n):
        languages = self.rng.choices(self.languages, self.weights, k=n)
        return [self._as_typed(self.rng.choice(self.by_language[language])) for language in languages]

    def _as_typed(self, pair):
        if pair.language not in ACCENTED_LATIN or self.rng.random() >= UNACCENTED:
            return pair
        marks_apart = unicodedata.normalize("NFD", pair.other)
        return replace(pair, other="".join(c for c in marks_apart if not unicodedata.combining(c)))

    def paraphrases(self, groups, lines):
        """(number of the group, question, paraphrase or translation, hard negatives), so many from groups and from lines."""
        in_many = max(min(round(groups * IN_MANY), len(self.in_many)), groups - len(self.in_one))
        drawn = self.rng.sample(self.in_many, in_many) + self.rng.sample(self.in_one, groups - in_many)
        drawn += self.rng.sample(self.lines, lines)
        return [(number, *self._of_group(group)) for number, group in drawn]

    def _of_group(self, group):
        anchor, other = self._two(group.same)
        near = [q for q in group.near if q[0] == other[0]]
        near = self.rng.sample(near, min(HARD_NEGATIVES, len(near)))
        with_body = self.rng.random() < WITH_BODY
        return self._text(anchor, False), self._text(other, with_body), [self._text(q, with_body) for q in near]

    def _two(self, questions):
        anchor = self._one(questions)
        same_language = [q for q in questions if q is not anchor and q[0] == anchor[0]]
        others = [q for q in questions if q is not anchor and q[0] != anchor[0]]
        pool = same_language if same_language and (not others or self.rng.random() < SAME_LANGUAGE) else others
        # The second stands among its near questions, which are Chinese and English, and may show its body.
        return sorted([anchor, self._one(pool)], key=lambda q: (q[0] in ("zh", "en"), bool(q[2])))

    def _one(self, questions):
        languages = [language for language, _, _ in questions]
        return self.rng.choices(questions, [WITHIN_GROUP.get(lang, OTHER) / languages.count(lang) for lang in languages])[0]

    def _text(self, question, with_body):
        _, title, body = question
        if not (with_body and body):
            return title
        return body if self.rng.random() < 0.25 else f"{title}\n{body}"

    def graded(self, n):
        """(sentence, sentence, score) of one language, or one sentence each of two."""
        first, second = self.rng.choice(list(self.graded_by_language)), self.rng.choice(list(self.graded_by_language))
        rows = self.rng.sample(range(len(self.graded_by_language[first])), n)
        if self.rng.random() < 0.7 or len(self.graded_by_language[first]) != len(self.graded_by_language[second]):
            second = first
        a, b = self.graded_by_language[first], self.graded_by_language[second]
        return [(a[row][0], b[row][1], a[row][2]) for row in rows]


def _weights(by_language):
    rest = {language: len(pairs) ** 0.5 for language, pairs in by_language.items() if language not in SHARE}
    left = 1 - sum(share for language, share in SHARE.items() if language in by_language)
    return [SHARE[lang] if lang in SHARE else left * rest[lang] / sum(rest.values()) for lang in sorted(by_language)]
