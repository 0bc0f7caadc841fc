//! The settings: flag over environment over `likewise.toml` over default, checked once, each with its origin.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::embed::{Compute, EmbedderOptions, ModelName};
use crate::index::{Builder, IndexOptions};
use crate::question::parse_url;

/// Read from the working folder where no other file is named.
pub const CONFIG_FILE: &str = "likewise.toml";

/// Every setting: name, default, meaning. The environment variable is `LIKEWISE_` and the name in capitals.
pub const SETTINGS: [(&str, &str, &str); 24] = [
    ("data_dir", "./likewise-data", "all the state there is"),
    ("model", "bundled", "`bundled`, a folder, or a fetched `owner/name[@revision]`"),
    ("prompt", "", "put before every text, in place of the prompt that the model names; given and empty: none"),
    (
        "compute",
        "auto",
        "precision of the model: auto, f32, bf16, int8, or reference (candle's own, slow); auto is bf16 or f32",
    ),
    ("embed_threads", "0", "threads that compute the model; 0: one a core"),
    ("listen", "127.0.0.1:7171", "address and port of the HTTP server; port 0 takes a free one"),
    ("api_keys", "", "`KEY:SCOPE` separated by commas; scopes are read, write, admin"),
    ("insecure", "false", "listen on other than loopback without keys"),
    ("cors_origins", "", "other sites whose pages may read here from a browser, separated by commas; * for all"),
    (
        "question_url",
        "",
        "where fragments link to a question without a `url`, such as https://www.example.org/q/{id}; empty: here",
    ),
    ("max_concurrent_requests", "512", "requests beyond that are answered 429 at once"),
    ("request_timeout_seconds", "30", "longest time for one request (bulk uploads excepted)"),
    ("max_body_mib", "32", "largest request body (streamed uploads excepted)"),
    ("embed_queue", "256", "texts that may wait to be embedded; beyond that the answer is 503"),
    ("embed_cache", "20000", "texts whose embeddings are remembered"),
    ("ef_search", "128", "candidates looked at in a search: more is slower and finds more"),
    ("build_threads", "0", "threads that build the index; 0: one a core"),
    ("index_builder", "own", "what builds the graph: own, or hnsw_rs (the crate, several times as slow)"),
    ("recall_sample", "1000", "one search in so many is answered exactly as well, to tell how much searches find; 0: none"),
    (
        "living_lists",
        "true",
        "keep the list of every question while serving: one read answers for it; some 500 bytes a question",
    ),
    ("webhook_url", "", "is sent the ids of questions whose list changed"),
    ("webhook_secret", "", "signs what is sent there (HMAC-SHA256)"),
    ("log", "info", "what is logged: off, error, warn, info, debug, or filters such as `likewise=debug`"),
    ("hub_endpoint", "https://huggingface.co", "where `likewise model fetch` fetches from"),
];

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Environment,
    File(PathBuf),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("{}: can't be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}: {why}", path.display())]
    Toml { path: PathBuf, why: String },
    #[error("{}: there is no setting `{name}`; `likewise config` lists them", path.display())]
    UnknownInFile { path: PathBuf, name: String },
    #[error("there is no setting behind the environment variable {0}; `likewise config` lists them")]
    UnknownInEnvironment(String),
    #[error("setting `{name}` ({origin}): {value:?} {why}")]
    Value { name: &'static str, origin: Origin, value: String, why: String },
    #[error("listening on {0} without API keys would let everybody write: set `api_keys`, or say `--insecure`")]
    OpenToTheWorld(SocketAddr),
}

/// What an API key allows. Each scope includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    Read,
    Write,
    Admin,
}

/// A key is kept as its digest, so that comparing tells nothing about it and nothing prints it.
#[derive(Debug, Clone)]
pub struct ApiKey {
    digest: [u8; 32],
    pub scope: Scope,
}

impl ApiKey {
    pub fn new(secret: &str, scope: Scope) -> Self {
        Self { digest: Sha256::digest(secret).into(), scope }
    }

    pub fn is(&self, secret: &str) -> bool {
        self.digest == <[u8; 32]>::from(Sha256::digest(secret))
    }
}

/// Where changes are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub url: String,
    pub secret: String,
}

/// Other sites whose pages may read here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    All,
    /// `https://www.example.org`, as browsers spell them.
    Some(Vec<String>),
}

