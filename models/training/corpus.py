"""What the model learns from: parallel text, question groups and graded pairs, read into plain values.

Folders (see README.md for what they hold and under which licence):

    RAW/<set>/<lang>.tsv        two columns, English and <lang>, no header; the public sets
    RAW/sts/<lang>.tsv          three columns: sentence, sentence, score from 0 to 5
    data/training/              the project's own questions: groups/*.jsonl and lines/*.tsv
    HELD_OUT/**/*.tsv           sentences that no training may see
"""

import csv
import glob
import json
import os
import random
import re
from dataclasses import dataclass, field

LANGUAGES = "zh en es fr de ja ko ru pt ar vi tr it id nl pl uk hi th fa sv cs el ro hu".split()
# Documentation and web texts repeat themselves: so many of a language are enough. Other sets are taken whole.
CAP = {"python-docs": 12_000, "docs-md": 12_000, "tatoeba": 60_000, "bible-blivre": 5_000}
LONGEST = 160  # characters of a parallel text

csv.field_size_limit(1 << 24)


@dataclass(frozen=True, order=True)
class Parallel:
    language: str
    english: str
    other: str


@dataclass
class Group:
    """Questions that ask the same. `same` and `near` hold (language, title, body or ''); `near` asks something else."""

    same: list = field(default_factory=list)
    near: list = field(default_factory=list)


def clean(text):
    return re.sub(r"\s+", " ", text or "").strip()


def read_tsv(path):
    with open(path, encoding="utf-8") as lines:
        yield from csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def held_out(folder):
    """Every text of the evaluation files, in lower case."""
    texts = set()
    for path in glob.glob(f"{folder}/**/*.tsv", recursive=True):
        for row in read_tsv(path):
            texts.update(clean(cell).lower() for cell in row if len(cell) > 1)
    return texts


def parallel(raw, own, forbidden):
    """All parallel pairs, shuffled, without repeats and without a held-out text on either side."""
    rng, pairs = random.Random(0), set()
    for path in sorted(glob.glob(f"{raw}/*/*.tsv")):
        name, language = os.path.basename(os.path.dirname(path)), os.path.basename(path).removesuffix(".tsv")
        if name == "sts" or language not in LANGUAGES:
            continue
        rows = sorted({_pair(language, *row[:2]) for row in read_tsv(path) if len(row) >= 2})
        rows = [p for p in rows if _useful(p) and p.english.lower() not in forbidden and p.other.lower() not in forbidden]
        rng.shuffle(rows)
        pairs.update(rows[: CAP.get(name, len(rows))])
    for path in sorted(glob.glob(f"{own}/lines/*.tsv")):
        header, *rows = read_tsv(path)
        for row in rows:
            texts = dict(zip(header, row, strict=True))
            pairs.update(_pair(lang, texts["en"], text) for lang, text in texts.items() if lang != "en")
    for group in groups(own):
        english = [title for language, title, _ in group.same if language == "en"]
        pairs.update(_pair(lang, rng.choice(english), title) for lang, title, _ in group.same if english and lang != "en")
    pairs = sorted(pairs)
    rng.shuffle(pairs)
    return pairs


def _pair(language, english, other):
    english, other = clean(english), clean(other)
    if language in ("zh", "ja"):
        other = re.sub(r"(?<=[\u3040-\u9fff]) (?=[\u3040-\u9fff])", "", other)
    return Parallel(language, english, other)


def _useful(p):
    return 4 <= len(p.english) <= LONGEST and 2 <= len(p.other) <= LONGEST and p.english.lower() != p.other.lower()


def groups(own):
    """The project's question groups. The questions of a topic's other groups are near, not the same."""
    found, topics = [], {}
    for path in sorted(glob.glob(f"{own}/groups/*.jsonl")):
        with open(path, encoding="utf-8") as records:
            for line in records:
                group, topic = _group(json.loads(line))
                found.append(group)
                if topic:
                    topics.setdefault(topic, []).append(group)
    for siblings in topics.values():
        for group in siblings:
            group.near += [q for other in siblings if other is not group for q in other.same if q[0] in ("zh", "en")]
    return found


def titles(groups):
    return [title for group in groups for _, title, _ in group.same]


def lines(own):
    """The project's parallel lines as groups of translations. In files of questions, neighbouring rows are near."""
    found = []
    for path in sorted(glob.glob(f"{own}/lines/*.tsv")):
        header, *rows = read_tsv(path)
        rows = [[(language, clean(text), "") for language, text in zip(header, row, strict=True)] for row in rows]
        questions = any(language == "de" for language in header) and not path.endswith("-terms.tsv")
        for i, row in enumerate(rows):
            found.append(
                Group(row, [q for other in rows[max(0, i - 1) : i] + rows[i + 1 : i + 2] for q in other] if questions else [])
            )
    return found


def _group(record):
    def questions(part):
        return [
            (language, clean(q["title"]), clean(q.get("body"))) for language, qs in record.get(part, {}).items() for q in qs
        ]

    return Group(questions("same"), questions("near")), record.get("topic")


def graded(raw):
    """(language, sentence, sentence, score from 0 to 1) of the STS benchmark's training split."""
    return [
        (os.path.basename(path).removesuffix(".tsv"), clean(a), clean(b), float(score) / 5)
        for path in sorted(glob.glob(f"{raw}/sts/*.tsv"))
        for a, b, score in read_tsv(path)
    ]
