//! Records of CSV files, in bounded memory. A quote that is never closed is told, wherever it stands.

use std::io::{self, Chain, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Follows the last record, so that a record which swallows it has a quote left open. No field of ours may hold this character.
const END: &str = "\n\u{1d}\n";
const MARK: &[u8] = b"\x1d";
/// A record that is read on and on has a quote left open too. What was read ahead counts, hence so much.
const LONGEST: u64 = 16 << 20;

/// The records of a file behind its header.
pub struct Records<R> {
    reader: csv::Reader<Counted<Chain<R, &'static [u8]>>>,
    progress: Progress,
    header: csv::ByteRecord,
}

/// A record, and the line where it begins.
pub struct Record {
    pub line: u64,
    pub fields: csv::ByteRecord,
    /// The rest of the file was taken for its last field.
    pub is_open: bool,
}

/// The file can't be read on; `line` is where the record begins.
#[derive(Debug)]
pub struct BrokenRecord {
    pub line: u64,
    pub why: String,
}

impl<R: Read> Records<R> {
    /// Reads the header; empty where the file is.
    pub fn new(input: R) -> Result<Self, csv::Error> {
        let progress = Progress::default();
        let input = Counted { inner: input.chain(END.as_bytes()), progress: progress.clone() };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let header = reader.byte_headers()?.clone();
        let header = if is_end(&header) { csv::ByteRecord::new() } else { header };
        Ok(Self { reader, progress, header })
    }

    pub fn header(&self) -> &csv::ByteRecord {
        &self.header
    }

    /// The next one; after an error there is none.
    pub fn next_record(&mut self) -> Result<Option<Record>, BrokenRecord> {
        let begins = self.reader.position().line();
        self.progress.mark();
        let mut fields = csv::ByteRecord::new();
        match self.reader.read_byte_record(&mut fields) {
            Ok(read) if !read || is_end(&fields) => Ok(None),
            Ok(_) => {
                // Where quoted fields span lines, the record knows where it began.
                let line = fields.position().map_or(begins, csv::Position::line);
                let end = END.as_bytes();
                let is_open = fields.iter().next_back().is_some_and(|last| last.ends_with(end));
                if is_open {
                    fields = fields.iter().map(|field| field.strip_suffix(end).unwrap_or(field)).collect();
                }
                Ok(Some(Record { line, fields, is_open }))
            }
            Err(error) => Err(BrokenRecord { line: begins, why: format!("the row that begins here can't be read: {error}") }),
        }
    }
}

fn is_end(fields: &csv::ByteRecord) -> bool {
    fields.len() == 1 && &fields[0] == MARK
}

impl Record {
    /// What is wrong with it as a record; `expected` is how many fields the header has.
    pub fn check(&self, expected: usize) -> Result<(), String> {
        if self.is_open {
            return Err("a quote is left open: the rest of the file was taken for the last field of this row".into());
        }
        let found = self.fields.len();
        if found == expected { Ok(()) } else { Err(format!("{found} fields where the header has {expected}")) }
    }
}

/// How far a file was read, and where the record began that is being read; in bytes.
#[derive(Clone, Default)]
struct Progress {
    read: Arc<AtomicU64>,
    start: Arc<AtomicU64>,
}

impl Progress {
    fn mark(&self) {
        self.start.store(self.read.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

struct Counted<R> {
    inner: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Progress { read, start } = &self.progress;
        if read.load(Ordering::Relaxed) - start.load(Ordering::Relaxed) > LONGEST {
            return Err(io::Error::other("it is longer than 16 MiB; is a quote left open?"));
        }
        let count = self.inner.read(buffer)?;
        read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line, fields, and whether a quote is left open.
    fn all(text: &str) -> Vec<(u64, Vec<String>, bool)> {
        let mut records = Records::new(text.as_bytes()).expect("a header");
        let mut all = Vec::new();
        while let Some(Record { line, fields, is_open }) = records.next_record().expect("reads") {
            all.push((line, fields.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect(), is_open));
        }
        all
    }

    #[test]
    fn a_quote_that_is_left_open_is_told() {
        for open in ["a,b\n1,\"x", "a,b\n1,\"x\n", "a,b\n1,\"x\n2,y\n", "a,b\n1,\"x\"\"\n"] {
            let records = all(open);
            assert!(records.len() == 1 && records[0].0 == 2 && records[0].2, "{open:?}: {records:?}");
        }
    }

    #[test]
    fn what_only_looks_open_is_whole() {
        for (text, last) in [
            ("a\n5\" pipe", "5\" pipe"),
            ("a\n\"x\"", "x"),
            ("a\n\"x\ny\"\n", "x\ny"),
            ("a\n\"x\"\"\"", "x\""),
            ("a\n\"\"", ""),
        ] {
            let records = all(text);
            assert_eq!(records, [(2, vec![last.to_owned()], false)], "{text:?}");
        }
        assert!(all("").is_empty() && all("a,b\n").is_empty() && all("a,b").is_empty());
        assert!(Records::new(&b""[..]).expect("opens").header().is_empty());
    }
}
