//! Labelled data from files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use super::{EvaluateError, Group};
use crate::question::QuestionText;

/// What a file holds.
#[derive(Debug, Clone)]
pub enum Dataset {
    /// Pairs with a graded likeness.
    Graded { pairs: Vec<(String, String)>, scores: Vec<f64> },
    /// Pairs of which some ask the same.
    Labelled { pairs: Vec<(String, String)>, labels: Vec<bool> },
    /// Translations of each other.
    Bitext { languages: (String, String), pairs: Vec<(String, String)> },
    /// Texts that ask the same thing, by language.
    Groups(Vec<Group>),
}

/// Names of the two columns of texts.
const PAIR_COLUMNS: [(&str, &str); 6] =
    [("q1", "q2"), ("s1", "s2"), ("a", "b"), ("text1", "text2"), ("sentence1", "sentence2"), ("question1", "question2")];

/// Reads a file: `.jsonl` holds groups; `.tsv` (no quoting) and `.csv` hold pairs by their header: two texts with `label` (0 or 1),
/// two texts with `score`, or, of exactly two columns with other names, translations.
pub fn read(path: &Path) -> Result<Dataset, EvaluateError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "jsonl" => read_groups(path).map(Dataset::Groups),
        "tsv" | "csv" => read_pairs(path, extension == "csv"),
        _ => Err(EvaluateError::Row {
            path: path.to_owned(),
            line: 1,
            why: "the name ends in neither .jsonl, .tsv nor .csv".into(),
        }),
    }
}

fn read_pairs(path: &Path, quoted: bool) -> Result<Dataset, EvaluateError> {
    let wrong = |line: usize, why: String| EvaluateError::Row { path: path.to_owned(), line, why };
    let delimiter = if quoted { b',' } else { b'\t' };
    let file = File::open(path).map_err(|source| EvaluateError::Read { path: path.to_owned(), source })?;
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).quoting(quoted).from_reader(file);
    let header: Vec<String> = reader.headers().map_err(|e| wrong(1, e.to_string()))?.iter().map(str::to_owned).collect();
    let columns = Columns::find(&header).map_err(|why| wrong(1, why))?;
    let (mut pairs, mut values) = (Vec::new(), Vec::new());
    for (position, record) in reader.records().enumerate() {
        let line = position + 2;
        let record = record.map_err(|e| wrong(line, e.to_string()))?;
        let text = |column: usize| {
            let text = record.get(column).unwrap_or_default().trim();
            if text.is_empty() { Err(wrong(line, format!("`{}` is empty", header[column]))) } else { Ok(text.to_owned()) }
        };
        pairs.push((text(columns.first)?, text(columns.second)?));
        if let Some(column) = columns.value {
            let value: f64 = text(column)?.parse().map_err(|_| wrong(line, format!("`{}` is no number", header[column])))?;
            if columns.labelled && value != 0.0 && value != 1.0 {
                return Err(wrong(line, format!("`label` is {value}, allowed are 0 and 1")));
            }
            values.push(value);
        }
    }
    if pairs.len() < 2 {
        return Err(wrong(1, format!("{} pairs are too few to measure anything", pairs.len())));
    }
    Ok(match (columns.value, columns.labelled) {
        (Some(_), true) => Dataset::Labelled { pairs, labels: values.into_iter().map(|value| value == 1.0).collect() },
        (Some(_), false) => Dataset::Graded { pairs, scores: values },
        (None, _) => Dataset::Bitext { languages: (header[columns.first].clone(), header[columns.second].clone()), pairs },
    })
}

/// Which columns hold what.
struct Columns {
    first: usize,
    second: usize,
    value: Option<usize>,
    labelled: bool,
}

impl Columns {
    fn find(header: &[String]) -> Result<Self, String> {
        let place = |name: &str| header.iter().position(|column| column == name);
        let pair = PAIR_COLUMNS.iter().find_map(|(a, b)| Some((place(a)?, place(b)?)));
        match (pair, place("label"), place("score")) {
            (Some((first, second)), Some(value), _) => Ok(Self { first, second, value: Some(value), labelled: true }),
            (Some((first, second)), None, Some(value)) => Ok(Self { first, second, value: Some(value), labelled: false }),
            _ if header.len() == 2 => Ok(Self { first: 0, second: 1, value: None, labelled: false }),
            (Some(_), None, None) => Err("beside the two texts a column `label` or `score` is needed".into()),
            (None, ..) => {
                let names: Vec<String> = PAIR_COLUMNS.iter().map(|(a, b)| format!("{a} and {b}")).collect();
                Err(format!("no two columns of texts; they may be called {}", names.join(", ")))
            }
        }
    }
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

fn read_groups(path: &Path) -> Result<Vec<Group>, EvaluateError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &str) -> Result<Dataset, String> {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writes");
        read(&path).map_err(|e| e.to_string().rsplit('/').next().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_header_tells_what_a_file_holds() {
        let labelled = read_text("d.tsv", "q1\tq2\tlabel\na \"b\tc\t1\nd\te\t0\n").expect("reads");
        assert!(matches!(labelled, Dataset::Labelled { labels, pairs } if labels == [true, false] && pairs[0].0 == "a \"b"));
        let graded = read_text("d.csv", "score,s1,s2\n4.5,\"a,b\",c\n0,d,e\n").expect("reads");
        assert!(matches!(graded, Dataset::Graded { scores, pairs } if scores == [4.5, 0.0] && pairs[0].0 == "a,b"));
        let bitext = read_text("d.tsv", "deu\teng\na\tb\nc\td\n").expect("reads");
        assert!(matches!(bitext, Dataset::Bitext { languages, .. } if languages.0 == "deu"));
        let groups = read_text("d.jsonl", "{\"group\":\"g\",\"zh\":[\"a\",{\"title\":\"b\"}],\"en\":\"c\"}\n").expect("reads");
        assert!(matches!(groups, Dataset::Groups(groups) if groups[0].texts["zh"].len() == 2));
    }

    #[test]
    fn what_is_missing_is_named_with_its_line() {
        let error = |name: &str, text: &str| read_text(name, text).expect_err("refused");
        assert!(error("d.tsv", "q1\tq2\tlevel\n").contains("`label` or `score` is needed"));
        assert!(error("d.tsv", "x\ty\tz\n").contains("no two columns of texts"));
        assert_eq!(error("d.tsv", "q1\tq2\tlabel\na\tb\t1\na\tb\t2\n"), "d.tsv:3: `label` is 2, allowed are 0 and 1");
        assert_eq!(error("d.tsv", "q1\tq2\tscore\na\tb\thigh\n"), "d.tsv:2: `score` is no number");
        assert_eq!(error("d.tsv", "q1\tq2\tlabel\n\tb\t1\n"), "d.tsv:2: `q1` is empty");
        assert_eq!(error("d.jsonl", "{\"group\":\"g\",\"zh\":3}\n"), "d.jsonl:1: `zh` holds no texts");
        assert!(error("d.txt", "").contains("neither .jsonl, .tsv nor .csv"));
    }
}
