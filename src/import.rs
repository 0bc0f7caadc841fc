//! Reading questions from files: JSON Lines or CSV, streaming, each row with its line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use thiserror::Error;

use crate::ingest::Draft;
use crate::records::{BrokenRecord, Records};
use crate::wire::QuestionInput;

/// Longest row in bytes.
const MAX_ROW_BYTES: usize = 1 << 20;

#[derive(Debug, Error)]
pub enum ImportError {
    #[error("{}: can't be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}:{line}: {why}", path.display())]
    Row { path: PathBuf, line: u64, why: String },
    #[error("{}:1: {why}", path.display())]
    Header { path: PathBuf, why: String },
}

/// One row: where it stands and what it is, or why it is none.
pub struct Row {
    pub line: u64,
    /// The row as it stood, for a file of rejects.
    pub raw: Vec<u8>,
    pub draft: Result<Draft, String>,
}

/// How far a file is read, for progress.
#[derive(Debug, Clone, Default)]
pub struct BytesRead(Arc<AtomicU64>);

impl BytesRead {
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counting<R> {
    inner: R,
    read: BytesRead,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The rows of `path` (`-`: standard input), CSV where its name ends so, else JSON Lines. `dimension` is that of ready
/// embeddings, where they are taken. Memory does not grow with the file.
pub fn rows(
    path: &Path,
    dimension: Option<usize>,
    read: BytesRead,
) -> Result<Box<dyn Iterator<Item = Result<Row, ImportError>> + Send>, ImportError> {
    let failed = |source| ImportError::Read { path: path.to_owned(), source };
    let input = open(path, read).map_err(failed)?;
    let path = path.to_owned();
    if is_csv(&path) {
        Ok(Box::new(csv_rows(path, input, dimension)?))
    } else {
        Ok(Box::new(json_rows(path, input, dimension)))
    }
}

/// Opens a file (`-`: standard input), unpacks it where its name ends in `.gz` or `.zst`, and skips a byte order mark. `read`
/// counts the bytes of the file.
pub fn open(path: &Path, read: BytesRead) -> io::Result<Box<dyn BufRead + Send>> {
    let inner: Box<dyn Read + Send> = if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
    let counting = Counting { inner, read };
    let mut input: Box<dyn BufRead + Send> = match packing(path) {
        Packing::Plain => Box::new(BufReader::with_capacity(1 << 16, counting)),
        Packing::Gzip => Box::new(BufReader::with_capacity(1 << 16, flate2::read::MultiGzDecoder::new(counting))),
        Packing::Zstd => Box::new(BufReader::with_capacity(1 << 16, zstd::Decoder::new(counting)?)),
    };
    skip_byte_order_mark(&mut input)?;
    Ok(input)
}

/// How a file is packed, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    Plain,
    Gzip,
    Zstd,
}

pub fn packing(path: &Path) -> Packing {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => Packing::Gzip,
        Some("zst") => Packing::Zstd,
        _ => Packing::Plain,
    }
}

/// Whether a file holds CSV, by its name without `.gz` and `.zst`.
pub fn is_csv(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    name.trim_end_matches(".gz").trim_end_matches(".zst").ends_with(".csv")
}

fn skip_byte_order_mark(input: &mut impl BufRead) -> io::Result<()> {
    if input.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        input.consume(3);
    }
    Ok(())
}

fn json_rows(
    path: PathBuf,
    mut input: impl BufRead,
    dimension: Option<usize>,
) -> impl Iterator<Item = Result<Row, ImportError>> {
    let mut line = 0;
    std::iter::from_fn(move || {
        loop {
            line += 1;
            let mut raw = Vec::new();
            match read_line(&mut input, &mut raw) {
                Ok(LineRead::End) => return None,
                Ok(LineRead::TooLong) => {
                    let draft = Err(format!("the line is longer than {MAX_ROW_BYTES} bytes"));
                    return Some(Ok(Row { line, raw, draft }));
                }
                Ok(LineRead::Line) if raw.trim_ascii().is_empty() => {}
                Ok(LineRead::Line) => {
                    let draft = parse_json(&raw, dimension);
                    return Some(Ok(Row { line, raw, draft }));
                }
                Err(source) => return Some(Err(ImportError::Read { path: path.clone(), source })),
            }
        }
    })
}

