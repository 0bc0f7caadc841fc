//! The list of every question, written out: as JSON Lines, as fragments of HTML, or as whole pages.
//!
//! A run renders only the lists that changed since the folder was written, replaces files whole, leaves those alone that are as
//! they should be, and can be killed at any moment: the next run ends with the same files, byte for byte.

mod layout;
mod links;
mod published;
mod render;
mod report;
mod shelf;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::corpus::Corpus;
use crate::duplicates::Judge;
use crate::lists::Lists;
use crate::question::{PointId, SeqNo};
use crate::recommend::{Arrangement, Candidate, Fill, Kind, Known, Mode, Questions};
use crate::store::StoreError;
pub use links::LinkRules;
use links::{Link, Links};
use published::{Entry, OURS, Published, replace};
pub use published::{FolderError, take as take_folder};
pub use render::{Format, Listed, ListedItem, RenderError, Renderer, description, percent_encoded};
pub use report::{LinkReport, Report, ShortReport};
use shelf::Shelf;

/// Questions that are read and rendered together.
const CHUNK: usize = 512;
/// Points that share one part file of JSON Lines.
const PART: u32 = 10_000;

#[derive(Debug, Error)]
pub enum PagesError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the changes since {since} are asked for, but the store is at {seq} only; is it another store?")]
    Since { since: u64, seq: u64 },
    #[error("the plot of links can't be drawn: {0}")]
    Plot(String),
}

/// What is written, and where.
pub struct Job<'a> {
    pub folder: &'a Path,
    pub renderer: &'a Renderer,
    pub rules: LinkRules,
    pub mode: Mode,
    pub arrangement: Arrangement,
    pub fill: Fill,
    /// Also write what changed after this state of the store into `.likewise/changes.jsonl`.
    pub since: Option<SeqNo>,
    /// Of everything else that decides how a list looks: template and options.
    pub settings: String,
    pub threads: usize,
}

/// One question's list, ready to be rendered.
struct Plan {
    /// Best first, then the fill.
    items: Vec<(Link, Kind)>,
    digest: String,
}

/// Writes the lists of all questions into the folder. `progress` is told how many of how many are done; each is chosen first,
/// and written when all are.
pub fn write(
    corpus: &Corpus,
    judge: &Judge,
    lists: &Lists,
    job: &Job<'_>,
    progress: impl Fn(usize, usize) + Sync,
) -> Result<Report, PagesError> {
    take_folder(job.folder)?;
    let seq = lists.seq();
    if let Some(since) = job.since.filter(|since| *since > seq) {
        return Err(PagesError::Since { since: since.0, seq: seq.0 });
    }
    let before = Published::read(job.folder, job.renderer.format().name())?;
    let asked = job.asked(corpus, judge)?;
    if let Some(report) = nothing_to_do(job, &before, seq, &asked)? {
        return Ok(report);
    }
    published::begin(job.folder)?;
    let shelf = Shelf::new(corpus, judge, job);
    let links = shelf.choose_all(lists, |done, all| progress(done, 2 * all))?;
    let seqs = corpus.seqs()?;
    let store = corpus.identity()?;
    let run = Run { shelf, corpus, job, store, asked, links, seqs, before, seq };
    run.announce()?;
    let outcome = run.render_all(|done, all| progress(all + done, 2 * all))?;
    run.finish(&outcome)
}

/// The report of the run before, where the store, all that is asked for and every file are as that run left them.
fn nothing_to_do(job: &Job<'_>, before: &Published, seq: SeqNo, asked: &str) -> Result<Option<Report>, PagesError> {
    let same = before.seq == seq.0 && before.asked == asked && job.since.is_none() && !published::is_running(job.folder);
    let Some(report) = Report::read(&job.folder.join(OURS)).filter(|_| same) else { return Ok(None) };
    let there = match job.renderer.format() {
        Format::Jsonl => {
            let parts = files_of(job.folder, "related-", ".jsonl")?;
            parts.iter().filter_map(|part| lines_of(part)).sum::<usize>() as u64 == report.questions
        }
        Format::Html | Format::Page => {
            let mut entries = before.entries.iter().filter(|(_, entry)| !entry.gone);
            entries.all(|(id, _)| job.folder.join(layout::path(id)).is_file())
        }
    };
    let report = Report { written: 0, unchanged: report.questions, removed: 0, since: None, changed: None, ..report };
    Ok(there.then_some(report))
}

