//! The list of related questions: candidates, who may stand in it, its order, its fill.

use std::collections::HashSet;
use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::corpus::Corpus;
use crate::embedding::{Embedding, Similarity};
use crate::filter::Filter;
use crate::index::{Neighbor, SearchMode};
use crate::lists::LivingLists;
use crate::question::{PointId, QuestionId};
use crate::store::{StoreError, StoredQuestion};

/// Most items in one list.
pub const MAX_LIMIT: usize = 100;
/// Items in a list where nobody says otherwise.
pub const DEFAULT_LIMIT: usize = 20;

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
        }
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
    /// By score, ties by id; then the fill, newest first.
    pub items: Vec<Recommendation>,
    pub short_reason: Option<ShortReason>,
}

/// The list for a query. Cost: one search, and one read a listed question.
pub fn related(corpus: &Corpus, query: &RelatedQuery) -> Result<RelatedList, StoreError> {
    for _ in 0..READ_ATTEMPTS {
        let candidates = candidates(corpus, query);
        let picked = pick(corpus, query, &candidates);
        let points: Vec<PointId> = picked.iter().map(|(neighbor, _)| neighbor.point).collect();
        let questions = corpus.by_points(&points)?;
        // A question may be deleted between the search and the read: its place in the list is filled by searching again.
        let Some(questions) = questions.into_iter().collect::<Option<Vec<_>>>() else { continue };
        let items = questions.into_iter().zip(&picked).map(|(question, (neighbor, kind))| Recommendation {
            question,
            score: neighbor.similarity,
            kind: *kind,
        });
        return Ok(RelatedList {
            items: items.collect(),
            short_reason: short_reason(corpus, query, &candidates, picked.len()),
        });
    }
    Err(StoreError::Changing)
}

/// The list for a query from the living lists, where they have it: for a stored question without conditions, and while the
/// lists show all that was acknowledged. Cost: one read a listed question.
pub fn listed(corpus: &Corpus, lists: &LivingLists, query: &RelatedQuery) -> Result<Option<RelatedList>, StoreError> {
    let plain = query.filter.is_empty() && query.exclude.is_empty() && query.fill == Fill::None;
    let Some(own) = query.own.filter(|_| plain && query.limit <= DEFAULT_LIMIT) else { return Ok(None) };
    let Some(mut list) = lists.current(own) else { return Ok(None) };
    list.truncate(query.limit.min(list.iter().take_while(|near| near.similarity.value() >= query.min_score).count()));
    let points: Vec<PointId> = list.iter().map(|neighbor| neighbor.point).collect();
    let Some(questions) = corpus.by_points(&points)?.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
    let short = list.len() < query.limit;
    let reason = if short { short_reason(corpus, query, &candidates(corpus, query), list.len()) } else { None };
    let items = questions.into_iter().zip(list).map(|(question, neighbor)| Recommendation {
        question,
        score: neighbor.similarity,
        kind: Kind::Related,
    });
    Ok(Some(RelatedList { items: items.collect(), short_reason: reason }))
}

/// Who may be listed.
fn candidates(corpus: &Corpus, query: &RelatedQuery) -> Arc<RoaringBitmap> {
    let mut allowed = corpus.allowed(&query.filter);
    let excluded: HashSet<PointId> = corpus.points(&query.exclude).into_iter().chain(query.own).collect();
    if excluded.iter().any(|point| allowed.contains(point.0)) {
        let allowed = Arc::make_mut(&mut allowed);
        excluded.iter().for_each(|point| {
            allowed.remove(point.0);
        });
    }
    allowed
}

fn pick(corpus: &Corpus, query: &RelatedQuery, allowed: &RoaringBitmap) -> Vec<(Neighbor, Kind)> {
    let nearest = corpus.nearest(&query.embedding, query.limit, allowed, query.mode);
    let related = nearest.into_iter().take_while(|neighbor| neighbor.similarity.value() >= query.min_score);
    let mut picked: Vec<(Neighbor, Kind)> = related.map(|neighbor| (neighbor, Kind::Related)).collect();
    if query.fill == Fill::Latest && picked.len() < query.limit {
        let listed: HashSet<PointId> = picked.iter().map(|(neighbor, _)| neighbor.point).collect();
        let latest = corpus.latest(allowed, query.limit).into_iter().filter(|point| !listed.contains(point));
        let latest = latest.filter_map(|point| {
            let similarity = corpus.embedding(point)?.similarity(&query.embedding);
            Some((Neighbor { point, similarity }, Kind::Latest))
        });
        let room = query.limit - picked.len();
        picked.extend(latest.take(room));
    }
    picked
}

fn short_reason(corpus: &Corpus, query: &RelatedQuery, allowed: &RoaringBitmap, listed: usize) -> Option<ShortReason> {
    if listed >= query.limit {
        return None;
    }
    let others = corpus.len().saturating_sub(usize::from(query.own.is_some()));
    Some(if (listed as u64) < allowed.len() {
        ShortReason::MinScore
    } else if allowed.len() < others as u64 {
        ShortReason::Filter
    } else {
        ShortReason::StoreSize
    })
}
