//! The list of related questions: candidates, who may stand in it, its order, its fill.

mod arrange;

use std::collections::HashSet;
use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::corpus::Corpus;
use crate::duplicates::{Calibration, Features};
use crate::embedding::{Embedding, Similarity};
use crate::filter::Filter;
use crate::index::{Neighbor, SearchMode};
use crate::lists::LivingLists;
use crate::question::{PointId, QuestionId};
use crate::store::{StoreError, StoredQuestion};

pub use arrange::{Arrangement, SameLanguage};
use arrange::{Candidate, arrange};

/// Most items in one list.
pub const MAX_LIMIT: usize = 100;
/// Items in a list where nobody says otherwise.
pub const DEFAULT_LIMIT: usize = 20;

/// Most questions that are looked at for an arrangement.
const MOST_LOOKED_AT: usize = 5_000;
/// Searches for one list, when questions are deleted while it is made.
const READ_ATTEMPTS: usize = 16;

/// What to do where fewer than `limit` questions are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fill {
    #[default]
    None,
    /// The newest questions that the filter allows, after the related ones.
    Latest,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct RelatedQuery {
    pub embedding: Embedding,
    /// The question whose list this is; never listed itself.
    pub own: Option<PointId>,
    pub limit: usize,
    /// Questions less alike than this are not related.
    pub min_score: f32,
    pub filter: Filter,
    pub exclude: Vec<QuestionId>,
    pub mode: SearchMode,
    pub fill: Fill,
    pub arrangement: Arrangement,
    /// Of the title, where one is known: tells how likely a listed question is the same.
    pub features: Option<Features>,
}

impl RelatedQuery {
    /// The default list for an embedding.
    pub fn new(embedding: Embedding) -> Self {
        Self {
            embedding,
            own: None,
            limit: DEFAULT_LIMIT,
            min_score: 0.0,
            filter: Filter::default(),
            exclude: Vec::new(),
            mode: SearchMode::Approximate,
            fill: Fill::None,
            arrangement: Arrangement::default(),
            features: None,
        }
    }

    /// How likely a question is the same as this one.
    fn probability(&self, calibration: &Calibration, question: &StoredQuestion, score: Similarity) -> Option<f32> {
        let own = self.features.as_ref()?;
        Some(calibration.probability(own, &Features::of(question.question.text.title()), score))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Related,
    /// Not related, but new: see [`Fill::Latest`].
    Latest,
}

/// One line of a list.
#[derive(Debug, Clone)]
pub struct Recommendation {
    pub question: StoredQuestion,
    pub score: Similarity,
    pub kind: Kind,
    /// How likely it is the same as what was asked; unknown where the query has no title.
    pub duplicate_probability: Option<f32>,
    /// Questions that it stands for.
    pub duplicates: Vec<QuestionId>,
}

/// Why a list is shorter than asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortReason {
    /// The filter or `exclude` leaves no more.
    Filter,
    /// More are there, but less alike than `min_score`.
    MinScore,
    /// The store holds no more.
    StoreSize,
}

#[derive(Debug, Clone)]
pub struct RelatedList {
    /// By score, ties by id, unless the query wants another arrangement; then the fill, newest first.
    pub items: Vec<Recommendation>,
    pub short_reason: Option<ShortReason>,
}

/// The list for a query. Cost: one search, and one read a listed question; an arrangement reads three times as many.
pub fn related(corpus: &Corpus, calibration: &Calibration, query: &RelatedQuery) -> Result<RelatedList, StoreError> {
    for _ in 0..READ_ATTEMPTS {
        let candidates = candidates(corpus, query);
        let picked = if query.arrangement.is_plain() {
            pick(corpus, calibration, query, &candidates)?
        } else {
            pick_arranged(corpus, calibration, query, &candidates)?
        };
        // A question may be deleted between the search and the read: its place in the list is filled by searching again.
        let Some(mut items) = picked else { continue };
        if query.fill == Fill::Latest && items.len() < query.limit {
            let Some(latest) = latest(corpus, query, &candidates, &items)? else { continue };
            items.extend(latest);
        }
        let short_reason = short_reason(corpus, query, &candidates, &items);
        return Ok(RelatedList { items, short_reason });
    }
    Err(StoreError::Changing)
}

/// The list for a query from the living lists, where they have it: for a stored question without conditions, and while the
/// lists show all that was acknowledged. Cost: one read a listed question.
pub fn listed(
    corpus: &Corpus,
    calibration: &Calibration,
    lists: &LivingLists,
    query: &RelatedQuery,
) -> Result<Option<RelatedList>, StoreError> {
    let conditions = !query.filter.is_empty() || !query.exclude.is_empty() || query.fill != Fill::None;
    let plain = !conditions && query.arrangement == Arrangement::default();
    let Some(own) = query.own.filter(|_| plain && query.limit <= DEFAULT_LIMIT) else { return Ok(None) };
    let Some(mut list) = lists.current(own) else { return Ok(None) };
    list.truncate(query.limit.min(list.iter().take_while(|near| near.similarity.value() >= query.min_score).count()));
    let Some(questions) = read(corpus, &list)? else { return Ok(None) };
    let items = questions.into_iter().zip(list).map(|(question, neighbor)| Recommendation {
        duplicate_probability: query.probability(calibration, &question, neighbor.similarity),
        question,
        score: neighbor.similarity,
        kind: Kind::Related,
        duplicates: Vec::new(),
    });
    let items: Vec<Recommendation> = items.collect();
    let short = items.len() < query.limit;
    let short_reason = if short { short_reason(corpus, query, &candidates(corpus, query), &items) } else { None };
    Ok(Some(RelatedList { items, short_reason }))
}

