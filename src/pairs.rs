//! Pairs of questions from files, and the same rows with what was found out: JSON Lines or CSV, streaming, in order.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::import::{BytesRead, LineRead, is_csv, open, read_line};
use crate::question::{QuestionId, QuestionText};
use crate::records::{BrokenRecord, Records};

/// The columns that are added.
const ADDED: [&str; 4] = ["score", "probability", "verdict", "reasons"];

#[derive(Debug, Error)]
pub enum PairsError {
    #[error("{}: can't be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}:{line}: {why}", path.display())]
    Row { path: PathBuf, line: u64, why: String },
    #[error("the scores can't be written")]
    Write(#[from] io::Error),
}

/// One side of a pair.
#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    Text(QuestionText),
    Stored(QuestionId),
}

/// A row: the pair in it, or what is wrong with it.
pub struct PairRow {
    pub line: u64,
    pub raw: Raw,
    pub pair: Result<(Side, Side), String>,
}

/// A row as it stood.
pub enum Raw {
    Json(String),
    Csv(csv::ByteRecord),
}

/// What is added to a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scored {
    pub score: f32,
    pub probability: f32,
    pub verdict: &'static str,
    pub reasons: Vec<String>,
}

#[derive(Deserialize)]
struct Input {
    a: Option<String>,
    b: Option<String>,
    a_id: Option<String>,
    b_id: Option<String>,
}

/// The rows of a file. Memory does not grow with it.
pub struct Pairs {
    rows: Box<dyn Iterator<Item = Result<PairRow, PairsError>>>,
    /// The header of CSV.
    pub header: Option<csv::ByteRecord>,
}

impl Iterator for Pairs {
    type Item = Result<PairRow, PairsError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next()
    }
}

/// Opens a file of pairs (`-`: JSON Lines on standard input): `a` and `b` are texts, `a_id` and `b_id` ids of stored questions.
pub fn read(path: &Path, read: BytesRead) -> Result<Pairs, PairsError> {
    let failed = |source| PairsError::Read { path: path.to_owned(), source };
    let input = open(path, read).map_err(failed)?;
    if is_csv(path) {
        csv_rows(path, input)
    } else {
        Ok(Pairs { rows: Box::new(json_rows(path.to_owned(), input)), header: None })
    }
}

fn json_rows(path: PathBuf, mut input: impl io::BufRead) -> impl Iterator<Item = Result<PairRow, PairsError>> {
    let mut line = 0;
    std::iter::from_fn(move || {
        loop {
            line += 1;
            let mut bytes = Vec::new();
            let met = match read_line(&mut input, &mut bytes) {
                Err(source) => return Some(Err(PairsError::Read { path: path.clone(), source })),
                Ok(LineRead::End) => return None,
                Ok(met) => met,
            };
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            if text.is_empty() && met == LineRead::Line {
                continue;
            }
            let pair = if met == LineRead::TooLong { Err("the line is longer than a MiB".into()) } else { parse_json(&text) };
            return Some(Ok(PairRow { line, raw: Raw::Json(text), pair }));
        }
    })
}

fn parse_json(text: &str) -> Result<(Side, Side), String> {
    let input: Input = serde_json::from_str(text).map_err(|e| format!("no JSON object of a pair: {e}"))?;
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).map_err(|e| e.to_string())?;
    if let Some(name) = ADDED.iter().find(|name| fields.contains_key(**name)) {
        return Err(format!("it has a field {name:?} already"));
    }
    Ok((side("a", input.a.as_deref(), input.a_id.as_deref())?, side("b", input.b.as_deref(), input.b_id.as_deref())?))
}

fn side(name: &str, text: Option<&str>, id: Option<&str>) -> Result<Side, String> {
    let filled = |value: Option<&str>| value.is_some_and(|value| !value.trim().is_empty());
    match (text, id) {
        (Some(_), Some(_)) if filled(text) && filled(id) => Err(format!("it has both `{name}` and `{name}_id`")),
        (Some(text), _) if !filled(id) => {
            QuestionText::parse_free(text).map(Side::Text).map_err(|e| format!("`{name}` {}", e.problem))
        }
        (_, Some(id)) => QuestionId::parse(id).map(Side::Stored).map_err(|e| format!("`{name}_id` {e}")),
        _ => Err(format!("it has neither `{name}` nor `{name}_id`")),
    }
}

fn csv_rows(path: &Path, input: impl io::Read + 'static) -> Result<Pairs, PairsError> {
    let path = path.to_owned();
    let wrong = |why: String| PairsError::Row { path: path.clone(), line: 1, why };
    let mut records = Records::new(input).map_err(|e| wrong(e.to_string()))?;
    let header = records.header().clone();
    let place = |name: &str| header.iter().position(|column| column == name.as_bytes());
    if let Some(name) = ADDED.iter().find(|name| place(name).is_some()) {
        return Err(wrong(format!("there is a column {name:?} already")));
    }
    let columns = [place("a"), place("b"), place("a_id"), place("b_id")];
    let [a, b, a_id, b_id] = columns;
    if (a.is_none() && a_id.is_none()) || (b.is_none() && b_id.is_none()) {
        return Err(wrong("columns `a` and `b` with texts, or `a_id` and `b_id` with ids, are needed".into()));
    }
    let fields = header.len();
    let path_of_rows = path.clone();
    let rows = std::iter::from_fn(move || match records.next_record() {
        Ok(record) => record.map(|record| {
            let pair = record.check(fields).and_then(|()| parse_record(&record.fields, columns));
            Ok(PairRow { line: record.line, raw: Raw::Csv(record.fields), pair })
        }),
        Err(BrokenRecord { line, why }) => Some(Err(PairsError::Row { path: path_of_rows.clone(), line, why })),
    });
    Ok(Pairs { rows: Box::new(rows), header: Some(header) })
}