/// How many lines a file has; `None` where it can't be read.
fn lines_of(path: &Path) -> Option<usize> {
    let bytes = std::fs::read(path).ok()?;
    Some(bytes.iter().filter(|byte| **byte == b'\n').count())
}

impl Job<'_> {
    /// Digest of all that decides lists beside the questions.
    fn asked(&self, corpus: &Corpus, judge: &Judge) -> Result<String, StoreError> {
        let Self { rules, mode, arrangement, fill, settings, .. } = self;
        let (store, model, judge) = (corpus.identity()?, &corpus.model().fingerprint, judge.identity());
        let asked = format!("{store} {model} {judge} {rules:?} {mode:?} {arrangement:?} {fill:?} {settings}");
        Ok(hexadecimal(&Sha256::digest(asked)))
    }
}

/// The first 12 bytes.
fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// Does pieces of work on several threads, until one fails.
fn in_parallel(threads: usize, pieces: usize, work: impl Fn(usize) -> Result<(), PagesError> + Sync) -> Result<(), PagesError> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let run = || {
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces || failure.lock().is_some() {
                return;
            }
            if let Err(error) = work(piece) {
                *failure.lock() = Some(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.max(1) {
            scope.spawn(run);
        }
        run();
    });
    failure.into_inner().map_or(Ok(()), Err)
}

struct Run<'a> {
    shelf: Shelf<'a>,
    corpus: &'a Corpus,
    job: &'a Job<'a>,
    /// What tells the store from others.
    store: String,
    /// See [`Published::asked`].
    asked: String,
    links: Links,
    /// When each question was stored last.
    seqs: HashMap<PointId, SeqNo>,
    before: Published,
    seq: SeqNo,
}

/// What became of the lists.
#[derive(Default)]
struct Outcome {
    entries: Mutex<HashMap<String, Entry>>,
    written: AtomicU64,
    unchanged: AtomicU64,
    full: AtomicU64,
    short: AtomicU64,
    filled: AtomicU64,
    empty: AtomicU64,
    listed: AtomicU64,
    collapsed: AtomicU64,
    other_language: AtomicU64,
    pinned: AtomicU64,
}

