//! Words and catalog as a file, so that a start need not read every text again: a cache of one state of the store, in columns.
//! What was stored since is read from the store.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use bytemuck::Pod;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Entry};
use crate::checked::{self, In, Out, damaged};
use crate::lexical::{LexicalIndex, TERMS_VERSION, Term};
use crate::question::{Language, PointId, QuestionId, SeqNo};

const FORMAT: &str = "likewise words 1";
const NAME: &str = "words.bin";
/// In place of a category.
const NONE: u32 = u32::MAX;

/// Where the words of one store are kept.
#[derive(Debug, Clone)]
pub struct WordsFile {
    path: PathBuf,
    /// Tells the store from every other.
    store: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    terms_version: u32,
    store: String,
    /// Everything that was written up to here is in it; of what came later, some may be.
    seq: u64,
    rows: usize,
    id_bytes: usize,
    tags: usize,
    slots: usize,
    terms: usize,
    names: usize,
    name_bytes: usize,
}

/// The columns of all questions, by ascending points.
#[derive(Default)]
pub struct Columns {
    points: Vec<u32>,
    /// Microseconds.
    created: Vec<i64>,
    id_lengths: Vec<u16>,
    ids: Vec<u8>,
    /// By name.
    languages: Vec<u32>,
    categories: Vec<u32>,
    tag_counts: Vec<u16>,
    tags: Vec<u32>,
    text_lengths: Vec<u32>,
    slots: Vec<u32>,
    /// Terms by their slots.
    terms: Vec<u64>,
    /// Of languages, categories and tags.
    names: Vec<String>,
    known: HashMap<String, u32>,
}

impl Columns {
    /// Adds a question, newer than those before it; its text by the slots of its terms.
    pub fn push(&mut self, point: PointId, entry: &Entry, text: &[u32]) {
        self.points.push(point.0);
        self.created.push(entry.created_at.as_microsecond());
        let id = entry.id.as_str().as_bytes();
        self.id_lengths.push(id.len() as u16);
        self.ids.extend(id);
        let language = self.name(entry.language.as_str());
        self.languages.push(language);
        let category = entry.category.as_deref().map_or(NONE, |category| self.name(category));
        self.categories.push(category);
        self.tag_counts.push(entry.tags.len() as u16);
        for tag in &entry.tags {
            let tag = self.name(tag);
            self.tags.push(tag);
        }
        self.text_lengths.push(text.len() as u32);
        self.slots.extend(text);
    }

    fn name(&mut self, name: &str) -> u32 {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.known.insert(name.to_owned(), number);
        number
    }

    /// The terms that slots stand for: told last, so that every slot is among them.
    pub fn set_terms(&mut self, terms: Vec<Term>) {
        self.terms = terms.into_iter().map(Term::digest).collect();
    }

    pub fn points(&self) -> impl Iterator<Item = PointId> + '_ {
        self.points.iter().map(|point| PointId(*point))
    }

    /// The catalog of those rows that `stays`.
    pub fn entries(&self, stays: impl Fn(PointId) -> bool) -> io::Result<Vec<(PointId, Entry)>> {
        let wrong = |_| damaged("its rows are wrong");
        let languages = self.names.iter().map(|name| Language::parse(name).ok()).collect::<Vec<_>>();
        let name = |number: u32| self.names.get(number as usize).cloned().ok_or_else(|| damaged("a name is missing"));
        let mut ids = Cuts::of(&self.ids);
        let mut tags = Cuts::of(&self.tags);
        let mut entries = Vec::with_capacity(self.points.len());
        for (row, point) in self.points().enumerate() {
            let id = ids.take(self.id_lengths[row].into())?;
            let tags = tags.take(self.tag_counts[row].into())?;
            if !stays(point) {
                continue;
            }
            let language = languages.get(self.languages[row] as usize).cloned().flatten();
            let entry = Entry {
                id: QuestionId::parse(std::str::from_utf8(id).map_err(|_| damaged("an id is no text"))?).map_err(wrong)?,
                language: language.ok_or_else(|| damaged("a language is missing"))?,
                category: (self.categories[row] != NONE).then(|| name(self.categories[row])).transpose()?,
                tags: tags.iter().map(|tag| name(*tag)).collect::<io::Result<_>>()?,
                created_at: Timestamp::from_microsecond(self.created[row]).map_err(|_| damaged("a time is none"))?,
            };
            entries.push((point, entry));
        }
        Ok(entries)
    }

    /// The words of those rows that `stays`.
    pub fn lexical(&self, stays: impl Fn(PointId) -> bool) -> io::Result<LexicalIndex> {
        let mut slots = Cuts::of(&self.slots);
        let mut texts = Vec::with_capacity(self.points.len());
        for (point, length) in self.points().zip(&self.text_lengths) {
            let text = slots.take(*length as usize)?;
            if stays(point) {
                texts.push((point, text));
            }
        }
        let terms = self.terms.iter().map(|digest| Term::from_digest(*digest)).collect();
        LexicalIndex::restored(terms, &texts).ok_or_else(|| damaged("its terms are wrong"))
    }
}

