//! What the words of a question say that its embedding hardly does.

use std::fmt;

use super::lexicon::{Found, Kind, words};
use super::numbers::{Number, numbers};
use crate::embed::Pieces;
use crate::fold::folded;

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
    /// Runs of digits, in their order: of numbers, of forms, of versions.
    digits: Vec<String>,
    /// The first negation.
    negation: Option<&'static str>,
    /// For each set of opposed words that the text takes part in: the set, the entry, the word.
    opposed: Vec<(u16, u16, &'static str)>,
    places: Vec<&'static str>,
    /// As the model's vocabulary cuts it, where it is asked.
    pub(super) pieces: Pieces,
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
    /// Of a title, without a vocabulary. Cost: some microseconds.
    pub fn of(title: &str) -> Self {
        let text = folded(title);
        let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        let mut bigrams: Vec<u32> = letters.windows(2).map(|pair| mix(pair[0], pair[1])).collect();
        bigrams.sort_unstable();
        bigrams.dedup();
        let words = words(&text);
        let digest = |hash: u64, c: &char| (hash ^ u64::from(*c as u32)).wrapping_mul(0x0100_0000_01b3);
        Self {
            bigrams,
            letters: letters.len(),
            text: letters.iter().fold(0xcbf2_9ce4_8422_2325, digest),
            numbers: numbers(&text),
            digits: text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).map(str::to_owned).collect(),
            negation: negation(&words),
            opposed: opposed(&words),
            places: words.iter().filter(|found| found.kind == Kind::Place).map(|found| found.word).collect(),
            pieces: Pieces::default(),
        }
    }

    pub(super) fn with_pieces(self, pieces: Pieces) -> Self {
        Self { pieces, ..self }
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

    /// Whether both count the same thing, and not the same number of it.
    pub fn numbers_differ(&self, other: &Self) -> bool {
        self.odd_numbers(other).is_some()
    }

    /// Whether each has digits in a place where the other has others: another form, version or sum.
    pub fn digits_differ(&self, other: &Self) -> bool {
        self.odd_digits(other).is_some()
    }

    fn odd_digits<'a>(&'a self, other: &'a Self) -> Option<(&'a str, &'a str)> {
        let (ours, theirs) = (&self.digits, &other.digits);
        let odd = if ours.len() == theirs.len() {
            ours.iter().zip(theirs).find(|(a, b)| a != b)
        } else {
            let lacking = |these: &[String], those: &[String]| these.iter().position(|run| !those.contains(run));
            lacking(ours, theirs).zip(lacking(theirs, ours)).map(|(a, b)| (&ours[a], &theirs[b]))
        };
        odd.map(|(a, b)| (a.as_str(), b.as_str()))
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
        if let Some((a, b)) = self.odd_numbers(other) {
            conflicts.push(Conflict::Numbers(a, b));
        } else if let Some((a, b)) = self.odd_digits(other) {
            conflicts.push(Conflict::Numbers(a.into(), b.into()));
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

    /// A number of each side that count the same thing, where neither is on the other side too.
    fn odd_numbers(&self, other: &Self) -> Option<(String, String)> {
        let lacking = |number: &Number, those: &[Number]| !those.iter().any(|other| number.agrees(other));
        let odd = self.numbers.iter().filter(|number| lacking(number, &other.numbers));
        odd.flat_map(|a| other.numbers.iter().map(move |b| (a, b)))
            .find(|(a, b)| a.counts_the_same(b) && lacking(b, &self.numbers))
            .map(|(a, b)| (a.written.clone(), b.written.clone()))
    }

    fn opposition(&self, other: &Self) -> Option<(&'static str, &'static str)> {
        self.opposed.iter().find_map(|(set, entry, word)| {
            let against = other.opposed.iter().find(|(other_set, other_entry, _)| set == other_set && entry != other_entry)?;
            Some((*word, against.2))
        })
    }
}

fn mix(a: char, b: char) -> u32 {
    (a as u32).wrapping_mul(0x9e37_79b1).rotate_left(13) ^ (b as u32).wrapping_mul(0x85eb_ca6b)
}

/// The first negation that is none in looks only.
fn negation(words: &[Found]) -> Option<&'static str> {
    let masked = |found: &Found| words.iter().any(|mask| mask.kind == Kind::NoNegation && found.lies_in(mask));
    let negations = words.iter().filter(|found| found.kind == Kind::Negation && !masked(found));
    negations.min_by_key(|found| found.start).map(|found| found.word)
}

/// The one entry of each set that a text has words of; a word inside a longer one of the same set does not count.
fn opposed(words: &[Found]) -> Vec<(u16, u16, &'static str)> {
    let mut entries: Vec<(u16, Found, u16, bool)> = Vec::new();
    for found in words {
        let Kind::Opposed(set, entry) = found.kind else { continue };
        if entries.iter().any(|(other, longer, ..)| *other == set && found.lies_in(longer) && found.word != longer.word) {
            continue;
        }
        let other = entries.iter_mut().find(|(known, ..)| *known == set);
        match other {
            None => entries.push((set, *found, entry, true)),
            Some((.., known, alone)) => *alone &= *known == entry,
        }
    }
    entries.retain(|(.., alone)| *alone);
    entries.into_iter().map(|(set, found, entry, _)| (set, entry, found.word)).collect()
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
        assert_eq!(conflicts("表格A1-22怎么填", "表格A1-23怎么填"), ["numbers differ: 22 / 23"]);
        assert_eq!(conflicts("Can my landlord evict me", "Can my tenant evict me"), ["opposed: landlord / tenant"]);
    }

    #[test]
    fn other_digits_are_seen_wherever_they_stand() {
        let differ = |a: &str, b: &str| Features::of(a).digits_differ(&Features::of(b));
        assert!(
            differ("表格A1-22怎么填", "表格A1-23怎么填")
                && differ("r1-c0-1", "r1-c1-0")
                && differ("iPhone 15", "iPhone16 Pro 2")
        );
        assert!(!differ("试用期3个月", "试用期三个月") && !differ("2024年社保新规", "社保新规") && !differ("5G卡", "５ｇ卡"));
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
