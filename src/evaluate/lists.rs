//! Lists as a site shows them, of every question among all others: what each way of arranging them gains, and what it costs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::run::embed;
use super::{EvaluateError, Group, Measured, Measurement, Ranking};
use crate::corpus::{Corpus, stored_model};
use crate::duplicates::Judge;
use crate::embed::{Embedder, compose};
use crate::index::{IndexOptions, SearchMode};
use crate::ingest::{Draft, ingest};
use crate::language;
use crate::question::{PointId, Question, QuestionId, QuestionText};
use crate::recommend::{Arrangement, Freshness, Mode, Recommendation, RelatedQuery, SameLanguage, related};

/// Most questions whose lists are made; of more, every n-th one's is.
const MOST_QUERIES: usize = 1_000;
/// Questions that are stored together.
const CHUNK: usize = 1_024;
/// Data sets tell no dates: questions are spread over so many days by chance, so that age says nothing of what is related.
const DAYS: i64 = 1_000;

/// How the lists of a data set are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ListQuality {
    /// Of the first right one; one that another stands for is found where that one is.
    pub ranking: Ranking,
    /// Share of the listed questions that are nearly certainly the same as one before them.
    pub near_duplicates: f64,
    /// Share of the listed questions in another language than the one asked in.
    pub other_language: f64,
    /// Share of the lists that are not full.
    pub short: f64,
}

/// Texts, each with those that ask the same.
pub struct Asked {
    pub texts: Vec<QuestionText>,
    /// BCP 47, where the data set tells it.
    languages: Vec<Option<String>>,
    /// Positions of those that ask the same as each.
    pub right: Vec<BTreeSet<usize>>,
}

impl Asked {
    pub fn of_groups(groups: &[Group]) -> Self {
        let mut asked = Self { texts: Vec::new(), languages: Vec::new(), right: Vec::new() };
        for group in groups {
            let first = asked.texts.len();
            for (language, texts) in &group.texts {
                asked.texts.extend(texts.iter().cloned());
                asked.languages.extend(texts.iter().map(|_| Some(language.clone())));
            }
            let all = first..asked.texts.len();
            asked.right.extend(all.clone().map(|own| all.clone().filter(|other| *other != own).collect::<BTreeSet<_>>()));
        }
        asked
    }

    pub fn of_pairs(pairs: &[(String, String)], same: &[bool]) -> Self {
        let mut asked = Self { texts: Vec::new(), languages: Vec::new(), right: Vec::new() };
        let mut positions: HashMap<&str, usize> = HashMap::new();
        for ((a, b), same) in pairs.iter().zip(same) {
            let mut place = |text| match positions.get(text) {
                Some(position) => Some(*position),
                None => {
                    // What is no question, such as an empty cell, is not stored.
                    asked.texts.push(QuestionText::parse_free(text).ok()?);
                    asked.languages.push(None);
                    asked.right.push(BTreeSet::new());
                    positions.insert(text, asked.texts.len() - 1);
                    Some(asked.texts.len() - 1)
                }
            };
            if let (Some(a), Some(b)) = (place(a.as_str()), place(b.as_str()))
                && *same
                && a != b
            {
                asked.right[a].insert(b);
                asked.right[b].insert(a);
            }
        }
        asked
    }
}