impl Run<'_> {
    fn format(&self) -> Format {
        self.job.renderer.format()
    }

    /// Notes new questions before their files are there, so that a file is never left behind by a run that was killed.
    fn announce(&self) -> Result<(), PagesError> {
        let points = self.links.points();
        let mut entries = self.before.entries.clone();
        let mut news = false;
        for chunk in points.chunks(8_192) {
            for id in self.corpus.ids(chunk).into_iter().flatten() {
                let entry = entries.entry(id.as_str().to_owned()).or_default();
                news |= entry.digest.is_empty() || entry.gone;
                entry.gone = false;
            }
        }
        if news && self.format() != Format::Jsonl {
            let (format, seq) = (self.before.format.clone(), self.before.seq);
            Published { format, seq, asked: String::new(), entries }.write(self.job.folder)?;
        }
        Ok(())
    }

    fn render_all(&self, progress: impl Fn(usize, usize) + Sync) -> Result<Outcome, PagesError> {
        let outcome = Outcome::default();
        let parts = self.parts();
        let done = AtomicUsize::new(0);
        let total = self.links.points().len();
        in_parallel(self.job.threads, parts.len(), |part| {
            self.render_part(parts[part].clone(), &outcome)?;
            progress(done.fetch_add(parts[part].len(), Ordering::Relaxed) + parts[part].len(), total);
            Ok(())
        })?;
        Ok(outcome)
    }

    /// Positions that are done together: those of one part file, or as many as are read at once.
    fn parts(&self) -> Vec<std::ops::Range<usize>> {
        let points = self.links.points();
        if self.format() != Format::Jsonl {
            return (0..points.len()).step_by(CHUNK).map(|start| start..points.len().min(start + CHUNK)).collect();
        }
        let mut parts = Vec::new();
        let mut start = 0;
        while start < points.len() {
            let part = points[start].0 / PART;
            let end = start + points[start..].partition_point(|point| point.0 / PART <= part);
            parts.push(start..end);
            start = end;
        }
        parts
    }

    fn render_part(&self, part: std::ops::Range<usize>, outcome: &Outcome) -> Result<(), PagesError> {
        let points = &self.links.points()[part.clone()];
        let ids = self.corpus.ids(points);
        let plans = part.clone().map(|position| self.plan(position)).collect::<Result<Vec<Plan>, StoreError>>()?;
        let mut changed = Vec::new();
        let mut entries = Vec::with_capacity(plans.len());
        for ((position, plan), id) in part.clone().zip(&plans).zip(&ids) {
            let Some(id) = id else { continue };
            outcome.count(plan, self.job.rules.limit, self.other_language(points[position - part.start], plan));
            let known = self.before.entries.get(id.as_str()).filter(|entry| !entry.gone && entry.digest == plan.digest);
            if known.is_none() || self.is_missing(id.as_str()) {
                changed.push(position - part.start);
            }
            let seq = known.map_or(self.seq.0, |entry| entry.seq);
            entries.push((id.as_str().to_owned(), Entry { digest: plan.digest.clone(), seq, gone: false }));
        }
        let written = match self.format() {
            Format::Jsonl => self.write_part(points, &plans, &changed)?,
            Format::Html | Format::Page => self.write_files(points, &plans, &changed)?,
        };
        outcome.written.fetch_add(written as u64, Ordering::Relaxed);
        outcome.unchanged.fetch_add((entries.len() - written.min(entries.len())) as u64, Ordering::Relaxed);
        outcome.entries.lock().extend(entries);
        Ok(())
    }

    /// How many listed questions are in another language than their list's question.
    fn other_language(&self, own: PointId, plan: &Plan) -> usize {
        let points: Vec<PointId> = plan.items.iter().map(|(link, _)| link.point).chain([own]).collect();
        let mut languages = self.corpus.noted(&points);
        let own = languages.pop().flatten().map(|(language, _)| language);
        languages.into_iter().flatten().filter(|(language, _)| Some(language) != own.as_ref()).count()
    }

    /// Whether somebody took a question's file away.
    fn is_missing(&self, id: &str) -> bool {
        self.format() != Format::Jsonl && !self.job.folder.join(layout::path(id)).exists()
    }

    fn plan(&self, position: usize) -> Result<Plan, StoreError> {
        let own = self.links.points()[position];
        let mut items: Vec<(Link, Kind)> = self.links.list(position).iter().map(|link| (link.clone(), Kind::Related)).collect();
        if self.job.fill != Fill::None && items.len() < self.job.rules.limit {
            items.extend(self.latest(own, &items)?.into_iter().map(|candidate| (candidate.into(), Kind::Latest)));
        }
        let digest = self.digest(own, &items);
        Ok(Plan { items, digest })
    }

    fn latest(&self, own: PointId, listed: &[(Link, Kind)]) -> Result<Vec<Candidate>, StoreError> {
        let Some(query) = self.shelf.query(own, self.corpus.ids(&[own]).pop().flatten()) else { return Ok(Vec::new()) };
        let points: Vec<PointId> = listed.iter().map(|(link, _)| link.point).collect();
        let folded: Vec<PointId> = listed.iter().flat_map(|(link, _)| link.duplicates().iter().copied()).collect();
        let allowed = self.shelf.allowed(&query);
        self.shelf.maker(&query, &allowed).latest(&points, &folded)
    }

    /// Of all that a list shows.
    fn digest(&self, own: PointId, items: &[(Link, Kind)]) -> String {
        let mut digest = Sha256::new();
        // Two stores may have come to the same points and states by other questions.
        digest.update(&self.store);
        digest.update(&self.job.settings);
        let mut version = |point: PointId| {
            digest.update(point.0.to_le_bytes());
            digest.update(self.seqs.get(&point).map_or(0, |seq| seq.0).to_le_bytes());
        };
        version(own);
        items.iter().for_each(|(link, _)| version(link.point));
        for (link, kind) in items {
            digest.update(link.semantic.to_le_bytes());
            digest.update([u8::from(*kind == Kind::Latest), u8::from(link.pinned)]);
            digest.update(link.duplicates().len().to_le_bytes());
            link.duplicates().iter().for_each(|point| digest.update(point.0.to_le_bytes()));
        }
        hexadecimal(&digest.finalize())
    }

    /// What some lists show, read once each.
    fn read(&self, points: &[PointId], plans: &[Plan], which: &[usize]) -> Result<Shown, StoreError> {
        let of = |index: &usize| plans[*index].items.iter().map(|(link, _)| link.point).chain([points[*index]]);
        let needed: Vec<PointId> = which.iter().flat_map(of).collect::<BTreeSet<_>>().into_iter().collect();
        let questions = self.shelf.known(&needed)?;
        let questions = needed.into_iter().zip(questions).filter_map(|(point, known)| Some((point, known?))).collect();
        let folded = which.iter().flat_map(|index| plans[*index].items.iter().flat_map(|(link, _)| link.duplicates()));
        let folded: Vec<PointId> = folded.copied().collect::<BTreeSet<_>>().into_iter().collect();
        let ids = self.corpus.ids(&folded);
        let ids = folded.into_iter().zip(ids).filter_map(|(point, id)| Some((point, id?.to_string()))).collect();
        Ok(Shown { questions, ids })
    }

    /// `None` where the question is gone: a server beside may delete it while this runs. So may listed ones be, and are left out.
    fn listed<'q>(&self, point: PointId, plan: &Plan, shown: &'q Shown) -> Option<Listed<'q>> {
        let get = |point: &PointId| shown.questions.get(point).map(|known| &known.stored);
        let item = |(link, kind): &(Link, Kind)| {
            let duplicates = link.duplicates().iter().filter_map(|point| shown.ids.get(point).cloned()).collect();
            let Link { point, semantic, pinned, .. } = *link;
            Some(ListedItem { question: get(&point)?, score: semantic, kind: *kind, pinned, duplicates })
        };
        Some(Listed { question: &get(&point)?.question, items: plan.items.iter().filter_map(item).collect() })
    }

    /// The part file of all lists of some points, where one of them changed.
    fn write_part(&self, points: &[PointId], plans: &[Plan], changed: &[usize]) -> Result<usize, PagesError> {
        let path = self.part_path(points[0].0 / PART);
        if changed.is_empty() && lines_of(&path) == Some(points.len()) {
            return Ok(0);
        }
        let mut text = String::new();
        let all: Vec<usize> = (0..points.len()).collect();
        for chunk in all.chunks(CHUNK) {
            let questions = self.read(points, plans, chunk)?;
            for &index in chunk {
                if let Some(listed) = self.listed(points[index], &plans[index], &questions) {
                    text += &self.job.renderer.render(&listed)?;
                    text.push('\n');
                }
            }
        }
        Ok(if write_if_other(&path, &text)? { changed.len().max(1) } else { 0 })
    }

    fn part_path(&self, part: u32) -> PathBuf {
        self.job.folder.join(format!("related-{part:05}.jsonl"))
    }

    fn write_files(&self, points: &[PointId], plans: &[Plan], changed: &[usize]) -> Result<usize, PagesError> {
        let questions = self.read(points, plans, changed)?;
        let mut written = 0;
        for &index in changed {
            let Some(listed) = self.listed(points[index], &plans[index], &questions) else { continue };
            let path = self.job.folder.join(layout::path(listed.question.id.as_str()));
            written += usize::from(write_if_other(&path, &self.job.renderer.render(&listed)?)?);
        }
        Ok(written)
    }

    /// Removes what is gone, makes all of it last, and notes what is there.
    fn finish(self, outcome: &Outcome) -> Result<Report, PagesError> {
        let entries = std::mem::take(&mut *outcome.entries.lock());
        let (format, asked) = (self.before.format.clone(), self.asked.clone());
        let mut after = Published { format, seq: self.seq.0, asked, entries };
        let removed = self.remove_gone(&mut after)?;
        // Before it is noted that the files are there: a note that is ahead of its files would never be doubted.
        rustix::fs::sync();
        after.write(self.job.folder)?;
        let changed = self.job.since.map(|since| self.write_changes(since, &after)).transpose()?;
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let report = Report {
            seq: self.seq.0,
            since: self.job.since.map(|since| since.0),
            questions: after.entries.values().filter(|entry| !entry.gone).count() as u64,
            written: count(&outcome.written),
            unchanged: count(&outcome.unchanged),
            removed,
            changed,
            lists: ShortReport {
                full: count(&outcome.full),
                short: count(&outcome.short),
                filled: count(&outcome.filled),
                empty: count(&outcome.empty),
                listed: count(&outcome.listed),
                collapsed: count(&outcome.collapsed),
                other_language: count(&outcome.other_language),
                pinned: count(&outcome.pinned),
            },
            links: LinkReport::of(&self.links, self.job.rules),
        };
        report.write(&self.job.folder.join(OURS), self.links.standing())?;
        published::end(self.job.folder)?;
        Ok(report)
    }

    fn remove_gone(&self, after: &mut Published) -> Result<u64, PagesError> {
        let mut removed = 0;
        for (id, entry) in &self.before.entries {
            if after.entries.contains_key(id) {
                continue;
            }
            if entry.gone {
                after.entries.insert(id.clone(), entry.clone());
                continue;
            }
            removed += 1;
            after.entries.insert(id.clone(), Entry { digest: String::new(), seq: self.seq.0, gone: true });
            remove(&self.job.folder.join(layout::path(id)))?;
        }
        if self.format() == Format::Jsonl {
            let parts: BTreeSet<PathBuf> = self.links.points().iter().map(|point| self.part_path(point.0 / PART)).collect();
            for path in files_of(self.job.folder, "related-", ".jsonl")? {
                if !parts.contains(&path) {
                    remove(&path)?;
                }
            }
        }
        Ok(removed)
    }

    /// One line a list that changed after `since`, and one a question that went.
    fn write_changes(&self, since: SeqNo, after: &Published) -> Result<u64, PagesError> {
        let mut positions = Vec::new();
        let points = self.links.points();
        for (chunk, points) in points.chunks(8_192).enumerate() {
            for (index, id) in self.corpus.ids(points).into_iter().enumerate() {
                let Some(id) = id else { continue };
                if after.entries.get(id.as_str()).is_some_and(|entry| !entry.gone && entry.seq > since.0) {
                    positions.push(chunk * 8_192 + index);
                }
            }
        }
        let mut text = String::new();
        for chunk in positions.chunks(CHUNK) {
            let plans = chunk.iter().map(|position| self.plan(*position)).collect::<Result<Vec<Plan>, StoreError>>()?;
            let own: Vec<PointId> = chunk.iter().map(|position| points[*position]).collect();
            let questions = self.read(&own, &plans, &(0..plans.len()).collect::<Vec<_>>())?;
            for (point, plan) in own.iter().zip(&plans) {
                if let Some(listed) = self.listed(*point, plan, &questions) {
                    text += &self.job.renderer.render_line(&listed)?;
                    text.push('\n');
                }
            }
        }
        let mut gone: Vec<&String> =
            after.entries.iter().filter(|(_, entry)| entry.gone && entry.seq > since.0).map(|(id, _)| id).collect();
        gone.sort();
        for id in &gone {
            text += &serde_json::json!({ "id": id, "deleted": true }).to_string();
            text.push('\n');
        }
        let path = self.job.folder.join(OURS).join("changes.jsonl");
        replace(&path, true, |out| std::io::Write::write_all(out, text.as_bytes()))?;
        Ok((positions.len() + gone.len()) as u64)
    }
}

