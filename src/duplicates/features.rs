//! What the words of a question say that its embedding hardly does.

use std::fmt;

use super::lexicon::{NEGATIONS, NOT_NEGATIONS, OPPOSED, PLACES};
use super::numbers::{Number, numbers};

/// Of one question; made once, compared often.
#[derive(Debug, Clone)]
pub struct Features {
    /// Digests of the pairs of neighboring letters, ascending, each once.
    bigrams: Vec<u32>,
    /// Letters and digits.
    letters: usize,
    /// Digest of letters and digits in order.
    text: u64,
    numbers: Vec<Number>,
    /// The first negation.
    negation: Option<&'static str>,
    /// For each set of opposed words that the text takes part in: the set, the entry, the word.
    opposed: Vec<(u16, u16, &'static str)>,
    places: Vec<&'static str>,
}

/// What makes two like questions different ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Conflict {
    Numbers(String, String),
    Negation(Option<&'static str>, Option<&'static str>),
    Opposed(&'static str, &'static str),
    Places(String, String),
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(a, b) => write!(f, "numbers differ: {a} / {b}"),
            Self::Negation(a, b) => write!(f, "one is negated: {} / {}", a.unwrap_or("-"), b.unwrap_or("-")),
            Self::Opposed(a, b) => write!(f, "opposed: {a} / {b}"),
            Self::Places(a, b) => write!(f, "places differ: {a} / {b}"),
        }
    }
}

impl Features {
    /// Of a title. Cost: some microseconds.
    pub fn of(title: &str) -> Self {
        let text = normalized(title);
        let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        let mut bigrams: Vec<u32> = letters.windows(2).map(|pair| mix(pair[0], pair[1])).collect();
        bigrams.sort_unstable();
        bigrams.dedup();
        let digest = |hash: u64, c: &char| (hash ^ u64::from(*c as u32)).wrapping_mul(0x0100_0000_01b3);
        Self {
            bigrams,
            letters: letters.len(),
            text: letters.iter().fold(0xcbf2_9ce4_8422_2325, digest),
            numbers: numbers(&text),
            negation: negation(&text),
            opposed: opposed(&text),
            places: PLACES.iter().filter(|place| has(&text, place)).copied().collect(),
        }
    }

    /// Whether both have the same letters and digits in the same order.
    pub fn is_same_text(&self, other: &Self) -> bool {
        self.text == other.text && self.letters == other.letters
    }

    /// How much of the wording is shared: Dice's coefficient of pairs of letters, 0 to 1.
    pub fn overlap(&self, other: &Self) -> f32 {
        let all = self.bigrams.len() + other.bigrams.len();
        if all == 0 {
            return f32::from(u8::from(self.is_same_text(other)));
        }
        let (mut a, mut b, mut shared) = (0, 0, 0);
        while a < self.bigrams.len() && b < other.bigrams.len() {
            let (left, right) = (self.bigrams[a], other.bigrams[b]);
            shared += usize::from(left == right);
            a += usize::from(left <= right);
            b += usize::from(right <= left);
        }
        2.0 * shared as f32 / all as f32
    }

    /// Of the lengths, the shorter to the longer one.
    pub fn length_ratio(&self, other: &Self) -> f32 {
        let (shorter, longer) = (self.letters.min(other.letters), self.letters.max(other.letters));
        if longer == 0 { 1.0 } else { shorter as f32 / longer as f32 }
    }

    /// Whether both have numbers, and one has one that the other lacks.
    pub fn numbers_differ(&self, other: &Self) -> bool {
        !self.numbers.is_empty() && !other.numbers.is_empty() && self.odd_numbers(other).is_some()
    }

    /// Whether one only has numbers.
    pub fn one_has_numbers(&self, other: &Self) -> bool {
        self.numbers.is_empty() != other.numbers.is_empty()
    }

    pub fn negation_differs(&self, other: &Self) -> bool {
        self.negation.is_some() != other.negation.is_some()
    }

    pub fn is_opposed(&self, other: &Self) -> bool {
        self.opposition(other).is_some()
    }

    /// Whether both name places, and none in common.
    pub fn places_differ(&self, other: &Self) -> bool {
        !self.places.is_empty() && !other.places.is_empty() && !self.places.iter().any(|place| other.places.contains(place))
    }

