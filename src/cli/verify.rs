//! `likewise verify`.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::Done;
use super::progress::Progress;
use crate::app::{App, load_model};
use crate::config::Config;
use crate::corpus::{Corpus, CorpusError, stored_model};
use crate::embed::{Model, compose};
use crate::index::{SearchMode, SegmentFiles};
use crate::lists::Lists;
use crate::question::PointId;
use crate::recommend::{DEFAULT_LIMIT, depth};
use crate::store::{LockError, Moment, Page, Reader, Store, StoreError};

/// Texts that are embedded again.
const EMBEDDED: usize = 64;
/// A text embedded again is at least so near to what is stored: other batches and other instructions round otherwise.
const SAME: f32 = 0.999;
/// Rounding of a vector's length.
const UNIT: f32 = 1e-3;
/// The graph must find so many of the nearest.
const LEAST_RECALL: f64 = 0.95;
/// Questions for which the nearest are found exactly as well.
const AUDITED: usize = 200;
const NEAREST: usize = 20;
/// Faults of a kind that are told one by one.
const TOLD: usize = 10;

/// Check everything that is stored, and what was derived from it.
///
/// Reads the whole data folder: the database by its own check, every question and embedding, every cached file by its checksum;
/// embeds some texts again, looks every question up in the index. Beside a server it leaves out the index, which that one has in
/// memory. Nothing that is stored is changed; as at every start, caches that can't be used are removed.
#[derive(Debug, Args)]
pub struct Verify {
    /// JSON in place of lines
    #[arg(long)]
    json: bool,
}

/// What one check found.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    /// What was looked at.
    checked: String,
    /// Empty where all is well.
    faults: Vec<String>,
}

impl Check {
    fn new(name: &'static str, checked: impl Into<String>, mut faults: Vec<String>) -> Self {
        let more = faults.len().saturating_sub(TOLD);
        faults.truncate(TOLD);
        if more > 0 {
            faults.push(format!("and {more} more"));
        }
        Self { name, checked: checked.into(), faults }
    }
}

impl Verify {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        let reader = Store::open_beside(&config.data_dir)?.reader();
        let mut checks = vec![database(&reader)?, questions(&reader)?];
        let model = load_model(config)?;
        checks.push(embeddings(&reader, &model)?);
        checks.extend(files(config, &model)?);
        drop((reader, model));
        checks.extend(index(config)?);
        let faults: usize = checks.iter().map(|check| check.faults.len()).sum();
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{:#}", serde_json::json!({ "ok": faults == 0, "checks": checks }))?;
        } else {
            for Check { name, checked, faults } in &checks {
                writeln!(out, "{:<8} {name:<11} {checked}", if faults.is_empty() { "ok" } else { "FAILED" })?;
                faults.iter().try_for_each(|fault| writeln!(out, "         {fault}"))?;
            }
        }
        anyhow::ensure!(faults == 0, "not all is well with {}", config.data_dir.display());
        Ok(Done::Fully)
    }
}

/// The database by its own rules.
fn database(reader: &Reader) -> anyhow::Result<Check> {
    Ok(Check::new("database", "structure, indexes and references", reader.faults()?))
}