/// The checked settings.
#[derive(Debug, Clone)]
pub struct Config {
    pub data_dir: PathBuf,
    pub model: ModelName,
    pub prompt: Option<String>,
    pub compute: Compute,
    pub listen: SocketAddr,
    pub api_keys: Vec<ApiKey>,
    pub insecure: bool,
    pub cors_origins: CorsOrigins,
    /// With `{id}` for the encoded id; `None` for the pages of this server.
    pub question_url: Option<String>,
    pub max_concurrent_requests: usize,
    pub request_timeout: Duration,
    pub max_body_bytes: usize,
    pub embedder: EmbedderOptions,
    pub index: IndexOptions,
    /// One search in so many is audited.
    pub recall_sample: Option<u64>,
    pub living_lists: bool,
    pub webhook: Option<Webhook>,
    pub log: String,
    pub hub_endpoint: String,
    /// Name, value as text (secrets hidden) and origin of every setting.
    pub origins: Vec<(&'static str, String, Origin)>,
}

impl Config {
    /// `flags` are the settings given on the command line; `file` one named there, else [`CONFIG_FILE`] is read where it exists.
    pub fn load(
        flags: &BTreeMap<&'static str, String>,
        environment: impl Iterator<Item = (String, String)>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let environment = from_environment(environment)?;
        let from_file = match file {
            Some(path) => Some((path.to_owned(), read_file(path)?)),
            None if Path::new(CONFIG_FILE).is_file() => Some((CONFIG_FILE.into(), read_file(Path::new(CONFIG_FILE))?)),
            None => None,
        };
        let effective = SETTINGS.iter().map(|(name, default, _)| {
            let (value, origin) = if let Some(value) = flags.get(name) {
                (value.clone(), Origin::Flag)
            } else if let Some(value) = environment.get(*name) {
                (value.clone(), Origin::Environment)
            } else if let Some((path, value)) = from_file.as_ref().and_then(|(path, map)| Some((path, map.get(*name)?))) {
                (value.clone(), Origin::File(path.clone()))
            } else {
                ((*default).to_owned(), Origin::Default)
            };
            (*name, value, origin)
        });
        Self::parse(&effective.collect::<Vec<_>>())
    }

    fn parse(effective: &[(&'static str, String, Origin)]) -> Result<Self, ConfigError> {
        let raw = Raw(effective);
        let build_threads = match raw.number("build_threads", 0, 1024)? {
            0 => IndexOptions::default().build_threads,
            threads => threads,
        };
        let index = IndexOptions {
            ef_search: raw.number("ef_search", 16, 10_000)?,
            build_threads,
            builder: match raw.text("index_builder") {
                "own" => Builder::Own,
                "hnsw_rs" => Builder::HnswRs,
                _ => return Err(raw.wrong("index_builder", "is neither own nor hnsw_rs")),
            },
            ..IndexOptions::default()
        };
        let embedder = EmbedderOptions {
            interactive_queue: raw.number("embed_queue", 1, 1_000_000)?,
            cache_entries: raw.number("embed_cache", 0, 100_000_000)? as u64,
            ..EmbedderOptions::default()
        };
        let config = Self {
            data_dir: raw.parsed("data_dir", "is no path")?,
            model: raw.text("model").parse().map_err(|e| raw.wrong("model", format!("is no model name: {e}")))?,
            // Given and empty: no prompt, even where the model names one.
            prompt: raw.is_given("prompt").then(|| raw.text("prompt").to_owned()),
            compute: Compute {
                choice: raw.text("compute").parse().map_err(|why| raw.wrong("compute", why))?,
                threads: Some(raw.number("embed_threads", 0, 1_024)?).filter(|&threads| threads > 0),
            },
            listen: raw.parsed("listen", "is no address with a port, such as 127.0.0.1:7171")?,
            api_keys: parse_keys(raw.text("api_keys")).map_err(|why| raw.wrong("api_keys", why))?,
            insecure: raw.parsed("insecure", "is neither true nor false")?,
            cors_origins: parse_origins(raw.text("cors_origins")).map_err(|why| raw.wrong("cors_origins", why))?,
            question_url: parse_question_url(raw.text("question_url")).map_err(|why| raw.wrong("question_url", why))?,
            max_concurrent_requests: raw.number("max_concurrent_requests", 1, 1_000_000)?,
            request_timeout: Duration::from_secs(raw.number("request_timeout_seconds", 1, 86_400)? as u64),
            max_body_bytes: raw.number("max_body_mib", 1, 4_096)? << 20,
            embedder,
            index,
            recall_sample: Some(raw.number("recall_sample", 0, 1_000_000_000)? as u64).filter(|one_in| *one_in > 0),
            living_lists: raw.parsed("living_lists", "is neither true nor false")?,
            webhook: parse_webhook(&raw)?,
            log: raw.text("log").to_owned(),
            hub_endpoint: raw.text("hub_endpoint").trim_end_matches('/').to_owned(),
            origins: effective.iter().map(|(name, value, origin)| (*name, shown(name, value), origin.clone())).collect(),
        };
        Ok(config)
    }

    /// Refuses to serve the world without keys.
    pub fn check_exposure(&self) -> Result<(), ConfigError> {
        if !self.listen.ip().is_loopback() && self.api_keys.is_empty() && !self.insecure {
            return Err(ConfigError::OpenToTheWorld(self.listen));
        }
        Ok(())
    }

    /// Where the nearest of every question, that many, are kept: a cache.
    pub fn lists_file(&self, shown: usize) -> PathBuf {
        self.data_dir.join(format!("lists-{shown}.bin"))
    }

    /// Where the calibration of the duplicates' probability is kept, if it is not the bundled one.
    pub fn calibration_file(&self) -> PathBuf {
        self.data_dir.join("calibration.json")
    }

    /// Where fetched models are kept.
    pub fn hub_cache(&self) -> PathBuf {
        self.data_dir.join("models")
    }
}

/// Settings as text, with helpers that name the one at fault.
struct Raw<'a>(&'a [(&'static str, String, Origin)]);

impl Raw<'_> {
    fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, ..)| *known == name).map_or("", |(_, value, _)| value)
    }