/// What some lists show.
struct Shown {
    questions: HashMap<PointId, Arc<Known>>,
    /// Of questions that others stand for.
    ids: HashMap<PointId, String>,
}

impl Outcome {
    fn count(&self, plan: &Plan, limit: usize, other_language: usize) {
        let related = plan.items.iter().filter(|(_, kind)| *kind == Kind::Related).count();
        let counters = [
            (related == limit, &self.full),
            (related < limit, &self.short),
            (plan.items.len() > related, &self.filled),
            (plan.items.is_empty(), &self.empty),
        ];
        for (_, counter) in counters.into_iter().filter(|(holds, _)| *holds) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let collapsed = plan.items.iter().map(|(link, _)| link.duplicates().len()).sum();
        let pinned = plan.items.iter().filter(|(link, _)| link.pinned).count();
        let sums = [
            (plan.items.len(), &self.listed),
            (collapsed, &self.collapsed),
            (other_language, &self.other_language),
            (pinned, &self.pinned),
        ];
        for (number, counter) in sums {
            counter.fetch_add(number as u64, Ordering::Relaxed);
        }
    }
}

/// Replaces a file unless it has these very contents; tells whether it did.
fn write_if_other(path: &Path, text: &str) -> Result<bool, FolderError> {
    if std::fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| FolderError::Write { path: folder.to_owned(), source })?;
    }
    replace(path, false, |out| std::io::Write::write_all(out, text.as_bytes()))?;
    Ok(true)
}

fn remove(path: &Path) -> Result<(), FolderError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(FolderError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn files_of(folder: &Path, start: &str, end: &str) -> Result<Vec<PathBuf>, FolderError> {
    let failed = |source| FolderError::Write { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(start) && name.ends_with(end) {
            found.push(entry.path());
        }
    }
    Ok(found)
}