/// What [`read_line`] met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineRead {
    Line,
    TooLong,
    End,
}

/// Reads to the end of the line; of one that is too long the beginning is kept and the rest skipped.
pub fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<LineRead> {
    if input.by_ref().take(MAX_ROW_BYTES as u64 + 1).read_until(b'\n', line)? == 0 {
        return Ok(LineRead::End);
    }
    let complete = line.last() == Some(&b'\n');
    while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        line.pop();
    }
    if line.len() <= MAX_ROW_BYTES {
        return Ok(LineRead::Line);
    }
    if !complete {
        input.skip_until(b'\n')?;
    }
    line.truncate(1_000);
    Ok(LineRead::TooLong)
}

/// One question as JSON.
pub fn parse_json(raw: &[u8], dimension: Option<usize>) -> Result<Draft, String> {
    let text = std::str::from_utf8(raw).map_err(|e| format!("no UTF-8 at byte {}", e.valid_up_to() + 1))?;
    let input: QuestionInput = serde_json::from_str(text).map_err(|e| describe_json_error(&e))?;
    parse(input, dimension)
}

/// Without "at line 1", which is never the line of the file.
fn describe_json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("{what} (column {})", error.column())
}

fn parse(input: QuestionInput, dimension: Option<usize>) -> Result<Draft, String> {
    let all = |errors: Vec<crate::question::FieldError>| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    input.parse(dimension).map_err(all)
}

const COLUMNS: [&str; 11] =
    ["id", "title", "body", "language", "category", "tags", "url", "answer", "author", "created_at", "attributes"];

fn csv_rows(
    path: PathBuf,
    input: impl Read + Send,
    dimension: Option<usize>,
) -> Result<impl Iterator<Item = Result<Row, ImportError>>, ImportError> {
    let header = |why: String| ImportError::Header { path: path.clone(), why };
    let mut records = Records::new(input).map_err(|e| header(e.to_string()))?;
    let mut columns = Vec::with_capacity(records.header().len());
    for name in records.header() {
        let name = String::from_utf8_lossy(name).trim().to_owned();
        let known = COLUMNS.iter().find(|column| **column == name);
        columns
            .push(*known.ok_or_else(|| header(format!("no field is called {name:?}; the fields are {}", COLUMNS.join(", "))))?);
    }
    for needed in ["id", "title"] {
        if !columns.contains(&needed) {
            return Err(header(format!("there is no column {needed:?}")));
        }
    }
    Ok(std::iter::from_fn(move || match records.next_record() {
        Ok(record) => record.map(|record| {
            let draft = record.check(columns.len()).and_then(|()| parse_record(&record.fields, &columns, dimension));
            Ok(Row { line: record.line, raw: raw_record(&record.fields), draft })
        }),
        Err(BrokenRecord { line, why }) => Some(Err(ImportError::Row { path: path.clone(), line, why })),
    }))
}

fn parse_record(record: &csv::ByteRecord, columns: &[&str], dimension: Option<usize>) -> Result<Draft, String> {
    if record.as_slice().len() > MAX_ROW_BYTES {
        return Err(format!("the row is longer than {MAX_ROW_BYTES} bytes"));
    }
    let mut input = QuestionInput::default();
    for (column, field) in columns.iter().zip(record) {
        let text = std::str::from_utf8(field).map_err(|e| format!("`{column}` is no UTF-8 at byte {}", e.valid_up_to() + 1))?;
        if text.is_empty() {
            continue;
        }
        let text = text.to_owned();
        match *column {
            "id" => input.id = Some(text),
            "title" => input.title = Some(text),
            "body" => input.body = Some(text),
            "language" => input.language = Some(text),
            "category" => input.category = Some(text),
            "tags" => input.tags = Some(text.split('|').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()),
            "url" => input.url = Some(text),
            "answer" => input.answer = Some(text),
            "author" => input.author = Some(text),
            "created_at" => input.created_at = Some(text),
            _ => input.attributes = Some(serde_json::from_str(&text).map_err(|e| format!("`attributes` is no JSON: {e}"))?),
        }
    }
    parse(input, dimension)
}

