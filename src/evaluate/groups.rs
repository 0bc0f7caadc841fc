//! Groups: all texts of one ask the same thing, in one language or several. A model is good when the text nearest to any of
//! them is of the same group.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::embed::{EmbedError, Embedder, compose};
use crate::embedding::Embedding;
use crate::question::QuestionText;

#[derive(Debug, Error)]
pub enum EvaluateError {
    #[error("{}: can't be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}: {why}", path.display())]
    Row { path: PathBuf, line: usize, why: String },
    #[error("no group has a text in the language {0:?} and another text to look it up by")]
    NothingToFind(String),
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

/// Texts that ask the same thing, by language.
#[derive(Debug, Clone)]
pub struct Group {
    pub texts: BTreeMap<String, Vec<QuestionText>>,
}

/// How well one language's texts find the group they belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupResult {
    /// Language of the queries.
    pub from: String,
    /// Whether the documents had their bodies, or titles alone.
    pub with_body: bool,
    pub queries: usize,
    pub documents: usize,
    /// Share of queries whose nearest document is the right one.
    pub accuracy_at_1: f64,
    /// Mean of one over the rank of the right document.
    pub mrr: f64,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "group")]
    _group: String,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(Text),
    Many(Vec<Text>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Title(String),
    Whole { title: String, body: Option<String> },
}

/// Reads JSON Lines: one object a group, with `group`, perhaps `topic` and `category`, and one field a language that holds a
/// title, a `{"title", "body"}`, or a list of such.
pub fn read_groups(path: &Path) -> Result<Vec<Group>, EvaluateError> {
    let read = |source| EvaluateError::Read { path: path.to_owned(), source };
    let lines = BufReader::new(File::open(path).map_err(read)?).lines();
    let mut groups = Vec::new();
    for (position, line) in lines.enumerate() {
        let line = line.map_err(read)?;
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |why: String| EvaluateError::Row { path: path.to_owned(), line: position + 1, why };
        let row: Row = serde_json::from_str(&line).map_err(|e| wrong(e.to_string()))?;
        groups.push(parse(row).map_err(wrong)?);
    }
    Ok(groups)
}

fn parse(row: Row) -> Result<Group, String> {
    let mut texts = BTreeMap::new();
    for (language, value) in row.rest {
        if ["topic", "category"].contains(&language.as_str()) {
            continue;
        }
        let parsed: Texts = serde_json::from_value(value).map_err(|_| format!("`{language}` holds no texts"))?;
        let list = match parsed {
            Texts::One(text) => vec![text],
            Texts::Many(list) => list,
        };
        let parse = |text: Text| match text {
            Text::Title(title) => QuestionText::parse(&title, None),
            Text::Whole { title, body } => QuestionText::parse(&title, body.as_deref()),
        };
        let list = list.into_iter().map(parse).collect::<Result<Vec<_>, _>>().map_err(|e| format!("`{language}`: {e}"))?;
        texts.insert(language, list);
    }
    Ok(Group { texts })
}

/// Looks every group's first text in the language `to` up by its other texts, among those of all groups.
pub fn groups(embedder: &Embedder, groups: &[Group], to: &str) -> Result<Vec<GroupResult>, EvaluateError> {
    let groups: Vec<&Group> =
        groups.iter().filter(|group| group.texts.get(to).is_some_and(|texts| !texts.is_empty())).collect();
    let documents: Vec<&QuestionText> = groups.iter().map(|group| &group.texts[to][0]).collect();
    let whole = embedder.embed_bulk(&documents.iter().map(|text| compose(text)).collect::<Vec<_>>())?;
    let titles = embedder.embed_bulk(&documents.iter().map(|text| text.title().to_owned()).collect::<Vec<_>>())?;

    let mut queries: BTreeMap<&str, Vec<(usize, String)>> = BTreeMap::new();
    for (target, group) in groups.iter().enumerate() {
        for (language, texts) in &group.texts {
            let own = usize::from(language == to);
            let found = texts.iter().skip(own).map(|text| (target, text.title().to_owned()));
            queries.entry(language).or_default().extend(found);
        }
    }
    let mut results = Vec::new();
    for (language, queries) in queries.into_iter().filter(|(_, queries)| !queries.is_empty()) {
        let texts: Vec<String> = queries.iter().map(|(_, text)| text.clone()).collect();
        let embeddings = embedder.embed_bulk(&texts)?;
        let targets: Vec<usize> = queries.iter().map(|(target, _)| *target).collect();
        for (with_body, documents) in [(false, &titles), (true, &whole)] {
            results.push(score(language, with_body, &embeddings, &targets, documents));
        }
    }
    if results.is_empty() { Err(EvaluateError::NothingToFind(to.to_owned())) } else { Ok(results) }
}

fn score(from: &str, with_body: bool, queries: &[Embedding], targets: &[usize], documents: &[Embedding]) -> GroupResult {
    let ranks = queries.iter().zip(targets).map(|(query, &target)| {
        let right = documents[target].similarity(query);
        1 + documents.iter().filter(|document| document.similarity(query) > right).count()
    });
    let ranks: Vec<usize> = ranks.collect();
    let count = ranks.len() as f64;
    GroupResult {
        from: from.to_owned(),
        with_body,
        queries: ranks.len(),
        documents: documents.len(),
        accuracy_at_1: ranks.iter().filter(|rank| **rank == 1).count() as f64 / count,
        mrr: ranks.iter().map(|rank| 1.0 / *rank as f64).sum::<f64>() / count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedding(values: [f32; 2]) -> Embedding {
        Embedding::normalize(&values).expect("valid")
    }

    #[test]
    fn ranks_become_accuracy_and_mrr() {
        let documents = [embedding([1.0, 0.0]), embedding([0.0, 1.0]), embedding([1.0, 1.0])];
        let queries = [embedding([1.0, 0.1]), embedding([1.0, 0.2])];
        let result = score("zh", false, &queries, &[0, 2], &documents);
        assert_eq!((result.accuracy_at_1, result.mrr), (0.5, 0.75));
    }

    #[test]
    fn a_row_without_texts_is_named() {
        let row: Row = serde_json::from_str(r#"{"group": "g", "zh": 3}"#).expect("json");
        assert_eq!(parse(row).expect_err("refused"), "`zh` holds no texts");
    }
}
