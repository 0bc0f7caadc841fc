//! What a model's table of pieces says of words without their context: how rare they are, and what they are akin to.

use std::sync::Arc;

use pulp::Arch;

use super::tokenizer::Tokenizer;
use super::weights::WordTable;
use crate::matmul::byte_dots;

/// Pieces at least so usual (natural logarithm of their probability) say nothing: particles, common verbs.
const USUAL: f32 = -7.0;
/// What a piece counts as that the vocabulary lacks.
const UNKNOWN: f32 = -14.0;
/// The most that kinship is told as: beyond it, it says no more of a pair (average precision on public sets is the same with and
/// without the bound), and the bound spares most pairs a closer look.
pub const MOST_KINSHIP: f32 = 0.5;
/// Kinship where it can't be told, and where nothing stands on one side only: as if it were not known, because what is left are words that every question
/// has. ("What does X mean" and "what does X of Y mean" differ in such words alone, and are different questions.)
pub const NEUTRAL_KINSHIP: f32 = 0.4;

/// Of a model whose tokenizer knows the probability of its pieces (Unigram).
pub struct Vocabulary {
    tokenizer: Arc<Tokenizer>,
    words: WordTable,
    /// How much a piece counts, by its id: zero for usual ones.
    rarity: Vec<f32>,
    /// Lengths of the rows of the table, without their scales.
    lengths: Vec<f32>,
}

/// The pieces of a title that have letters or digits, each once.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    /// Ascending by id, with their letters; `None` for what the vocabulary lacks.
    words: Vec<(u32, Option<Box<str>>)>,
    /// All letters in their order.
    letters: String,
}

impl Vocabulary {
    /// `None` where the tokenizer knows no probabilities, and where the table is not of bytes: another form would have to be
    /// copied for this.
    pub fn of(tokenizer: &Arc<Tokenizer>, words: &WordTable) -> Option<Self> {
        let rarity = |probability: Option<f32>| (USUAL - probability.unwrap_or(UNKNOWN)).max(0.0);
        let rarity: Vec<f32> = tokenizer.log_probabilities()?.into_iter().map(rarity).collect();
        let arch = Arch::new();
        let length = |row: &[u8]| {
            let mut square = 0;
            byte_dots(arch, row, std::iter::once(row), |product| square = product);
            (square as f32).sqrt().max(1.0)
        };
        let lengths = words.read_bytes(|bytes, dim| bytes.chunks_exact(dim).map(length).collect::<Vec<f32>>())?;
        let words = (lengths.len() >= rarity.len()).then(|| words.clone())?;
        Some(Self { tokenizer: Arc::clone(tokenizer), words, rarity, lengths })
    }

    /// Cost: some ten microseconds.
    pub fn pieces(&self, title: &str) -> Pieces {
        let mut pieces = Pieces::default();
        // Many models tell "iPhone" from "iphone"; for what a question is about, that says nothing.
        for (id, text) in self.tokenizer.pieces(&title.to_lowercase()) {
            let word: Option<Box<str>> = text.map(|text| text.chars().filter(|c| c.is_alphanumeric()).collect());
            if let Some(letters) = &word {
                pieces.letters += letters;
            }
            if word.as_deref() != Some("") {
                pieces.words.push((id, word));
            }
        }
        pieces.words.sort_unstable();
        pieces.words.dedup();
        pieces
    }

    /// How akin the words that stand on one side only are to the words of the other, 0 to [`MOST_KINSHIP`]: the mean of each one's
    /// largest cosine with a piece of the other side in the table of pieces, weighted by rarity. Symmetric. Cost: some
    /// microseconds.
    pub fn kinship(&self, a: &Pieces, b: &Pieces) -> f32 {
        let (only_a, only_b) = (self.only(a, b), self.only(b, a));
        if only_a.is_empty() && only_b.is_empty() {
            return NEUTRAL_KINSHIP;
        }
        let kinship = self.words.read_bytes(|bytes, dim| {
            let arch = Arch::new();
            let row = |id: u32| &bytes[id as usize * dim..][..dim];
            let (mut sum, mut total) = (0.0, 0.0);
            for (only, other) in [(&only_a, b), (&only_b, a)] {
                for (id, rarity) in only {
                    let (mut nearest, mut pieces) = (0.0f32, other.words.iter().map(|(piece, _)| *piece));
                    byte_dots(arch, row(*id), other.words.iter().map(|(piece, _)| row(*piece)), |product| {
                        let length = pieces.next().map_or(f32::INFINITY, |piece| self.lengths[piece as usize]);
                        nearest = nearest.max(product as f32 / length);
                    });
                    sum += rarity * (nearest / self.lengths[*id as usize]).min(1.0);
                    total += rarity;
                }
            }
            (sum / total).min(MOST_KINSHIP)
        });
        kinship.unwrap_or(NEUTRAL_KINSHIP)
    }

    /// The rare pieces of `a` that `b` lacks, with their rarity. Where the same letters stand in `b` cut in another way, they are
    /// not lacking.
    fn only(&self, a: &Pieces, b: &Pieces) -> Vec<(u32, f32)> {
        let lacking = |(id, word): &(u32, Option<Box<str>>)| {
            let elsewhere = word.as_deref().is_some_and(|word| {
                let long_enough = !word.is_ascii() || word.len() > 2;
                long_enough && b.letters.contains(word)
            });
            !elsewhere && b.words.binary_search_by_key(id, |(id, _)| *id).is_err()
        };
        // Pieces that were added to a tokenizer have no probability.
        let rare = a.words.iter().map(|piece| (piece, self.rarity.get(piece.0 as usize).copied().unwrap_or(0.0)));
        rare.filter(|(piece, rarity)| *rarity > 0.0 && lacking(piece)).map(|(piece, rarity)| (piece.0, rarity)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Choice, Compute, Model, ModelFiles, ModelName};

    #[test]
    fn other_words_for_the_same_are_akin() {
        let files = ModelFiles::locate(&ModelName::Bundled, Path::new("none")).expect("the bundled one");
        let model = Model::load(&files, None, Compute::new(Choice::F32)).expect("loads");
        let vocabulary = model.vocabulary().expect("it has one");
        let kinship = |a: &str, b: &str| vocabulary.kinship(&vocabulary.pieces(a), &vocabulary.pieces(b));
        let (close, far) = (kinship("手机怎么充值", "电话怎么充值"), kinship("手机怎么充值", "公积金怎么充值"));
        assert!(close > far && close <= super::MOST_KINSHIP, "{close} {far}");
        assert_eq!(kinship("社保断缴怎么办", "社保断缴怎么办？"), super::NEUTRAL_KINSHIP);
        assert_eq!(kinship("a b", "b a c"), kinship("b a c", "a b"));
    }
}
