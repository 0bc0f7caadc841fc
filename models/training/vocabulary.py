"""The tokenizer: a Unigram model over many languages, with whole words as pieces.

A Unigram vocabulary trained on many languages at once breaks words that matter ("insurance" into three pieces, 医保
into two, the Vietnamese tôi into two). The common words of each language join it by their frequency, and the pieces
used least leave. A sentence is shorter then, and a small model has to look words up in place of composing them.
"""

import collections
import json
import math
import random
import re

import jieba
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
UNIGRAM_PIECES = 60_000
LINES_A_LANGUAGE = 20_000
ENGLISH_WORDS, CHINESE_WORDS, OTHER_WORDS = 14_000, 24_000, 45_000
PIECES = 97_000  # as bytes beside an f16 body: 59 MB
HAN_AND_KANA = r"\p{Han}\p{Hiragana}\p{Katakana}ー"

jieba.setLogLevel(60)
# Terms of the first users' sites that jieba's dictionary breaks or lacks.
for (
    term
) in "医保 社保 公积金 断交 续交 断缴 续缴 补缴 补交 新农合 居民医保 职工医保 失业金 工伤 生育津贴 劳动仲裁 五险一金".split():
    jieba.add_word(term, 100_000)


def segment(text):
    return " ".join(jieba.cut(text))


def train(pairs, groups, teacher_words):
    """A `Tokenizer` for the text of `pairs` and `groups`. Takes minutes."""
    lines = _lines(pairs, groups)
    tokenizer = _unigram(lines)
    return _with_words(tokenizer, lines, teacher_words)


def _lines(pairs, groups):
    """A balanced sample of the training text; Chinese cut into words, so that pieces become words."""
    taken, lines, english = collections.Counter(), [], set()
    for pair in pairs:
        taken[pair.language] += 1
        if pair.language == "zh":
            lines += [segment(pair.other)] * 2
        elif taken[pair.language] <= LINES_A_LANGUAGE:
            lines.append(pair.other)
        english.add(pair.english)
    lines += sorted(english)[:: max(1, len(english) // 80_000)]
    for group in groups:
        for language, *texts in group.same + group.near:
            for text in filter(None, texts):
                lines += [segment(text) if language == "zh" else text] * (8 if language in ("zh", "en") else 4)
    random.Random(0).shuffle(lines)
    return lines


def _unigram(lines):
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            # Spellings that users mix: the Russian ё, typographic apostrophes, the dot that the Turkish İ leaves behind.
            normalizers.Replace("ё", "е"),
            normalizers.Replace("’", "'"),
            normalizers.Replace("\u0307", ""),
        ]
    )
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Punctuation(),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.Split(Regex(f"[{HAN_AND_KANA}]+"), "isolated"),
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False),
            pre_tokenizers.Split(Regex(rf"▁(?=[{HAN_AND_KANA}\p{{P}}\p{{S}}])"), "removed"),
        ]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=UNIGRAM_PIECES,
        special_tokens=SPECIAL,
        unk_token="[UNK]",
        max_piece_length=14,
        initial_alphabet=_alphabet(lines),
        shrinking_factor=0.75,
        n_sub_iterations=2,
        show_progress=False,
    )
    t.train_from_iterator(lines, trainer)
    return t


def _alphabet(lines):
    """Characters seen three times, and the 3,755 common Chinese ones (GB 2312, level 1)."""
    seen = collections.Counter(character for line in lines for character in line)
    common = [bytes([high, low]).decode("gb2312", "ignore") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)]
    return sorted({c for c, n in seen.items() if n >= 3 and c.strip()} | {c for c in common if c})


def _with_words(tokenizer, lines, teacher_words):
    record = json.loads(tokenizer.to_str())
    scores = {piece: score for piece, score in record["model"]["vocab"] if piece not in SPECIAL}
    spelled, chinese = collections.Counter(), collections.Counter()
    for line in lines:
        spelled.update(re.findall(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]{2,14}", tokenizer.normalizer.normalize_str(line)))
        chinese.update(w for w in line.split() if 2 <= len(w) <= 4 and re.fullmatch(r"[\u4e00-\u9fff]+", w))
    total = sum(spelled.values()) + sum(chinese.values())
    english = [w for w, n in spelled.most_common() if n >= 6 and len(w) > 2 and w in teacher_words][:ENGLISH_WORDS]
    others = [w for w, n in spelled.most_common(OTHER_WORDS) if n >= 8]
    words = [("▁" + w, spelled[w]) for w in english + others]
    words += [(w, n) for w, n in chinese.most_common(CHINESE_WORDS) if n >= 6]
    for word, n in words:
        scores[word] = max(scores.get(word, -math.inf), math.log(n / total))
    return _most_used(_rebuilt(record, scores), lines)


def _most_used(tokenizer, lines):
    """The `PIECES` used most; single characters all stay, so that any text can be spelled."""
    used = collections.Counter()
    for start in range(0, len(lines), 20_000):
        for encoding in tokenizer.encode_batch(lines[start : start + 20_000], add_special_tokens=False):
            used.update(encoding.ids)
    record = json.loads(tokenizer.to_str())
    pieces = [(p, s, used[i]) for i, (p, s) in enumerate(record["model"]["vocab"]) if p not in SPECIAL]
    characters = {p: s for p, s, _ in pieces if len(p) == 1}
    longer = sorted((p for p in pieces if len(p[0]) > 1 and p[2] >= 3), key=lambda p: (-p[2], p[0]))
    kept = characters | {p: s for p, s, _ in longer[: PIECES - len(characters) - len(SPECIAL)]}
    return _rebuilt(record, kept)


def _rebuilt(record, scores):
    """The tokenizer of `record` with the pieces of `scores`, most frequent first, behind the special ones."""
    order = SPECIAL + sorted(scores, key=lambda piece: (-scores[piece], piece))
    record["model"]["vocab"] = [[piece, scores.get(piece, 0.0)] for piece in order]
    record["model"]["unk_id"] = order.index("[UNK]")
    for added in record["added_tokens"]:
        added["id"] = order.index(added["content"])
    tokenizer = Tokenizer.from_str(json.dumps(record))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, order.index(name)) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer
