//! The list of related questions: who comes near by meaning and by words (`rank`), in what order (`arrange`), by whose rules
//! ([`Allowed`]), and with what it is filled.

mod allowed;
mod arrange;
mod known;
mod rank;

use crate::corpus::Corpus;
use crate::duplicates::{Features, Judge, Verdict};
use crate::embedding::Embedding;
use crate::filter::Filter;
use crate::index::{Neighbor, SearchMode};
use crate::language;
use crate::lexical::Terms;
use crate::lists::LivingLists;
use crate::question::{Language, PointId, Question, QuestionId, QuestionText};
use crate::store::{StoreError, StoredQuestion};

pub use allowed::Allowed;
pub use arrange::{Arrangement, Candidate, Collapsed, Freshness, SameLanguage};
use arrange::{Sameness, arrange};
pub use known::{Known, Questions};
pub use rank::{Mode, Ranked, Subject};

/// Most items in one list.
pub const MAX_LIMIT: usize = 100;
/// Items in a list where nobody says otherwise.
pub const DEFAULT_LIMIT: usize = 20;

/// Most questions that are looked at for a list.
const MOST_LOOKED_AT: usize = 5_000;
/// Searches for one list, when questions are deleted while it is made.
const READ_ATTEMPTS: usize = 16;

/// How many of the nearest by meaning, and as many by words, a list is chosen from: enough that words may reorder it and that
/// some may be duplicates. (Measured: ranking the 28 nearest anew gains 93% of what ranking all gains.)
pub const fn depth(limit: usize) -> usize {
    limit + limit * 3 / 5
}

/// What to do where fewer than `limit` questions are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fill {
    #[default]
    None,
    /// Up to so many of the newest questions that the filter allows, after the related ones.
    Latest { at_most: usize },
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct RelatedQuery {
    pub embedding: Embedding,
    /// Tells which words are shared, and how likely a listed question is the same.
    pub text: Option<QuestionText>,
    /// The question whose list this is; never listed itself.
    pub own: Option<PointId>,
    pub own_id: Option<QuestionId>,
    /// The language of the text, where it is known.
    pub language: Option<Language>,
    pub limit: usize,
    /// Questions with a lower score are not related.
    pub min_score: f32,
    pub filter: Filter,
    pub exclude: Vec<QuestionId>,
    pub mode: Mode,
    pub search: SearchMode,
    pub fill: Fill,
    pub arrangement: Arrangement,
}

impl RelatedQuery {
    /// The default list for an embedding.
    pub fn new(embedding: Embedding) -> Self {
        Self {
            embedding,
            text: None,
            own: None,
            own_id: None,
            language: None,
            limit: DEFAULT_LIMIT,
            min_score: 0.0,
            filter: Filter::default(),
            exclude: Vec::new(),
            mode: Mode::default(),
            search: SearchMode::Approximate,
            fill: Fill::None,
            arrangement: Arrangement::default(),
        }
    }

    /// For a new text.
    pub fn for_text(embedding: Embedding, text: QuestionText) -> Self {
        Self { language: Some(language::detect(&text)), text: Some(text), ..Self::new(embedding) }
    }

    /// For a stored question; `None` where it was deleted meanwhile.
    pub fn for_stored(corpus: &Corpus, stored: StoredQuestion) -> Option<Self> {
        let embedding = corpus.embedding(stored.point)?;
        let Question { id, text, language, .. } = stored.question;
        let (own, own_id, language, text) = (Some(stored.point), Some(id), Some(language), Some(text));
        Some(Self { own, own_id, language, text, ..Self::new(embedding) })
    }

    fn subject(&self, corpus: &Corpus) -> Subject {
        let terms = match (self.own, &self.text) {
            (Some(own), _) => Some(corpus.lexical().weigh_stored(own)),
            (None, Some(text)) => {
                // Before the lock.
                let terms = Terms::of(text);
                Some(corpus.lexical().weigh(&terms))
            }
            (None, None) => None,
        };
        Subject::new(self.embedding.clone(), terms, self.language.clone(), self.mode)
    }

    /// How many of the nearest are looked at first.
    fn first_depth(&self) -> usize {
        let limit = self.limit.max(DEFAULT_LIMIT);
        if self.arrangement.reorders() { 3 * limit + 20 } else { depth(limit) }
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
    pub kind: Kind,
    /// Where it stands and why.
    pub candidate: Candidate,
    /// How likely it is the same as what was asked; unknown where the query has no text.
    pub duplicate_probability: Option<f32>,
}

/// Why a list is shorter than asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortReason {
    /// The filter, `exclude` or an editor leaves no more.
    Filter,
    /// More are there, but with a lower score than `min_score`.
    MinScore,
    /// More are there, but they share no words with the question, and words are all that counts.
    NoSharedWords,
    /// The store holds no more.
    StoreSize,
}