    /// All that speaks against a pair.
    pub fn conflicts(&self, other: &Self) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        if self.numbers_differ(other)
            && let Some((a, b)) = self.odd_numbers(other)
        {
            conflicts.push(Conflict::Numbers(a, b));
        }
        if self.negation_differs(other) {
            conflicts.push(Conflict::Negation(self.negation, other.negation));
        }
        if let Some((a, b)) = self.opposition(other) {
            conflicts.push(Conflict::Opposed(a, b));
        }
        if self.places_differ(other) {
            conflicts.push(Conflict::Places(self.places.join(" "), other.places.join(" ")));
        }
        conflicts
    }

    /// The numbers of either side that the other lacks, as written.
    fn odd_numbers(&self, other: &Self) -> Option<(String, String)> {
        let odd = |these: &[Number], those: &[Number]| {
            let lacking = these.iter().filter(|number| !those.iter().any(|other| number.agrees(other)));
            lacking.map(|number| number.written.as_str()).collect::<Vec<_>>().join(" ")
        };
        let (a, b) = (odd(&self.numbers, &other.numbers), odd(&other.numbers, &self.numbers));
        let shown = |side: String| if side.is_empty() { "-".to_owned() } else { side };
        (!a.is_empty() || !b.is_empty()).then(|| (shown(a), shown(b)))
    }

    fn opposition(&self, other: &Self) -> Option<(&'static str, &'static str)> {
        self.opposed.iter().find_map(|(set, entry, word)| {
            let against = other.opposed.iter().find(|(other_set, other_entry, _)| set == other_set && entry != other_entry)?;
            Some((*word, against.2))
        })
    }
}

/// Lower case, full-width forms as ordinary ones.
fn normalized(text: &str) -> String {
    let plain = text.chars().map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '’' => '\'',
        _ => c,
    });
    plain.flat_map(char::to_lowercase).collect()
}

fn mix(a: char, b: char) -> u32 {
    (a as u32).wrapping_mul(0x9e37_79b1).rotate_left(13) ^ (b as u32).wrapping_mul(0x85eb_ca6b)
}

fn negation(text: &str) -> Option<&'static str> {
    let mut plain = text.to_owned();
    for phrase in NOT_NEGATIONS {
        plain = plain.replace(phrase, " ");
    }
    NEGATIONS.iter().find(|word| **word == "n't" && plain.contains("n't") || has(&plain, word)).copied()
}

/// The one entry of each set that a text has words of.
fn opposed(text: &str) -> Vec<(u16, u16, &'static str)> {
    let mut found = Vec::new();
    for (set, entries) in OPPOSED.iter().enumerate() {
        let words = entries.iter().enumerate().filter_map(|(entry, words)| {
            words.split('|').find(|word| has(text, word)).map(|word| (set as u16, entry as u16, word))
        });
        let words: Vec<_> = words.take(2).collect();
        if let [only] = words[..] {
            found.push(only);
        }
    }
    found
}

/// Whether a text has a word: anywhere in scripts that put no space between words, else as a whole word (a plural `s` is fine).
fn has(text: &str, word: &str) -> bool {
    if !word.starts_with(|c: char| c.is_alphabetic() && (c as u32) < 0x2e80) {
        return text.contains(word);
    }
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let behind = text[start + word.len()..].trim_start_matches('s').chars().next();
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && (c as u32) < 0x2e80);
        !inside(before) && !inside(behind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conflicts(a: &str, b: &str) -> Vec<String> {
        Features::of(a).conflicts(&Features::of(b)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_makes_questions_different_is_named() {
        assert_eq!(conflicts("合同签了2年", "合同签了三年"), ["numbers differ: 2年 / 三年"]);
        assert_eq!(conflicts("没签合同能赔吗", "签了合同能赔吗"), ["one is negated: 没 / -"]);
        assert_eq!(conflicts("房东不退押金", "租客不退押金"), ["opposed: 房东 / 租客"]);
        assert_eq!(conflicts("北京社保怎么转", "上海社保怎么转"), ["places differ: 北京 / 上海"]);
        assert_eq!(conflicts("Can my landlord evict me", "Can my tenant evict me"), ["opposed: landlord / tenant"]);
    }

    #[test]
    fn what_only_looks_like_a_conflict_is_none() {
        for (a, b) in [
            ("能不能退押金", "可以退押金吗"),
            ("试用期３个月", "试用期三个月"),
            ("有没有加班费", "加班费有吗"),
            ("I know the answer", "the answer is known"),
            ("房东和租客怎么分", "租客怎么分"),
        ] {
            assert_eq!(conflicts(a, b), Vec::<String>::new(), "{a} / {b}");
        }
    }

    #[test]
    fn overlap_is_one_for_the_same_letters_and_zero_for_others() {
        let a = Features::of("公司不交社保，怎么办？");
        assert_eq!(a.overlap(&Features::of("公司不交社保 怎么办")), 1.0);
        assert!(a.is_same_text(&Features::of("公司不交社保怎么办!")));
        assert_eq!(a.overlap(&Features::of("离婚财产分割")), 0.0);
    }
}
