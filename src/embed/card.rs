//! A model's card: `README.md` with a YAML header, as the hub has it.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::error::ModelError;
use super::files::{Content, ModelFiles};
use super::spec::ModelSpec;

/// What a person asks of a model before using it. Empty where the card does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelCard {
    pub license: String,
    pub base_models: Vec<String>,
    /// ISO 639 codes, in the order of the card.
    pub languages: Vec<String>,
    /// The first paragraph under the title.
    pub summary: String,
}

/// One file of weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightsFile {
    pub name: String,
    pub bytes: usize,
    pub sha256: String,
}

impl ModelCard {
    /// Reads the card, where there is one that can be understood: a card is told to people, nothing depends on it.
    pub fn read(files: &ModelFiles) -> Result<Option<Self>, ModelError> {
        let text = files.read_optional("README.md")?;
        Ok(text.and_then(|bytes| Self::parse(&String::from_utf8_lossy(&bytes))))
    }

    fn parse(text: &str) -> Option<Self> {
        let (header, body) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
        let header: Header = serde_saphyr::from_str(header).ok()?;
        let paragraphs = body.split("\n\n").map(str::trim);
        let summary = paragraphs.filter(|p| p.starts_with(char::is_alphanumeric)).map(|p| p.replace('\n', " ")).next();
        Some(Self {
            license: header.license.unwrap_or_default(),
            base_models: header.base_model.into_vec(),
            languages: header.language.into_vec(),
            summary: summary.unwrap_or_default(),
        })
    }
}

/// The files of weights that a model is loaded from, digested.
pub fn weights_files(files: &ModelFiles) -> Result<Vec<WeightsFile>, ModelError> {
    let spec = ModelSpec::read(files, None)?;
    let described =
        |(name, bytes): (String, Content)| WeightsFile { name, bytes: bytes.len(), sha256: base16(&Sha256::digest(&bytes)) };
    Ok(files.weights(&spec)?.into_iter().map(described).collect())
}

fn base16(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Deserialize)]
struct Header {
    license: Option<String>,
    #[serde(default)]
    base_model: OneOrMany,
    #[serde(default)]
    language: OneOrMany,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum OneOrMany {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_essence_of_a_card_is_read_in_both_spellings() {
        let inline =
            "---\nlanguage: [zh, en]\nlicense: apache-2.0\nbase_model: a/b\n---\n# M\n\n| a |\n\nWhat it\nis.\n\nMore.\n";
        let card = ModelCard::parse(inline).expect("a card");
        assert_eq!(card.languages, ["zh", "en"]);
        assert_eq!((card.license.as_str(), card.base_models[0].as_str()), ("apache-2.0", "a/b"));
        assert_eq!(card.summary, "What it is.");
        let block = "---\nlanguage:\n- multilingual\n- \"no\"\nbase_model:\n- a/b\n- c/d\n---\n# M\n";
        let card = ModelCard::parse(block).expect("a card");
        assert_eq!((card.languages, card.base_models.len()), (vec!["multilingual".into(), "no".into()], 2));
    }

    #[test]
    fn a_file_that_is_no_card_is_none() {
        for text in ["", "# Title\n", "---\nlicense: [\n---\n", "---\nno end"] {
            assert_eq!(ModelCard::parse(text), None, "{text:?}");
        }
    }
}