/// Who may be listed.
fn candidates(corpus: &Corpus, query: &RelatedQuery) -> Arc<RoaringBitmap> {
    let mut allowed = corpus.allowed(&query.filter);
    if let SameLanguage::Only(language) = &query.arrangement.same_language {
        let same = corpus.allowed(&Filter { languages: vec![language.clone()], ..Filter::default() });
        *Arc::make_mut(&mut allowed) &= &*same;
    }
    let excluded: HashSet<PointId> = corpus.points(&query.exclude).into_iter().chain(query.own).collect();
    if excluded.iter().any(|point| allowed.contains(point.0)) {
        let allowed = Arc::make_mut(&mut allowed);
        excluded.iter().for_each(|point| {
            allowed.remove(point.0);
        });
    }
    allowed
}

/// The nearest that are near enough, best first.
fn nearest(corpus: &Corpus, query: &RelatedQuery, k: usize, allowed: &RoaringBitmap) -> Vec<Neighbor> {
    let mut nearest = corpus.nearest(&query.embedding, k, allowed, query.mode);
    nearest.truncate(nearest.iter().take_while(|neighbor| neighbor.similarity.value() >= query.min_score).count());
    nearest
}

/// Reads what was found; `None` where one is gone meanwhile.
fn read(corpus: &Corpus, found: &[Neighbor]) -> Result<Option<Vec<StoredQuestion>>, StoreError> {
    let points: Vec<PointId> = found.iter().map(|neighbor| neighbor.point).collect();
    Ok(corpus.by_points(&points)?.into_iter().collect())
}

fn pick(
    corpus: &Corpus,
    calibration: &Calibration,
    query: &RelatedQuery,
    allowed: &RoaringBitmap,
) -> Result<Option<Vec<Recommendation>>, StoreError> {
    let found = nearest(corpus, query, query.limit, allowed);
    let Some(questions) = read(corpus, &found)? else { return Ok(None) };
    let items = questions.into_iter().zip(found).map(|(question, neighbor)| Recommendation {
        duplicate_probability: query.probability(calibration, &question, neighbor.similarity),
        question,
        score: neighbor.similarity,
        kind: Kind::Related,
        duplicates: Vec::new(),
    });
    Ok(Some(items.collect()))
}

/// Looks at more than are listed, and at still more where duplicates leave too few.
fn pick_arranged(
    corpus: &Corpus,
    calibration: &Calibration,
    query: &RelatedQuery,
    allowed: &RoaringBitmap,
) -> Result<Option<Vec<Recommendation>>, StoreError> {
    let mut depth = 3 * query.limit + 20;
    loop {
        let found = nearest(corpus, query, depth, allowed);
        let all = found.len() < depth;
        let Some(questions) = read(corpus, &found)? else { return Ok(None) };
        let candidates = questions.into_iter().zip(found).map(|(question, neighbor)| Candidate {
            features: Features::of(question.question.text.title()),
            question,
            neighbor,
        });
        let list = arrange(corpus, calibration, &query.arrangement, candidates.collect(), query.limit);
        if list.len() == query.limit || all || depth >= MOST_LOOKED_AT {
            let items = list.into_iter().map(|arranged| {
                let Candidate { question, neighbor, features } = arranged.candidate;
                let own = query.features.as_ref();
                Recommendation {
                    duplicate_probability: own.map(|own| calibration.probability(own, &features, neighbor.similarity)),
                    question,
                    score: neighbor.similarity,
                    kind: Kind::Related,
                    duplicates: arranged.duplicates,
                }
            });
            return Ok(Some(items.collect()));
        }
        depth *= 4;
    }
}

/// The newest that may be listed and are not, neither themselves nor by another.
fn latest(
    corpus: &Corpus,
    query: &RelatedQuery,
    allowed: &RoaringBitmap,
    items: &[Recommendation],
) -> Result<Option<Vec<Recommendation>>, StoreError> {
    let mut listed: HashSet<PointId> = items.iter().map(|item| item.question.point).collect();
    listed.extend(items.iter().flat_map(|item| corpus.points(&item.duplicates)));
    let latest = corpus.latest(allowed, query.limit + listed.len());
    let latest = latest.into_iter().filter(|point| !listed.contains(point)).filter_map(|point| {
        let similarity = corpus.embedding(point)?.similarity(&query.embedding);
        Some(Neighbor { point, similarity })
    });
    let found: Vec<Neighbor> = latest.take(query.limit - items.len()).collect();
    let Some(questions) = read(corpus, &found)? else { return Ok(None) };
    let items = questions.into_iter().zip(found).map(|(question, neighbor)| Recommendation {
        question,
        score: neighbor.similarity,
        kind: Kind::Latest,
        duplicate_probability: None,
        duplicates: Vec::new(),
    });
    Ok(Some(items.collect()))
}

fn short_reason(
    corpus: &Corpus,
    query: &RelatedQuery,
    allowed: &RoaringBitmap,
    items: &[Recommendation],
) -> Option<ShortReason> {
    if items.len() >= query.limit {
        return None;
    }
    let listed: usize = items.iter().map(|item| 1 + item.duplicates.len()).sum();
    let others = corpus.len().saturating_sub(usize::from(query.own.is_some()));
    Some(if (listed as u64) < allowed.len() {
        ShortReason::MinScore
    } else if allowed.len() < others as u64 {
        ShortReason::Filter
    } else {
        ShortReason::StoreSize
    })
}