    fn is_given(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _, origin)| *known == name && *origin != Origin::Default)
    }

    fn wrong(&self, name: &'static str, why: impl Into<String>) -> ConfigError {
        let found = self.0.iter().find(|(known, ..)| *known == name);
        let (value, origin) =
            found.map_or((String::new(), Origin::Default), |(_, value, origin)| (shown(name, value), origin.clone()));
        ConfigError::Value { name, origin, value, why: why.into() }
    }

    fn parsed<T: FromStr>(&self, name: &'static str, why: &str) -> Result<T, ConfigError> {
        self.text(name).parse().map_err(|_| self.wrong(name, why))
    }

    fn number(&self, name: &'static str, min: usize, max: usize) -> Result<usize, ConfigError> {
        let number: usize = self.parsed(name, &format!("is no whole number from {min} to {max}"))?;
        if (min..=max).contains(&number) { Ok(number) } else { Err(self.wrong(name, format!("is not within {min} to {max}"))) }
    }
}

fn shown(name: &str, value: &str) -> String {
    if ["api_keys", "webhook_secret"].contains(&name) && !value.is_empty() { "(hidden)".into() } else { value.to_owned() }
}

fn parse_webhook(raw: &Raw<'_>) -> Result<Option<Webhook>, ConfigError> {
    let (url, secret) = (raw.text("webhook_url"), raw.text("webhook_secret"));
    if url.is_empty() {
        return Ok(None);
    }
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(raw.wrong("webhook_url", "is no http(s) address"));
    }
    if secret.len() < 16 {
        return Err(raw.wrong("webhook_secret", "is needed with a `webhook_url`, of at least 16 characters"));
    }
    if raw.text("living_lists") != "true" {
        return Err(raw.wrong("webhook_url", "needs `living_lists`"));
    }
    Ok(Some(Webhook { url: url.to_owned(), secret: secret.to_owned() }))
}

fn parse_origins(text: &str) -> Result<CorsOrigins, String> {
    let origins: Vec<&str> = text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
    if origins == ["*"] {
        return Ok(CorsOrigins::All);
    }
    let parse = |origin: &&str| {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")).unwrap_or_default();
        let is_host =
            !host.is_empty() && host.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:[]".contains(c));
        is_host.then(|| (*origin).to_owned()).ok_or_else(|| {
            format!("holds {origin:?}, which is no origin such as https://www.example.org (small letters, no path, no slash at the end)")
        })
    };
    origins.iter().map(parse).collect::<Result<_, _>>().map(CorsOrigins::Some)
}

fn parse_question_url(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if !text.contains("{id}") {
        return Err("holds no `{id}`".into());
    }
    let example = parse_url(&text.replace("{id}", "1"));
    example.map(|_| Some(text.to_owned())).map_err(|_| "is neither an http(s) address nor a path that begins with /".into())
}

fn parse_keys(text: &str) -> Result<Vec<ApiKey>, String> {
    let parse = |part: &str| {
        let (secret, scope) = part.rsplit_once(':').ok_or("holds a key without a scope, such as `:write`")?;
        let scope = match scope {
            "read" => Scope::Read,
            "write" => Scope::Write,
            "admin" => Scope::Admin,
            _ => return Err("holds a scope other than read, write and admin"),
        };
        if secret.len() < 16 {
            return Err("holds a key of less than 16 characters");
        }
        Ok(ApiKey::new(secret, scope))
    };
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(parse).collect::<Result<_, _>>().map_err(str::to_owned)
}

