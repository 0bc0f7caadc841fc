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
        if !listed.iter().any(|file| file == "modules.json") {
            return Err(HubError::Missing { repository: repository.to_owned(), file: "modules.json" });
        }
        let wanted = listed.iter().filter(|file| is_model_file(file, &listed));
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

/// The card, and of the top and the modules' folders (`0_Transformer/`, `1_Pooling/`) the JSON files and the weights: pickled
/// ones only where there are no others.
fn is_model_file(file: &str, listed: &[String]) -> bool {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let is_module = folder.split_once('_').is_some_and(|(number, _)| number.parse::<u8>().is_ok());
    let safetensors = format!("{}model.safetensors", &file[..file.len() - name.len()]);
    (folder.is_empty() || is_module)
        && match name {
            "README.md" | "model.safetensors" => true,
            "pytorch_model.bin" => !listed.contains(&safetensors),
            _ => name.ends_with(".json") && !name.ends_with(".index.json"),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_model_needs_is_fetched() {
        let listed = ["model.safetensors", "pytorch_model.bin", "0_Transformer/pytorch_model.bin", "1_Pooling/config.json"];
        let listed = listed.map(str::to_owned);
        for wanted in
            ["model.safetensors", "config.json", "0_Transformer/pytorch_model.bin", "1_Pooling/config.json", "README.md"]
        {
            assert!(is_model_file(wanted, &listed), "{wanted}");
        }
        for unwanted in
            ["pytorch_model.bin", "onnx/model.onnx", "openvino/config.json", "model.safetensors.index.json", "tf_model.h5"]
        {
            assert!(!is_model_file(unwanted, &listed), "{unwanted}");
        }
    }
}