fn parse_record(record: &csv::ByteRecord, columns: [Option<usize>; 4]) -> Result<(Side, Side), String> {
    let field = |column: Option<usize>| {
        let bytes = column.and_then(|column| record.get(column));
        bytes.map(|bytes| std::str::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())).transpose()
    };
    let [a, b, a_id, b_id] = columns;
    Ok((side("a", field(a)?, field(a_id)?)?, side("b", field(b)?, field(b_id)?)?))
}

/// Writes rows with what is added.
pub struct Sink<W: Write> {
    out: Out<W>,
}

enum Out<W: Write> {
    Json(W),
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write> Sink<W> {
    /// CSV where the rows have a header, else JSON Lines.
    pub fn new(out: W, header: Option<&csv::ByteRecord>) -> Result<Self, PairsError> {
        let Some(header) = header else { return Ok(Self { out: Out::Json(out) }) };
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(out);
        let columns = header.iter().chain(ADDED.iter().map(|name| name.as_bytes()));
        writer.write_record(columns).map_err(io::Error::from)?;
        Ok(Self { out: Out::Csv(Box::new(writer)) })
    }

    /// A row with its scores, or with why it has none.
    pub fn write(&mut self, raw: &Raw, scored: Result<&Scored, &str>) -> Result<(), PairsError> {
        match (&mut self.out, raw) {
            (Out::Json(out), Raw::Json(text)) => {
                let added = match scored {
                    Ok(scored) => serde_json::to_string(scored),
                    Err(why) => serde_json::to_string(&serde_json::json!({ "error": why })),
                };
                let added = added.map_err(io::Error::from)?;
                match text.strip_suffix('}') {
                    Some(open) if scored.is_ok() || serde_json::from_str::<serde_json::Value>(text).is_ok() => {
                        let comma = if open.trim_end().ends_with('{') { "" } else { "," };
                        writeln!(out, "{open}{comma}{}", &added[1..])?;
                    }
                    // A line that is no object can't be given a field.
                    _ => writeln!(out, "{added}")?,
                }
            }
            (Out::Csv(writer), Raw::Csv(record)) => {
                let added = match scored {
                    Ok(Scored { score, probability, verdict, reasons }) => {
                        [score.to_string(), probability.to_string(), (*verdict).to_owned(), reasons.join("; ")]
                    }
                    Err(why) => [String::new(), String::new(), "error".into(), why.to_owned()],
                };
                writer.write_record(record.iter().chain(added.iter().map(String::as_bytes))).map_err(io::Error::from)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes what is held back, and hands the output over.
    pub fn finish(self) -> Result<W, PairsError> {
        match self.out {
            Out::Json(out) => Ok(out),
            Out::Csv(writer) => writer.into_inner().map_err(|e| PairsError::Write(e.into_error())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored() -> Scored {
        Scored { score: 0.5, probability: 0.25, verdict: "related", reasons: vec!["a".into(), "b".into()] }
    }

    #[test]
    fn a_row_of_json_keeps_its_bytes_and_gains_fields() {
        let raw = Raw::Json(r#"{"b": "y","a":"x","n":1.50}"#.into());
        let mut sink = Sink::new(Vec::new(), None).expect("opens");
        sink.write(&raw, Ok(&scored())).expect("writes");
        sink.write(&raw, Err("no")).expect("writes");
        sink.write(&Raw::Json("[1}".into()), Err("no")).expect("writes");
        let text = String::from_utf8(sink.finish().expect("ends")).expect("utf-8");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                r#"{"b": "y","a":"x","n":1.50,"score":0.5,"probability":0.25,"verdict":"related","reasons":["a","b"]}"#,
                r#"{"b": "y","a":"x","n":1.50,"error":"no"}"#,
                r#"{"error":"no"}"#,
            ]
        );
    }

    #[test]
    fn faults_are_told_by_their_row() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("p.csv");
        std::fs::write(&path, "n,a,b\n1,x,y\n2, ,y\n3,x\n").expect("writes");
        let rows: Vec<_> = read(&path, BytesRead::default()).expect("opens").map(|row| row.expect("reads")).collect();
        let faults: Vec<(u64, Option<String>)> = rows.into_iter().map(|row| (row.line, row.pair.err())).collect();
        let expected =
            [(2, None), (3, Some("`a` is empty".to_owned())), (4, Some("2 fields where the header has 3".to_owned()))];
        assert_eq!(faults, expected);
        std::fs::write(&path, "a,c\n").expect("writes");
        let error = read(&path, BytesRead::default()).err().expect("refused").to_string();
        assert!(error.contains("p.csv:1: columns `a` and `b`"), "{error}");
    }

    #[test]
    fn packed_files_are_read_by_their_names() {
        let folder = tempfile::tempdir().expect("folder");
        let line = b"{\"a\":\"x\",\"b\":\"y\"}\n";
        let gzip = folder.path().join("p.jsonl.gz");
        let mut packer =
            flate2::write::GzEncoder::new(std::fs::File::create(&gzip).expect("creates"), flate2::Compression::fast());
        packer.write_all(line).expect("packs");
        packer.finish().expect("packs");
        let zstd = folder.path().join("p.jsonl.zst");
        std::fs::write(&zstd, zstd::encode_all(&line[..], 1).expect("packs")).expect("writes");
        for path in [gzip, zstd] {
            let rows: Vec<_> = read(&path, BytesRead::default()).expect("opens").collect();
            assert!(rows.len() == 1 && rows[0].as_ref().is_ok_and(|row| row.pair.is_ok()));
        }
    }
}
