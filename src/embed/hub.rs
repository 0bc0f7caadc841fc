//! Fetching a model from a Hugging Face hub: the only use of the network, and the only place that names `hf-hub`.

use std::path::{Path, PathBuf};

use hf_hub::api::sync::{ApiBuilder, ApiError};
use hf_hub::{Cache, Repo, RepoType};
use thiserror::Error;

#[derive(Debug, Error)]
pub enum HubError {
    #[error("{repository} can't be fetched from {endpoint}: is the name right and the network there?")]
    Fetch { repository: String, endpoint: String, source: Box<ApiError> },
    #[error("{repository} has no {file}; only models in the sentence-transformers layout can be used")]
    Missing { repository: String, file: &'static str },
}

/// A hub and the folder that fetched models are kept in.
pub struct Hub {
    pub endpoint: String,
    pub cache: PathBuf,
    pub token: Option<String>,
    pub progress: bool,
}

impl Hub {
    /// Fetches the files that make a model, those that are not there yet, and returns their folder.
    pub fn fetch(&self, repository: &str, revision: Option<&str>) -> Result<PathBuf, HubError> {
        let failed = |source| HubError::Fetch {
            repository: repository.to_owned(),
            endpoint: self.endpoint.clone(),
            source: Box::new(source),
        };
        let api = ApiBuilder::new()
            .with_endpoint(self.endpoint.clone())
            .with_cache_dir(self.cache.clone())
            .with_token(self.token.clone())
            .with_progress(self.progress)
            .with_retries(3)
            .build()
            .map_err(failed)?;
        let remote = api.repo(repo(repository, revision));
        let listed: Vec<String> = remote.info().map_err(failed)?.siblings.into_iter().map(|s| s.rfilename).collect();
        let has = |name: &str| listed.iter().any(|file| file == name);
        let weights = if has("model.safetensors") { "model.safetensors" } else { "pytorch_model.bin" };
        for file in ["modules.json", "config.json", "tokenizer.json", weights] {
            if !has(file) {
                let file = if file == weights { "model.safetensors" } else { file };
                return Err(HubError::Missing { repository: repository.to_owned(), file });
            }
        }
        let wanted = listed.iter().filter(|file| *file == weights || is_small_model_file(file));
        let mut folder = None;
        for file in wanted {
            let path = remote.get(file).map_err(failed)?;
            if file == "modules.json" {
                folder = path.parent().map(Path::to_owned);
            }
        }
        folder.ok_or(HubError::Missing { repository: repository.to_owned(), file: "modules.json" })
    }
}

impl Hub {
    /// The models that were fetched into `cache`, by name.
    pub fn fetched(cache: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(cache) else { return Vec::new() };
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            Some(name.strip_prefix("models--")?.replacen("--", "/", 1))
        };
        let mut names: Vec<String> = entries.filter_map(name).collect();
        names.retain(|name| fetched_folder(cache, name, None).is_some());
        names.sort();
        names
    }
}

/// Where a fetched model lies, if it was fetched.
pub fn fetched_folder(cache: &Path, repository: &str, revision: Option<&str>) -> Option<PathBuf> {
    let modules = Cache::new(cache.to_owned()).repo(repo(repository, revision)).get("modules.json")?;
    modules.parent().map(Path::to_owned)
}

fn repo(repository: &str, revision: Option<&str>) -> Repo {
    let revision = revision.unwrap_or("main").to_owned();
    Repo::with_revision(repository.to_owned(), RepoType::Model, revision)
}

/// The JSON files at the top, and everything in the folders of later modules (`1_Pooling/`, `2_Dense/`).
fn is_small_model_file(file: &str) -> bool {
    match file.split_once('/') {
        None => file.ends_with(".json") && !file.ends_with(".index.json") || file == "README.md",
        Some((folder, name)) => {
            let module = folder.split_once('_').is_some_and(|(number, _)| number.parse::<u8>().is_ok());
            module && ["config.json", "model.safetensors", "pytorch_model.bin"].contains(&name)
        }
    }
}