/// Every question passes the doors that a new one passes.
fn questions(reader: &Reader) -> anyhow::Result<Check> {
    let mut progress = Progress::items("reading questions", reader.count()?);
    let mut page = Page { limit: 1_000, ..Page::default() };
    let (mut count, mut faults) = (0, Vec::new());
    loop {
        match reader.page(&page) {
            Ok(questions) => match questions.last() {
                Some(last) => {
                    count += questions.len() as u64;
                    page.after = Some(last.question.id.clone());
                    progress.update(count, count);
                }
                None => break,
            },
            // What follows can't be told from what is damaged.
            Err(error @ StoreError::Damaged { .. }) => {
                faults.push(error.to_string());
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    progress.finish();
    Ok(Check::new("questions", format!("{count} questions"), faults))
}

/// Every question has a vector of length one, and some texts lead to theirs again.
fn embeddings(reader: &Reader, model: &Model) -> anyhow::Result<Check> {
    let expected = stored_model(model);
    if let Some(stored) = reader.model()?.filter(|stored| stored.fingerprint != expected.fingerprint) {
        return Err(CorpusError::mismatch(stored, expected).into());
    }
    let dimension = expected.dimension;
    reader.at_one_moment(|moment| {
        let points = moment.points()?;
        let mut faults = lengths(moment, &points, dimension)?;
        let sample = points.iter().copied().step_by((points.len() / EMBEDDED).max(1)).take(EMBEDDED);
        for point in sample {
            faults.extend(embedded_again(moment, point, model)?);
        }
        let checked = format!("{} vectors of {dimension} numbers; up to {EMBEDDED} texts embedded again", points.len());
        Ok(Check::new("embeddings", checked, faults))
    })
}

fn lengths(moment: &Moment<'_>, points: &[PointId], dimension: usize) -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut wanted = points.iter().peekable();
    let read = moment.for_each_vector((PointId(0), PointId(u32::MAX)), dimension, |point, vector| {
        while let Some(missing) = wanted.next_if(|wanted| **wanted < point) {
            faults.push(format!("point {} has no vector", missing.0));
        }
        if wanted.next_if_eq(&&point).is_none() {
            faults.push(format!("the vector of point {} has no question", point.0));
        }
        let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
        if (length - 1.0).abs() > UNIT {
            faults.push(format!("the vector of point {} has length {length}", point.0));
        }
    });
    match read {
        Ok(()) => faults.extend(wanted.map(|missing| format!("point {} has no vector", missing.0))),
        Err(error @ StoreError::Damaged { .. }) => faults.push(error.to_string()),
        Err(error) => return Err(error.into()),
    }
    Ok(faults)
}

/// A fault where a text does not lead to the vector that is stored for it.
fn embedded_again(moment: &Moment<'_>, point: PointId, model: &Model) -> anyhow::Result<Option<String>> {
    let Some(stored) = moment.question(point)? else { return Ok(None) };
    let tokens = model.tokenize(&compose(&stored.question.text))?;
    let again = model.encode(&[&tokens])?.pop().context("one text has one embedding")?;
    let mut similarity = None;
    moment.for_each_vector((point, point), again.as_slice().len(), |_, vector| {
        similarity = Some(vector.iter().zip(again.as_slice()).map(|(a, b)| a * b).sum::<f32>());
    })?;
    let id = &stored.question.id;
    Ok(similarity
        .filter(|similarity| *similarity < SAME)
        .map(|similarity| format!("question {} embedded again is another one (cosine {similarity:.4})", id.as_str())))
}

/// Files that are caches.
fn files(config: &Config, model: &Model) -> anyhow::Result<Vec<Check>> {
    let stored = stored_model(model);
    let fingerprint = stored.fingerprint.to_string();
    let told = |name: &str, why: String| format!("{name} {why}; it is a cache, and the next start makes it anew");
    let shown = depth(DEFAULT_LIMIT);
    let lists = config.lists_file(shown);
    let (checked, fault) = match Lists::check(&lists, &fingerprint, shown) {
        Ok(Some(lists)) => (format!("{lists} lists"), None),
        Ok(None) => ("none were kept".into(), None),
        Err(error) => ("the lists' file".into(), Some(told("the lists' file", format!("can't be used: {error}")))),
    };
    let lists = Check::new("lists", checked, fault.into_iter().collect());
    let segments = SegmentFiles { folder: config.data_dir.clone(), model: fingerprint, dimension: stored.dimension };
    let segments = segments.check().context("the data folder can't be listed")?;
    let faults = segments.iter().filter_map(|(path, usable)| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match usable {
            Ok(true) => None,
            Ok(false) => Some(told(&name, "is of another model".into())),
            Err(error) => Some(told(&name, format!("can't be used: {error}"))),
        }
    });
    let checked = format!("{} files of vectors and graphs", segments.len());
    Ok(vec![Check::new("segments", checked, faults.collect()), lists])
}

/// Every point finds itself, and some their nearest. `None` where another process holds the folder.
fn index(config: &Config) -> anyhow::Result<Option<Check>> {
    let mut progress = Progress::items("loading", 0);
    let app = match App::open(config, |done, _| progress.update(done, done)) {
        Ok(app) => app,
        Err(error) if matches!(error.downcast_ref(), Some(CorpusError::Locked(LockError::Held { .. }))) => {
            eprintln!("a server uses the folder: its index is not looked at; /v1/status tells its recall");
            return Ok(None);
        }
        // What the other checks found is told all the same.
        Err(error) => return Ok(Some(Check::new("index", "the data folder can't be loaded", vec![format!("{error:#}")]))),
    };
    progress.finish();
    let corpus = &app.corpus;
    let stats = corpus.index_stats();
    let mut faults = lost_points(corpus);
    let recall = recall(corpus);
    if recall < LEAST_RECALL {
        faults.push(format!("searches find {:.1}% of the nearest {NEAREST}", recall * 100.0));
    }
    let checked = format!(
        "{} points looked up, {} by graphs; recall@{NEAREST} {recall:.4} on up to {AUDITED} questions",
        corpus.len(),
        stats.in_graphs
    );
    app.close();
    Ok(Some(Check::new("index", checked, faults)))
}

/// Points that a search for their own vector does not find, nor what is as near.
fn lost_points(corpus: &Corpus) -> Vec<String> {
    let live = corpus.live();
    let points: Vec<PointId> = live.iter().map(PointId).collect();
    let mut progress = Progress::items("looking up", points.len() as u64);
    let done = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let is_lost = |point: &PointId| {
        let found = corpus.embedding(*point).map(|own| {
            let nearest = corpus.nearest(&own, 1, &live, SearchMode::Approximate);
            nearest.first().is_some_and(|best| best.similarity.value() > SAME)
        });
        done.fetch_add(1, Ordering::Relaxed);
        found != Some(true)
    };
    let lost = std::thread::scope(|scope| {
        let parts: Vec<_> = points.chunks(points.len().div_ceil(threads).max(1)).collect();
        let work =
            parts.into_iter().map(|part| scope.spawn(move || part.iter().filter(|point| is_lost(point)).collect::<Vec<_>>()));
        let work: Vec<_> = work.collect();
        while !work.iter().all(|part| part.is_finished()) {
            let done = done.load(Ordering::Relaxed);
            progress.update(done, done);
            std::thread::park_timeout(std::time::Duration::from_millis(100));
        }
        work.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    progress.finish();
    let told = |point: &&PointId| match corpus.ids(&[**point]).pop().flatten() {
        Some(id) => format!("a search for question {} does not find it", id.as_str()),
        None => format!("point {} has no question", point.0),
    };
    lost.iter().map(told).collect()
}

fn recall(corpus: &Corpus) -> f64 {
    let live = corpus.live();
    let step = (live.len() as usize / AUDITED).max(1);
    let (mut found, mut wanted) = (0, 0);
    for point in live.iter().step_by(step).take(AUDITED) {
        let Some(own) = corpus.embedding(PointId(point)) else { continue };
        let exact = corpus.nearest(&own, NEAREST, &live, SearchMode::Exact);
        let Some(least) = exact.last() else { continue };
        let near = corpus.nearest(&own, NEAREST, &live, SearchMode::Approximate);
        found += near.iter().filter(|neighbor| neighbor.similarity >= least.similarity).count();
        wanted += exact.len();
    }
    if wanted == 0 { 1.0 } else { found as f64 / wanted as f64 }
}
