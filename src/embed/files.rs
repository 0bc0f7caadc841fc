//! Where a model's files come from.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::error::ModelError;
use super::spec::ModelSpec;
use super::{bundled, hub};

/// A model as the operator names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelName {
    /// The multilingual model inside this program.
    Bundled,
    /// A folder in the sentence-transformers layout.
    Folder(PathBuf),
    /// `owner/name` on the hub, fetched beforehand, with an optional revision.
    Hub { repository: String, revision: Option<String> },
}

impl FromStr for ModelName {
    type Err = ModelError;

    /// `bundled`; anything that exists as a folder or looks like a path; `owner/name[@revision]`.
    fn from_str(text: &str) -> Result<Self, ModelError> {
        if text == "bundled" {
            return Ok(Self::Bundled);
        }
        if text.starts_with(['.', '/', '~']) || Path::new(text).is_dir() {
            return Ok(Self::Folder(text.into()));
        }
        let (repository, revision) = match text.split_once('@') {
            Some((repository, revision)) => (repository, Some(revision.to_owned())),
            None => (text, None),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let part = |p: &str| !p.is_empty() && p.chars().all(allowed) && !p.starts_with('.');
        let named = repository.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name));
        let revised = revision.as_deref().is_none_or(part);
        if !named || !revised {
            return Err(ModelError::BadName(text.to_owned()));
        }
        Ok(Self::Hub { repository: repository.to_owned(), revision })
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundled => f.write_str("bundled"),
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Hub { repository, revision: None } => f.write_str(repository),
            Self::Hub { repository, revision: Some(revision) } => write!(f, "{repository}@{revision}"),
        }
    }
}

/// What a file holds: part of the program, or read from disk.
pub(super) type Content = Cow<'static, [u8]>;

/// The files of one model.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    name: ModelName,
    folder: Option<PathBuf>,
}

impl ModelFiles {
    /// `hub_cache` is where `likewise model fetch` puts models.
    pub fn locate(name: &ModelName, hub_cache: &Path) -> Result<Self, ModelError> {
        let folder = match name {
            ModelName::Bundled => None,
            ModelName::Folder(path) if path.is_dir() => Some(path.clone()),
            ModelName::Folder(path) => {
                return Err(ModelError::NotFound { model: name.to_string(), looked_in: path.clone() });
            }
            ModelName::Hub { repository, revision } => {
                let fetched = hub::fetched_folder(hub_cache, repository, revision.as_deref());
                let missing = || ModelError::NotFound { model: name.to_string(), looked_in: hub_cache.to_owned() };
                Some(fetched.ok_or_else(missing)?)
            }
        };
        Ok(Self { name: name.clone(), folder })
    }

    pub fn name(&self) -> &ModelName {
        &self.name
    }

    /// The path of a file on disk; `None` for the bundled model.
    pub(super) fn path(&self, file: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(file))
    }

    /// The content of a file that need not be there.
    pub(super) fn read_optional(&self, file: &str) -> Result<Option<Content>, ModelError> {
        let Some(path) = self.path(file) else {
            return Ok(bundled::file(file).map(Cow::Borrowed));
        };
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ModelError::Read { model: self.name.to_string(), file: file.to_owned(), source }),
        }
    }

    /// The content of a file that must be there.
    pub(super) fn read(&self, file: &str) -> Result<Content, ModelError> {
        self.read_optional(file)?.ok_or_else(|| self.missing(file))
    }

    /// The files of weights in use: the transformer's, then each dense module's, with what they hold.
    pub(super) fn weights(&self, spec: &ModelSpec) -> Result<Vec<(String, Content)>, ModelError> {
        let mut found = Vec::new();
        for folder in std::iter::once(&spec.root).chain(spec.dense.iter().map(|dense| &dense.folder)) {
            for file in ["model.safetensors", "pytorch_model.bin"] {
                let name = format!("{folder}{file}");
                if let Some(bytes) = self.read_optional(&name)? {
                    found.push((name, bytes));
                    break;
                }
            }
        }
        Ok(found)
    }

    pub(super) fn missing(&self, file: &str) -> ModelError {
        ModelError::MissingFile { model: self.name.to_string(), file: file.to_owned() }
    }

    pub(super) fn malformed(&self, file: &str, why: impl fmt::Display) -> ModelError {
        ModelError::Malformed { model: self.name.to_string(), file: file.to_owned(), why: why.to_string() }
    }

    pub(super) fn unsupported(&self, file: &str, what: impl Into<String>) -> ModelError {
        ModelError::Unsupported { model: self.name.to_string(), file: file.to_owned(), what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        let parse = |text: &str| text.parse::<ModelName>();
        assert_eq!(parse("bundled").expect("bundled"), ModelName::Bundled);
        assert_eq!(parse("./m").expect("folder"), ModelName::Folder("./m".into()));
        let hub = ModelName::Hub { repository: "BAAI/bge-m3".into(), revision: Some("v1".into()) };
        assert_eq!(parse("BAAI/bge-m3@v1").expect("hub"), hub);
        for wrong in ["", "name", "a/b/c", "a/..", "a/b@", "a /b"] {
            assert!(matches!(parse(wrong), Err(ModelError::BadName(_))), "{wrong}");
        }
    }
}