#[derive(Debug, Clone)]
pub struct RelatedList {
    /// What is pinned, then by score, ties by id, unless the query wants another arrangement; then the fill, newest first.
    pub items: Vec<Recommendation>,
    pub short_reason: Option<ShortReason>,
}

/// The list for a query; `lists` spare the search where they have what is asked for. Cost: one search by meaning and one by
/// words, and one read for each listed question and each that may be a duplicate.
pub fn related(
    corpus: &Corpus,
    judge: &Judge,
    lists: Option<&LivingLists>,
    query: &RelatedQuery,
) -> Result<RelatedList, StoreError> {
    for _ in 0..READ_ATTEMPTS {
        // A question may be deleted between the search and the read: its place in the list is filled by searching again.
        if let Some(list) = attempt(corpus, judge, lists, query)? {
            return Ok(list);
        }
    }
    Err(StoreError::Changing)
}

fn attempt(
    corpus: &Corpus,
    judge: &Judge,
    lists: Option<&LivingLists>,
    query: &RelatedQuery,
) -> Result<Option<RelatedList>, StoreError> {
    let allowed = Allowed::of(corpus, query);
    let maker = ListMaker::new(corpus, corpus, judge, query, &allowed);
    let Placed { mut list, exhausted } = maker.place(query.limit, |depth| {
        let kept = lists.and_then(|lists| kept(lists, query, &allowed, depth));
        kept.unwrap_or_else(|| allowed.nearest(corpus, query, query.search, depth))
    })?;
    list.truncate(query.limit);
    let listed: Vec<PointId> = list.iter().map(|candidate| candidate.ranked.point).collect();
    let folded = list.iter().flat_map(|candidate| candidate.duplicates.iter().map(|duplicate| duplicate.point));
    let folded: Vec<PointId> = folded.collect();
    let latest = maker.latest(&listed, &folded)?;
    let short = listed.len() + latest.len() < query.limit;
    let short_reason = short.then(|| short_reason(corpus, query, &allowed, listed.len() + folded.len(), exhausted));
    let related = list.into_iter().map(|candidate| (candidate, Kind::Related));
    let candidates: Vec<(Candidate, Kind)> =
        related.chain(latest.into_iter().map(|candidate| (candidate, Kind::Latest))).collect();
    let points: Vec<PointId> = candidates.iter().map(|(candidate, _)| candidate.ranked.point).collect();
    let Some(questions) = corpus.by_points(&points)?.into_iter().collect::<Option<Vec<StoredQuestion>>>() else {
        return Ok(None);
    };
    let own = query.text.as_ref().map(|text| judge.features(text.title()));
    let items = questions.into_iter().zip(candidates).map(|(question, (candidate, kind))| Recommendation {
        duplicate_probability: own.as_ref().map(|own| sameness(corpus, judge, query, own, &question, &candidate)),
        question,
        kind,
        candidate,
    });
    Ok(Some(RelatedList { items: items.collect(), short_reason }))
}

/// How likely a listed question is the same as the one that was asked. A person's word is certain.
fn sameness(
    corpus: &Corpus,
    judge: &Judge,
    query: &RelatedQuery,
    own: &Features,
    listed: &StoredQuestion,
    candidate: &Candidate,
) -> f32 {
    let decided = query.own_id.as_ref().and_then(|id| corpus.editorial().verdict(id, &listed.question.id));
    match decided {
        Some(verdict) => f32::from(u8::from(verdict == Verdict::Duplicate)),
        None => judge.probability(own, &judge.features(listed.question.text.title()), candidate.ranked.semantic),
    }
}

/// The nearest by meaning from the living lists: for a stored question without conditions, and while the lists show all that
/// was acknowledged.
fn kept(lists: &LivingLists, query: &RelatedQuery, allowed: &Allowed, depth: usize) -> Option<Vec<Neighbor>> {
    let plain = query.filter.is_empty() && !matches!(query.arrangement.same_language, SameLanguage::Only(_));
    let mut near = lists.current(query.own.filter(|_| plain)?).filter(|_| depth <= lists.shown())?;
    near.truncate(depth);
    near.iter().all(|neighbor| allowed.contains(neighbor.point)).then_some(near)
}

/// What is chosen for a list, and whether no more could be found.
pub struct Placed {
    /// The first `limit` are the list; what follows came next.
    pub list: Vec<Candidate>,
    pub exhausted: bool,
}

/// What a list is made with.
pub struct ListMaker<'a, Q> {
    corpus: &'a Corpus,
    questions: &'a Q,
    judge: &'a Judge,
    query: &'a RelatedQuery,
    subject: Subject,
    allowed: &'a Allowed,
}

