//! From the data folder into memory: from files that are caches what they have, everything else from the store.

use std::path::Path;
use std::sync::atomic::AtomicU64;

use jiff::Timestamp;
use parking_lot::{Condvar, Mutex, RwLock};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use roaring::RoaringBitmap;

use super::Shared;
use super::words::{WordsFile, restored};
use crate::catalog::{Catalog, Entry};
use crate::index::{IndexOptions, Matrix, Segment, SegmentFiles, VectorIndex};
use crate::lexical::{LexicalIndex, Terms};
use crate::question::{Language, PointId, QuestionId, QuestionText};
use crate::store::{Moment, Reader, StoreError, StoredModel};

/// Texts that are split into terms together.
const TEXTS: usize = 8_192;

impl Shared {
    /// Reads all questions.
    pub fn load(
        folder: &Path,
        reader: &Reader,
        model: &StoredModel,
        options: IndexOptions,
        files: Option<SegmentFiles>,
        progress: impl FnMut(u64, u64),
    ) -> Result<Self, StoreError> {
        reader.at_one_moment(|moment| {
            let points = moment.points()?;
            let live: RoaringBitmap = points.iter().map(|point| point.0).collect();
            let words_file = WordsFile::new(folder, moment.identity()?);
            let (saved, words) = std::thread::scope(|scope| {
                let saved = scope.spawn(|| files.as_ref().map(|files| files.read(&live)).unwrap_or_default());
                let words = read_words(moment, &words_file, &live, progress);
                // A thread that panicked kept no segment: they are built anew.
                (saved.join().unwrap_or_default(), words)
            });
            let Words { catalog, lexical, from_store } = words?;
            let mut of_store = Vec::with_capacity(saved.len());
            for segment in saved {
                if is_of_store(moment, &segment, &live, model.dimension)? {
                    of_store.push(segment);
                } else {
                    tracing::warn!("a segment is of another history of the store; it is built anew");
                }
            }
            let segments = with_others(moment, of_store, &points, model.dimension)?;
            Ok(Self {
                index: VectorIndex::restored(options, model.dimension, segments, files),
                catalog: RwLock::new(catalog),
                lexical: RwLock::new(lexical),
                editorial: RwLock::new(moment.editorial()?),
                applied: AtomicU64::new(moment.seq()?.0),
                words_file,
                unkept: AtomicU64::new(from_store),
                dirty: Mutex::new(true),
                wake_upkeep: Condvar::new(),
                alert: Mutex::default(),
                written: Default::default(),
            })
        })
    }
}

/// Catalog and words of all questions.
struct Words {
    catalog: Catalog,
    lexical: LexicalIndex,
    /// Questions that were read from the store.
    from_store: u64,
}

/// From the file where there is one, and what it lacks from the store.
fn read_words(
    moment: &Moment<'_>,
    file: &WordsFile,
    live: &RoaringBitmap,
    progress: impl FnMut(u64, u64),
) -> Result<Words, StoreError> {
    let stored_seq = moment.seq()?;
    let kept = file.read().map(|kept| {
        let (seq, columns) = kept.filter(|(seq, _)| *seq <= stored_seq)?;
        let last = columns.points().last();
        // The file's rows first: words are noted by ascending points.
        let known: RoaringBitmap = columns.points().map(|point| point.0).collect();
        let new: Vec<PointId> = (live - &known).iter().map(PointId).collect();
        let follows = new.first().is_none_or(|first| Some(*first) > last);
        follows.then_some((seq, columns, known, new))
    });
    let kept = kept.unwrap_or_else(|error| {
        tracing::warn!(%error, "the kept words can't be used; all texts are read");
        None
    });
    let Some((seq, columns, known, new)) = kept else {
        return from_store(moment, Catalog::default(), LexicalIndex::default(), None, live.len(), progress);
    };
    let stored_after: RoaringBitmap = moment.stored_after(seq)?.into_iter().map(|point| point.0).collect();
    let changed = &stored_after & &known & live;
    let restored = restored(&columns, |point| live.contains(point.0), |point| changed.contains(point.0));
    drop(columns);
    match restored {
        Ok((catalog, lexical)) if same_history(moment, &lexical, &(known & live))? => {
            let wanted: Vec<PointId> = changed.iter().map(PointId).chain(new).collect();
            from_store(moment, catalog, lexical, Some(&wanted), wanted.len() as u64, progress)
        }
        unusable => {
            let error = unusable.err().map_or("they are of another history of the store".into(), |error| error.to_string());
            tracing::warn!(error, "the kept words can't be used; all texts are read");
            from_store(moment, Catalog::default(), LexicalIndex::default(), None, live.len(), progress)
        }
    }
}

