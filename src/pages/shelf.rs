//! Which questions the list of each question shows: chosen as the HTTP API chooses them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use moka::sync::Cache;
use parking_lot::Mutex;
use roaring::RoaringBitmap;

use super::links::{Link, LinkRules, Links};
use super::{CHUNK, Job, PagesError, in_parallel};
use crate::corpus::Corpus;
use crate::duplicates::Judge;
use crate::filter::Filter;
use crate::index::{Neighbor, SearchMode};
use crate::lists::Lists;
use crate::question::{PointId, Question, QuestionId};
use crate::recommend::{Allowed, Candidate, Known, ListMaker, Placed, Questions, RelatedQuery, depth};
use crate::store::{StoreError, StoredQuestion};

/// Memory for questions that were read, in bytes.
const CACHE_BYTES: u64 = 256 << 20;

/// Where lists are chosen and questions are read.
pub struct Shelf<'a> {
    corpus: &'a Corpus,
    judge: &'a Judge,
    job: &'a Job<'a>,
    /// Questions that were read: each stands in some twenty lists.
    cache: Cache<PointId, Arc<Known>>,
    /// What may stand in lists at all.
    listable: Arc<RoaringBitmap>,
}

impl Questions for Shelf<'_> {
    fn known(&self, points: &[PointId]) -> Result<Vec<Option<Arc<Known>>>, StoreError> {
        let mut known: Vec<Option<Arc<Known>>> = points.iter().map(|point| self.cache.get(point)).collect();
        let missing: Vec<usize> = (0..points.len()).filter(|position| known[*position].is_none()).collect();
        let wanted: Vec<PointId> = missing.iter().map(|position| points[*position]).collect();
        for (position, stored) in missing.into_iter().zip(self.corpus.by_points(&wanted)?) {
            let Some(question) = stored.map(|stored| Arc::new(Known::new(stored))) else { continue };
            self.cache.insert(points[position], Arc::clone(&question));
            known[position] = Some(question);
        }
        Ok(known)
    }
}

impl<'a> Shelf<'a> {
    pub fn new(corpus: &'a Corpus, judge: &'a Judge, job: &'a Job<'a>) -> Self {
        let weigher = |_: &PointId, known: &Arc<Known>| weight(&known.stored);
        let cache = Cache::builder().weigher(weigher).max_capacity(CACHE_BYTES).build();
        Self { corpus, judge, job, cache, listable: corpus.allowed(&Filter::default()) }
    }

    /// Chooses the lists of all settled questions.
    pub fn choose_all(&self, lists: &Lists, progress: impl Fn(usize, usize) + Sync) -> Result<Links, PagesError> {
        let points = lists.points().to_vec();
        let chunks: Vec<&[PointId]> = points.chunks(CHUNK).collect();
        let chosen: Vec<Mutex<Vec<Vec<Link>>>> = chunks.iter().map(|_| Mutex::default()).collect();
        let done = AtomicUsize::new(0);
        in_parallel(self.job.threads, chunks.len(), |chunk| {
            let ids = self.corpus.ids(chunks[chunk]);
            let links = chunks[chunk].iter().zip(ids).map(|(point, id)| self.choose(lists, *point, id));
            *chosen[chunk].lock() = links.collect::<Result<_, _>>()?;
            progress(done.fetch_add(chunks[chunk].len(), Ordering::Relaxed) + chunks[chunk].len(), points.len());
            Ok(())
        })?;
        let chosen = chosen.into_iter().flat_map(Mutex::into_inner).collect();
        let may = |owner: PointId, listed: PointId| {
            let owner = self.query(owner, self.corpus.ids(&[owner]).pop().flatten());
            owner.is_some_and(|owner| self.allowed(&owner).contains(listed))
        };
        Ok(Links::of(points, chosen, self.job.rules, may))
    }

    /// What the list of a question is asked for with; `None` where it is gone.
    pub fn query(&self, own: PointId, id: Option<QuestionId>) -> Option<RelatedQuery> {
        let LinkRules { limit, min_score, .. } = self.job.rules;
        Some(RelatedQuery {
            own: Some(own),
            own_id: Some(id?),
            language: self.corpus.noted(&[own]).pop().flatten().map(|(language, _)| language),
            limit,
            min_score,
            mode: self.job.mode,
            search: SearchMode::Exact,
            fill: self.job.fill,
            arrangement: self.job.arrangement.clone(),
            ..RelatedQuery::new(self.corpus.embedding(own)?)
        })
    }

    pub fn allowed(&self, query: &RelatedQuery) -> Allowed {
        Allowed::within(self.corpus, query, Arc::clone(&self.listable))
    }

    pub fn maker<'q>(&'q self, query: &'q RelatedQuery, allowed: &'q Allowed) -> ListMaker<'q, Self> {
        ListMaker::new(self.corpus, self, self.judge, query, allowed)
    }

    /// The list of one question, and what came next where other rules may need it.
    fn choose(&self, lists: &Lists, own: PointId, id: Option<QuestionId>) -> Result<Vec<Link>, StoreError> {
        let Some(query) = self.query(own, id) else { return Ok(Vec::new()) };
        let allowed = self.allowed(&query);
        let near = |k: usize| self.near(lists, &query, &allowed, k);
        let LinkRules { limit, cap, adopt, .. } = self.job.rules;
        let enough = if cap.is_some() || adopt { depth(limit) } else { limit };
        let Placed { mut list, .. } = self.maker(&query, &allowed).place(enough, near)?;
        list.truncate(enough);
        Ok(list.into_iter().map(Link::from).collect())
    }

    /// The nearest by meaning: from the lists, where they have so many that may be listed.
    fn near(&self, lists: &Lists, query: &RelatedQuery, allowed: &Allowed, k: usize) -> Vec<Neighbor> {
        let kept = query.own.filter(|_| k <= lists.shown()).and_then(|own| lists.of(own));
        let mut kept = kept.unwrap_or_default();
        kept.truncate(k);
        let whole = kept.len() == k.min(lists.points().len() - 1) && kept.iter().all(|near| allowed.contains(near.point));
        if whole { kept } else { allowed.nearest(self.corpus, query, SearchMode::Exact, k) }
    }
}

impl From<Candidate> for Link {
    fn from(candidate: Candidate) -> Self {
        let duplicates: Vec<PointId> = candidate.duplicates.iter().map(|duplicate| duplicate.point).collect();
        Self {
            point: candidate.ranked.point,
            score: candidate.ranked.score,
            semantic: candidate.ranked.semantic.value(),
            pinned: candidate.pinned,
            duplicates: (!duplicates.is_empty()).then(|| duplicates.into_boxed_slice()),
        }
    }
}

/// About how much memory a question takes with what its title says.
fn weight(question: &StoredQuestion) -> u32 {
    let Question { text, answer, attributes, .. } = &question.question;
    let long = [text.body(), answer.as_deref(), attributes.as_deref()].into_iter().flatten().map(str::len).sum::<usize>();
    (1_500 + 3 * text.title().len() + long) as u32
}