fn raw_record(record: &csv::ByteRecord) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory can't fail.
    let _ = writer.write_byte_record(record);
    let mut raw = writer.into_inner().unwrap_or_default();
    while raw.last() == Some(&b'\n') {
        raw.pop();
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, content: &[u8]) -> Vec<(u64, Result<String, String>)> {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("writes");
        let rows = rows(&path, None, BytesRead::default()).expect("opens");
        rows.map(|row| row.expect("reads"))
            .map(|row| (row.line, row.draft.map(|draft| draft.question.id.to_string())))
            .collect()
    }

    #[test]
    fn json_lines_are_numbered_and_each_fault_is_told() {
        let mut content = b"\xEF\xBB\xBF{\"id\":\"a\",\"title\":\"t\"}\r\n\n".to_vec();
        content
            .extend(b"{\"id\":\"b\"}\n{\"id\":\"c\",\"titel\":\"t\"}\n\"x\nnot json\n\xFF\xFE\n{\"id\":\"d\",\"title\":\"t\"}");
        let rows = read("q.jsonl", &content);
        let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 4, 5, 6, 7, 8]);
        let why = |row: usize| rows[row].1.clone().expect_err("rejected");
        assert_eq!(rows[0].1, Ok("a".into()));
        assert_eq!(why(1), "`title` is missing");
        assert!(why(2).starts_with("unknown field `titel`"), "{}", why(2));
        assert!(why(5).starts_with("no UTF-8 at byte 1"), "{}", why(5));
        assert_eq!(rows[6].1, Ok("d".into()));
    }

    #[test]
    fn a_line_without_end_is_rejected_in_bounded_memory() {
        let mut content = vec![b'x'; 3 << 20];
        content.extend(b"\n{\"id\":\"a\",\"title\":\"t\"}\n");
        let rows = read("q.jsonl", &content);
        assert!(rows[0].1.as_ref().is_err_and(|why| why.contains("longer than")));
        assert_eq!(rows[1], (2, Ok("a".into())));
    }

    #[test]
    fn csv_rows_are_read_by_header_and_know_where_they_begin() {
        let content = "title,id,tags,body\n一,a,x|y,\"two\nlines\"\n,b,,\n三,c\n四,d,,\n";
        let rows = read("q.csv", content.as_bytes());
        assert_eq!(rows[0], (2, Ok("a".into())));
        assert_eq!(rows[1], (4, Err("`title` is missing".into())));
        assert_eq!(rows[2], (5, Err("2 fields where the header has 4".into())));
        assert_eq!(rows[3], (6, Ok("d".into())));
    }

    #[test]
    fn a_quote_left_open_ends_the_file_in_bounded_memory() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("q.csv");
        std::fs::write(&path, format!("id,title\na,t\nb,\"{}", "x\n".repeat(20 << 20))).expect("writes");
        let mut rows = rows(&path, None, BytesRead::default()).expect("opens");
        assert!(rows.next().is_some_and(|row| row.is_ok()));
        let error = rows.next().expect("a row").err().expect("an error").to_string();
        assert!(error.contains("q.csv:3: ") && error.contains("quote left open"), "{error}");
    }

    #[test]
    fn an_unknown_column_is_named() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("q.csv");
        std::fs::write(&path, "id,titel\n").expect("writes");
        let error = rows(&path, None, BytesRead::default()).err().expect("refused").to_string();
        assert!(error.contains(":1: no field is called \"titel\""), "{error}");
    }
}