/// Parts of an array, one after the other.
struct Cuts<'a, T> {
    rest: &'a [T],
}

impl<'a, T> Cuts<'a, T> {
    fn of(rest: &'a [T]) -> Self {
        Self { rest }
    }

    fn take(&mut self, count: usize) -> io::Result<&'a [T]> {
        let (part, rest) = self.rest.split_at_checked(count).ok_or_else(|| damaged("its lengths are wrong"))?;
        self.rest = rest;
        Ok(part)
    }
}

impl WordsFile {
    pub fn new(folder: &Path, store: String) -> Self {
        Self { path: folder.join(NAME), store }
    }

    /// Writes the columns, durably. Cost: some 200 bytes a question.
    pub fn write(&self, seq: SeqNo, columns: &Columns) -> io::Result<()> {
        let names: Vec<u8> = columns.names.iter().flat_map(|name| name.bytes()).collect();
        let header = Header {
            format: FORMAT.into(),
            terms_version: TERMS_VERSION,
            store: self.store.clone(),
            seq: seq.0,
            rows: columns.points.len(),
            id_bytes: columns.ids.len(),
            tags: columns.tags.len(),
            slots: columns.slots.len(),
            terms: columns.terms.len(),
            names: columns.names.len(),
            name_bytes: names.len(),
        };
        let name_lengths: Vec<u32> = columns.names.iter().map(|name| name.len() as u32).collect();
        checked::write(&self.path, &header, |out: &mut Out| {
            out.numbers(&name_lengths)?;
            out.bytes(&names)?;
            out.numbers(&columns.points)?;
            out.numbers(&columns.created)?;
            out.numbers(&columns.id_lengths)?;
            out.bytes(&columns.ids)?;
            out.numbers(&columns.languages)?;
            out.numbers(&columns.categories)?;
            out.numbers(&columns.tag_counts)?;
            out.numbers(&columns.tags)?;
            out.numbers(&columns.text_lengths)?;
            out.numbers(&columns.slots)?;
            out.numbers(&columns.terms)
        })
    }

    /// What was kept and of which state; `None` where there is nothing, or of another store.
    pub fn read(&self) -> io::Result<Option<(SeqNo, Columns)>> {
        let Some((header, mut input)) = checked::open::<Header>(&self.path)? else { return Ok(None) };
        if header.format != FORMAT || header.terms_version != TERMS_VERSION || header.store != self.store {
            return Ok(None);
        }
        let names = read_names(&mut input, header.names, header.name_bytes)?;
        fn read<T: Pod>(input: &mut In, count: usize) -> io::Result<Vec<T>> {
            input.numbers(count)
        }
        let columns = Columns {
            points: read(&mut input, header.rows)?,
            created: read(&mut input, header.rows)?,
            id_lengths: read(&mut input, header.rows)?,
            ids: read(&mut input, header.id_bytes)?,
            languages: read(&mut input, header.rows)?,
            categories: read(&mut input, header.rows)?,
            tag_counts: read(&mut input, header.rows)?,
            tags: read(&mut input, header.tags)?,
            text_lengths: read(&mut input, header.rows)?,
            slots: read(&mut input, header.slots)?,
            terms: read(&mut input, header.terms)?,
            names,
            known: HashMap::new(),
        };
        input.finish()?;
        if !columns.points.is_sorted_by(|a, b| a < b) {
            return Err(damaged("its points do not ascend"));
        }
        Ok(Some((SeqNo(header.seq), columns)))
    }
}

fn read_names(input: &mut In, count: usize, bytes: usize) -> io::Result<Vec<String>> {
    let lengths: Vec<u32> = input.numbers(count)?;
    let bytes: Vec<u8> = input.numbers(bytes)?;
    let mut cuts = Cuts::of(&bytes);
    let name =
        |length: &u32| String::from_utf8(cuts.take(*length as usize)?.to_vec()).map_err(|_| damaged("a name is no text"));
    lengths.iter().map(name).collect()
}

/// Catalog and words of the rows of a file that are live and did not change.
pub fn restored(
    columns: &Columns,
    is_live: impl Fn(PointId) -> bool + Sync,
    is_changed: impl Fn(PointId) -> bool,
) -> io::Result<(Catalog, LexicalIndex)> {
    std::thread::scope(|scope| {
        let lexical = scope.spawn(|| columns.lexical(&is_live));
        let catalog = columns.entries(|point| is_live(point) && !is_changed(point)).map(Catalog::of)?;
        let lexical = lexical.join().unwrap_or_else(|_| Err(damaged("its words can't be read")))?;
        Ok((catalog, lexical))
    })
}