impl<'a, Q: Questions> ListMaker<'a, Q> {
    pub fn new(corpus: &'a Corpus, questions: &'a Q, judge: &'a Judge, query: &'a RelatedQuery, allowed: &'a Allowed) -> Self {
        Self { corpus, questions, judge, query, subject: query.subject(corpus), allowed }
    }

    /// Chooses and arranges a list, and goes on to `enough` candidates where so many are at hand. `near` finds the given number of
    /// the nearest by meaning; it is asked for more where duplicates leave less than the list's limit.
    pub fn place(&self, enough: usize, near: impl Fn(usize) -> Vec<Neighbor>) -> Result<Placed, StoreError> {
        let Self { corpus, questions, judge, query, subject, allowed } = self;
        let by_words = subject.mode() == Mode::Lexical;
        let pins = self.pinned();
        let mut depth = query.first_depth();
        loop {
            let near = if by_words { Vec::new() } else { near(depth) };
            let mut ranked = subject.rank(corpus, &near, allowed, depth);
            let found = if by_words { ranked.len() } else { near.len() };
            let good = ranked.partition_point(|ranked| ranked.score >= query.min_score);
            // What lies still farther away is worse.
            let exhausted = found < depth || good < ranked.len() || depth >= MOST_LOOKED_AT;
            ranked.truncate(good);
            ranked.retain(|ranked| !pins.iter().any(|pin| pin.ranked.point == ranked.point));
            let candidates = pins.iter().cloned().chain(ranked.into_iter().map(|ranked| Candidate::new(ranked, false)));
            let candidates = candidates.collect();
            // As many as a list has by default, so that a shorter one is the beginning of it.
            let enough = enough.max(DEFAULT_LIMIT);
            let list = arrange(corpus, *questions, judge, &query.arrangement, candidates, enough)?;
            if list.len() >= query.limit || exhausted {
                return Ok(Placed { list, exhausted });
            }
            depth *= 4;
        }
    }

    /// What an editor put first.
    fn pinned(&self) -> Vec<Candidate> {
        let Some(id) = &self.query.own_id else { return Vec::new() };
        let pins = self.corpus.editorial().rules(id).map(|rules| rules.pin.clone()).unwrap_or_default();
        let pins = self.corpus.points(&pins).into_iter().filter(|point| self.allowed.contains(*point));
        let scored = pins.filter_map(|point| self.subject.score(self.corpus, point));
        scored.map(|ranked| Candidate::new(ranked, true)).collect()
    }

    /// The newest that may be listed and are not: neither `listed` nor `folded` under one that is, nor the same as one that is.
    pub fn latest(&self, listed: &[PointId], folded: &[PointId]) -> Result<Vec<Candidate>, StoreError> {
        let Self { corpus, query, allowed, .. } = self;
        let Fill::Latest { at_most } = query.fill else { return Ok(Vec::new()) };
        let wanted = at_most.min(query.limit.saturating_sub(listed.len()));
        if wanted == 0 {
            return Ok(Vec::new());
        }
        let newest = corpus.latest(allowed.points(), 2 * wanted + listed.len() + folded.len() + allowed.spare());
        let free = |point: &PointId| allowed.contains(*point) && !listed.contains(point) && !folded.contains(point);
        let points: Vec<PointId> = listed.iter().copied().chain(newest.into_iter().filter(free)).collect();
        let sameness = Sameness::of(corpus, self.questions, self.judge, &points);
        let mut taken: Vec<usize> = Vec::with_capacity(wanted);
        for position in listed.len()..points.len() {
            if taken.len() == wanted {
                break;
            }
            let mut same = false;
            for other in (0..listed.len()).chain(taken.iter().copied()) {
                same = same || sameness.is_same(other, position)?;
            }
            if !same {
                taken.push(position);
            }
        }
        let scored = taken.into_iter().filter_map(|position| self.subject.score(corpus, points[position]));
        Ok(scored.map(|ranked| Candidate::new(ranked, false)).collect())
    }
}

fn short_reason(corpus: &Corpus, query: &RelatedQuery, allowed: &Allowed, listed: usize, exhausted: bool) -> ShortReason {
    let others = corpus.len().saturating_sub(usize::from(query.own.is_some()));
    if exhausted && (listed as u64) < allowed.count() {
        let by_words = query.mode == Mode::Lexical && query.min_score <= 0.0;
        if by_words { ShortReason::NoSharedWords } else { ShortReason::MinScore }
    } else if allowed.count() < others as u64 {
        ShortReason::Filter
    } else {
        ShortReason::StoreSize
    }
}
