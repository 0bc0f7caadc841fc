//! Questions that were read for a list.

use std::sync::{Arc, OnceLock};

use crate::corpus::Corpus;
use crate::duplicates::{Features, Judge};
use crate::question::PointId;
use crate::store::{StoreError, StoredQuestion};

/// A question with what its title says, made once it is asked for.
#[derive(Debug)]
pub struct Known {
    pub stored: StoredQuestion,
    features: OnceLock<Arc<Features>>,
}

impl Known {
    pub fn new(stored: StoredQuestion) -> Self {
        Self { stored, features: OnceLock::new() }
    }

    pub fn features(&self, judge: &Judge) -> &Features {
        self.features.get_or_init(|| judge.features(self.stored.question.text.title()))
    }
}

/// Where questions are read: the store, or a cache before it.
pub trait Questions {
    /// One answer a point, in order; `None` where the question is gone.
    fn known(&self, points: &[PointId]) -> Result<Vec<Option<Arc<Known>>>, StoreError>;
}

impl Questions for Corpus {
    fn known(&self, points: &[PointId]) -> Result<Vec<Option<Arc<Known>>>, StoreError> {
        let stored = self.by_points(points)?.into_iter();
        Ok(stored.map(|stored| stored.map(|stored| Arc::new(Known::new(stored)))).collect())
    }
}