/// The ways that are compared: a name, and what is asked for. The third is what is asked for by default.
fn ways(now: Timestamp, language: &crate::question::Language) -> [(&'static str, Mode, Arrangement); 7] {
    let default = Arrangement::default();
    let prefer = SameLanguage::Prefer(language.clone());
    [
        ("by meaning", Mode::Semantic, default.clone()),
        ("by words", Mode::Lexical, default.clone()),
        ("hybrid", Mode::Hybrid, default.clone()),
        ("hybrid, not collapsed", Mode::Hybrid, Arrangement { collapse: false, ..default.clone() }),
        ("hybrid, diversity .3", Mode::Hybrid, Arrangement { diversity: 0.3, ..default.clone() }),
        ("hybrid, own language first", Mode::Hybrid, Arrangement { same_language: prefer, ..default.clone() }),
        (
            "hybrid, newer ones first",
            Mode::Hybrid,
            Arrangement { freshness: Some(Freshness { boost: 0.05, half_life_days: 180.0, now }), ..default },
        ),
    ]
}

/// What was counted of one way's lists.
#[derive(Default)]
struct Counted {
    ranks: Vec<usize>,
    listed: usize,
    near_duplicates: usize,
    other_language: usize,
    short: usize,
}

/// Stores all texts in a folder of their own, which is gone afterwards, and makes the lists of those that have a duplicate.
/// Cost: a list in each way for up to a thousand questions.
pub fn measure(embedder: &Embedder, judge: &Judge, asked: &Asked) -> Result<Vec<Measurement>, EvaluateError> {
    let folder = tempfile::tempdir().map_err(EvaluateError::Folder)?;
    let now = Timestamp::now();
    let corpus = store(embedder, &folder, asked, now)?;
    let queries: Vec<usize> = (0..asked.texts.len()).filter(|position| !asked.right[*position].is_empty()).collect();
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    let mut counted: BTreeMap<usize, (&str, Counted)> = BTreeMap::new();
    for position in queries.iter().step_by(queries.len().div_ceil(MOST_QUERIES)) {
        let stored = corpus.get(&id(*position))?;
        let Some(stored) = stored else { continue };
        let language = stored.question.language.clone();
        let Some(query) = RelatedQuery::for_stored(&corpus, stored) else { continue };
        for (number, (name, mode, arrangement)) in ways(now, &language).into_iter().enumerate() {
            let query = RelatedQuery { mode, arrangement, search: SearchMode::Exact, ..query.clone() };
            let list = related(&corpus, judge, None, &query)?;
            let (_, counted) = counted.entry(number).or_insert((name, Counted::default()));
            let rank = list.items.iter().position(|item| stands_for(item, &asked.right[*position]));
            counted.ranks.push(rank.map_or(asked.texts.len(), |rank| rank + 1));
            counted.short += usize::from(list.short_reason.is_some());
            counted.listed += list.items.len();
            counted.other_language += list.items.iter().filter(|item| item.question.question.language != language).count();
            counted.near_duplicates += near_duplicates(&corpus, judge, &list.items);
        }
    }
    let documents = asked.texts.len();
    let measured = counted.into_values().map(|(name, counted)| {
        let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
        let lists = counted.ranks.len();
        let quality = ListQuality {
            ranking: Ranking::of(&counted.ranks),
            near_duplicates: share(counted.near_duplicates, counted.listed),
            other_language: share(counted.other_language, counted.listed),
            short: share(counted.short, lists),
        };
        Measurement { task: format!("lists {name}"), count: lists, measured: Measured::Listed { documents, quality } }
    });
    Ok(measured.collect())
}

fn id(position: usize) -> QuestionId {
    // Ids in the order of positions; such a text is always one.
    QuestionId::parse(&format!("{position:07}")).unwrap_or_else(|_| unreachable!("digits are an id"))
}

fn store(embedder: &Embedder, folder: &TempDir, asked: &Asked, now: Timestamp) -> Result<Corpus, EvaluateError> {
    let corpus = Corpus::open(folder.path(), stored_model(embedder.model()), IndexOptions::default(), |_, _| {})?;
    let composed: Vec<String> = asked.texts.iter().map(compose).collect();
    let mut embeddings = embed(embedder, &composed)?.into_iter();
    for (number, texts) in asked.texts.chunks(CHUNK).enumerate() {
        let drafts = texts.iter().enumerate().map(|(offset, text)| {
            let position = number * CHUNK + offset;
            let told = asked.languages[position].as_deref().and_then(|tag| crate::question::Language::parse(tag).ok());
            // Spread by a step that has no factor in common with the days.
            let age = SignedDuration::from_hours(24 * ((position as i64 * 617) % DAYS));
            let question = Question {
                id: id(position),
                text: text.clone(),
                language: told.unwrap_or_else(|| language::detect(text)),
                category: None,
                tags: Vec::new(),
                url: None,
                answer: None,
                author: None,
                created_at: now.checked_sub(age).unwrap_or(now),
                attributes: None,
            };
            Draft { question, created_at_given: true, embedding: embeddings.next() }
        });
        ingest(&corpus, embedder, drafts.collect())?;
    }
    Ok(corpus)
}

/// Whether an item, or one that it stands for, is among the right ones.
fn stands_for(item: &Recommendation, right: &BTreeSet<usize>) -> bool {
    let is_right = |id: &QuestionId| id.as_str().parse().is_ok_and(|position: usize| right.contains(&position));
    is_right(&item.question.question.id) || item.candidate.duplicates.iter().any(|duplicate| is_right(&duplicate.id))
}

/// How many items are nearly certainly the same as one before them.
fn near_duplicates(corpus: &Corpus, judge: &Judge, items: &[Recommendation]) -> usize {
    let points: Vec<PointId> = items.iter().map(|item| item.question.point).collect();
    let features: Vec<_> = items.iter().map(|item| judge.features(item.question.question.text.title())).collect();
    let is_same = |a: usize, b: usize| {
        corpus.between(points[a], points[b]).is_some_and(|score| judge.is_same(&features[a], &features[b], score))
    };
    (0..items.len()).filter(|later| (0..*later).any(|earlier| is_same(earlier, *later))).count()
}