/// Whether the newest of known points has the text that it had. An older copy of the database that was put back and went on gives
/// the same numbers to other questions: then it has not.
fn same_history(moment: &Moment<'_>, lexical: &LexicalIndex, known: &RoaringBitmap) -> Result<bool, StoreError> {
    let Some(newest) = known.max().map(PointId) else { return Ok(true) };
    let stored = moment.question(newest)?;
    Ok(stored.is_some_and(|stored| lexical.holds(newest, &Terms::of(&stored.question.text))))
}

/// Whether the newest live point of a segment has the vector that it had; see [`same_history`].
fn is_of_store(moment: &Moment<'_>, segment: &Segment, live: &RoaringBitmap, dimension: usize) -> Result<bool, StoreError> {
    let Some(row) = segment.points().iter().rposition(|point| live.contains(point.0)) else { return Ok(false) };
    let newest = segment.points()[row];
    let mut is_same = false;
    moment.for_each_vector((newest, newest), dimension, |_, vector| is_same = vector == segment.vectors().row(row))?;
    Ok(is_same)
}

/// Adds questions of the store: all, or those `of` these points. Of a question whose words are known the text is left out.
fn from_store(
    moment: &Moment<'_>,
    mut catalog: Catalog,
    mut lexical: LexicalIndex,
    of: Option<&[PointId]>,
    count: u64,
    mut progress: impl FnMut(u64, u64),
) -> Result<Words, StoreError> {
    let mut entries = Vec::new();
    let mut texts = Vec::new();
    let mut done = 0;
    moment.for_each_text(of, |read| {
        let damaged = |why: String| StoreError::Damaged { id: read.id.to_owned(), why };
        let entry = Entry {
            id: QuestionId::parse(read.id).map_err(|e| damaged(e.to_string()))?,
            language: Language::parse(read.language).map_err(|e| damaged(e.to_string()))?,
            category: read.category.map(str::to_owned),
            tags: read.tags,
            created_at: Timestamp::from_microsecond(read.created_at).map_err(|e| damaged(e.to_string()))?,
        };
        entries.push((read.point, entry));
        if lexical.text(read.point).is_empty() {
            let text = QuestionText::parse(read.title, read.body).map_err(|e| damaged(e.to_string()))?;
            texts.push((read.point, text));
        }
        if texts.len() == TEXTS {
            note_words(&mut lexical, &mut texts);
        }
        done += 1;
        progress(done, count);
        Ok(())
    })?;
    note_words(&mut lexical, &mut texts);
    match of {
        None => catalog = Catalog::of(entries),
        Some(_) => entries.into_iter().for_each(|(point, entry)| catalog.insert(point, entry)),
    }
    lexical.shrink();
    Ok(Words { catalog, lexical, from_store: done })
}

/// Segments that were saved, and others of the points (ascending) that lie before, between and after them.
fn with_others(
    moment: &Moment<'_>,
    saved: Vec<Segment>,
    points: &[PointId],
    dimension: usize,
) -> Result<Vec<Segment>, StoreError> {
    let mut segments = Vec::with_capacity(2 * saved.len() + 1);
    let mut rest = points;
    for segment in saved {
        let (first, last) = (segment.points()[0], segment.points()[segment.len() - 1]);
        let (before, others) = rest.split_at(rest.partition_point(|point| *point < first));
        segments.push(read_vectors(moment, before, dimension)?);
        segments.push(segment);
        rest = &others[others.partition_point(|point| *point <= last)..];
    }
    segments.push(read_vectors(moment, rest, dimension)?);
    Ok(segments)
}

/// A segment of these points, between which there is no other.
fn read_vectors(moment: &Moment<'_>, points: &[PointId], dimension: usize) -> Result<Segment, StoreError> {
    let mut vectors = Matrix::with_capacity(dimension, points.len());
    let mut wanted = points.iter();
    let mut strays = Vec::new();
    if let (Some(first), Some(last)) = (points.first(), points.last()) {
        moment.for_each_vector((*first, *last), dimension, |point, vector| {
            if wanted.next() == Some(&point) {
                vectors.push(vector);
            } else {
                strays.push(point);
            }
        })?;
    }
    match strays.first().or(wanted.next()) {
        None => Ok(Segment::new(points.to_vec(), vectors)),
        Some(point) => Err(StoreError::Damaged {
            id: format!("of point {}", point.0),
            why: "a question lacks its embedding, or an embedding its question".into(),
        }),
    }
}

/// Takes in texts, which are split on all cores.
fn note_words(lexical: &mut LexicalIndex, texts: &mut Vec<(PointId, QuestionText)>) {
    let split = |(point, text): (PointId, QuestionText)| (point, Terms::of(&text));
    let terms: Vec<(PointId, Terms)> = std::mem::take(texts).into_par_iter().map(split).collect();
    terms.iter().for_each(|(point, terms)| lexical.insert(*point, terms));
}
