//! Who may stand in a list.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::RelatedQuery;
use super::arrange::SameLanguage;
use crate::corpus::Corpus;
use crate::filter::Filter;
use crate::index::{Neighbor, SearchMode};
use crate::question::{PointId, QuestionId};

/// Barred points up to which they are left out one by one; more are worth a bitmap of their own.
const FEW: usize = 8;

/// The points that may be listed: those of a bitmap that many lists share, but for a few.
pub struct Allowed {
    points: Arc<RoaringBitmap>,
    barred: Vec<PointId>,
}

impl Allowed {
    /// For one question's list, or that of a text: what the filter allows and neither editor nor caller excludes.
    pub fn of(corpus: &Corpus, query: &RelatedQuery) -> Self {
        let mut points = corpus.allowed(&query.filter);
        if let SameLanguage::Only(language) = &query.arrangement.same_language {
            let same = corpus.allowed(&Filter { languages: vec![language.clone()], ..Filter::default() });
            *Arc::make_mut(&mut points) &= &*same;
        }
        Self::within(corpus, query, points)
    }

    /// Those of `points` that neither editor nor caller excludes from this list, without the question itself.
    pub fn within(corpus: &Corpus, query: &RelatedQuery, mut points: Arc<RoaringBitmap>) -> Self {
        let mut barred: Vec<QuestionId> = query.exclude.clone();
        if let Some(id) = &query.own_id {
            barred.extend(corpus.editorial().barred(id).cloned());
        }
        let mut barred: Vec<PointId> = corpus.points(&barred).into_iter().chain(query.own).collect();
        barred.retain(|point| points.contains(point.0));
        barred.sort_unstable();
        barred.dedup();
        if barred.len() > FEW {
            let own = Arc::make_mut(&mut points);
            barred.drain(..).for_each(|point| {
                own.remove(point.0);
            });
        }
        Self { points, barred }
    }

    pub fn contains(&self, point: PointId) -> bool {
        self.points.contains(point.0) && !self.barred.contains(&point)
    }

    /// How many they are.
    pub fn count(&self) -> u64 {
        self.points.len() - self.barred.len() as u64
    }

    /// The shared bitmap, for searches that find a few more than they are asked for.
    pub fn points(&self) -> &RoaringBitmap {
        &self.points
    }

    /// How many of the shared bitmap are not allowed.
    pub fn spare(&self) -> usize {
        self.barred.len()
    }

    /// The nearest by meaning.
    pub fn nearest(&self, corpus: &Corpus, query: &RelatedQuery, search: SearchMode, k: usize) -> Vec<Neighbor> {
        let mut near = corpus.nearest(&query.embedding, k + self.spare(), &self.points, search);
        near.retain(|neighbor| self.contains(neighbor.point));
        near.truncate(k);
        near
    }
}