fn from_environment(variables: impl Iterator<Item = (String, String)>) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut found = BTreeMap::new();
    for (variable, value) in variables {
        let Some(name) = variable.strip_prefix("LIKEWISE_") else { continue };
        let name = name.to_ascii_lowercase();
        // Kubernetes sets these in every container where a service is called `likewise`.
        if name.starts_with("service_") || name.starts_with("port") {
            continue;
        }
        // The name of the file itself and of a secret that no file should hold are read by the command line.
        if ["config", "hub_token"].contains(&name.as_str()) {
            continue;
        }
        if !SETTINGS.iter().any(|(known, ..)| *known == name) {
            return Err(ConfigError::UnknownInEnvironment(variable));
        }
        found.insert(name, value);
    }
    Ok(found)
}

fn read_file(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    let wrong = |why: String| ConfigError::Toml { path: path.to_owned(), why };
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| wrong(e.to_string()))?;
    let mut found = BTreeMap::new();
    for (name, value) in table {
        if !SETTINGS.iter().any(|(known, ..)| *known == name) {
            return Err(ConfigError::UnknownInFile { path: path.to_owned(), name });
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Array(items) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                texts.collect::<Option<Vec<_>>>().ok_or_else(|| wrong(format!("`{name}` is no list of texts")))?.join(",")
            }
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            other => return Err(wrong(format!("`{name}` can't be a {}", other.type_str()))),
        };
        found.insert(name, value);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(flags: &[(&'static str, &str)], environment: &[(&str, &str)], file: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(CONFIG_FILE);
        std::fs::write(&path, file).expect("writes");
        let flags = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(&flags, environment, Some(&path))
    }

    #[test]
    fn flag_beats_environment_beats_file_beats_default() {
        let file = "ef_search = 64\nlisten = '127.0.0.1:1'\nmodel = './m'";
        let environment = [("LIKEWISE_LISTEN", "127.0.0.1:2"), ("LIKEWISE_MODEL", "./n")];
        let config = load(&[("model", "bundled")], &environment, file).expect("loads");
        assert_eq!(config.index.ef_search, 64);
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.model, ModelName::Bundled);
        let origin = |name| config.origins.iter().find(|(n, ..)| *n == name).map(|(.., origin)| origin.clone());
        assert_eq!(origin("model"), Some(Origin::Flag));
        assert_eq!(origin("listen"), Some(Origin::Environment));
        assert_eq!(origin("log"), Some(Origin::Default));
    }

    #[test]
    fn unknown_and_wrong_settings_are_named() {
        let error = |result: Result<Config, ConfigError>| result.expect_err("refused").to_string();
        assert!(error(load(&[], &[], "lisen = 'x'")).contains("no setting `lisen`"));
        assert!(error(load(&[], &[("LIKEWISE_LISEN", "x")], "")).contains("LIKEWISE_LISEN"));
        assert!(error(load(&[], &[], "listen = 'x'")).contains("`listen`"));
        assert!(error(load(&[], &[], "ef_search = 1")).contains("within 16 to 10000"));
        assert!(!error(load(&[], &[], "api_keys = ['very secret indeed']")).contains("secret"));
    }

    #[test]
    fn origins_are_spelled_as_browsers_do() {
        let origins = |text: &str| load(&[("cors_origins", text)], &[], "").map(|config| config.cors_origins);
        assert_eq!(origins("").expect("loads"), CorsOrigins::Some(Vec::new()));
        assert_eq!(origins(" * ").expect("loads"), CorsOrigins::All);
        let two = origins("https://a.example, http://localhost:3000").expect("loads");
        assert_eq!(two, CorsOrigins::Some(vec!["https://a.example".into(), "http://localhost:3000".into()]));
        for wrong in ["a.example", "https://a.example/", "https://A.example", "https://", "*, https://a.example"] {
            assert!(origins(wrong).is_err(), "{wrong}");
        }
        assert!(load(&[("question_url", "/q")], &[], "").is_err() && load(&[("question_url", "x:{id}")], &[], "").is_err());
    }

    #[test]
    fn the_world_needs_a_key() {
        let open = load(&[("listen", "0.0.0.0:1")], &[], "").expect("loads");
        assert!(matches!(open.check_exposure(), Err(ConfigError::OpenToTheWorld(_))));
        let keyed = load(&[("listen", "0.0.0.0:1")], &[], "api_keys = ['0123456789abcdef:write']").expect("loads");
        assert!(keyed.check_exposure().is_ok());
        assert!(keyed.api_keys[0].is("0123456789abcdef") && !keyed.api_keys[0].is("0123456789abcdeF"));
    }
}
