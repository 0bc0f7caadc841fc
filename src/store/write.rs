//! The one writer.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::error::StoreError;
use super::read::StoredQuestion;
use super::{StoredModel, decisions, rows, schema};
use crate::editorial::{Decision, QuestionPair, Rules};
use crate::embedding::Embedding;
use crate::question::{PointId, Question, QuestionId, SeqNo};

/// A question to store.
#[derive(Debug, Clone)]
pub struct Put {
    pub question: Question,
    /// Whether the site said when the question was asked. Where it did not, a question that is already stored keeps its
    /// time, so that importing it again does not make it new.
    pub created_at_given: bool,
    /// The embedding of the question's text; may be left out where the store has a question with this id and text.
    pub embedding: Option<Embedding>,
}

#[derive(Debug, Clone)]
pub enum Write {
    Put(Box<Put>),
    Delete(QuestionId),
    /// An editor's rules for a question; empty ones take away what was ruled.
    Rule(QuestionId, Rules),
    /// A person's word on a pair; `None` takes it back.
    Decide(QuestionPair, Option<Decision>),
}

/// What became of one [`Write`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Created {
        point: PointId,
    },
    /// The text changed: a new point, the old one is a tombstone.
    Replaced {
        old: PointId,
        new: PointId,
    },
    /// Something beside the text changed.
    Updated {
        point: PointId,
    },
    Unchanged {
        point: PointId,
    },
    Deleted {
        point: PointId,
    },
    NotFound,
    /// Of rules and verdicts.
    Decided,
    /// The same was decided before.
    AlreadyDecided,
    /// Nothing was stored: the text is not the stored one, so an embedding is needed.
    NeedsEmbedding,
}

/// A transaction that is on the disk.
#[derive(Debug, Clone)]
pub struct Committed {
    pub seq: SeqNo,
    /// One a write, in order.
    pub outcomes: Vec<Outcome>,
}

pub struct Writer {
    db: Connection,
}

impl Writer {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { db: schema::open_writer(path)? })
    }

    /// Stores all of `writes` or none of them, in order; on the disk when it returns. A put question's `created_at` is set
    /// to what was stored. Cost: one wait for the disk, and some 20 µs a write.
    pub fn write(&mut self, writes: &mut [Write]) -> Result<Committed, StoreError> {
        let transaction = self.db.transaction()?;
        let first: i64 = transaction.query_row("SELECT value FROM meta WHERE key = 'seq'", [], |row| row.get(0))?;
        let mut seq = first;
        let mut outcomes = Vec::with_capacity(writes.len());
        for write in writes {
            let outcome = match write {
                Write::Put(put) => store(&transaction, put, seq + 1)?,
                Write::Delete(id) => delete(&transaction, id)?,
                Write::Rule(id, rules) => decisions::rule(&transaction, id, rules, seq + 1)?,
                Write::Decide(pair, decision) => decisions::decide(&transaction, pair, *decision, seq + 1)?,
            };
            if outcome.changes_something() {
                seq += 1;
            }
            outcomes.push(outcome);
        }
        if seq != first {
            transaction.execute("UPDATE meta SET value = ?1 WHERE key = 'seq'", [seq])?;
        }
        transaction.commit()?;
        // Durable from here.
        Ok(Committed { seq: SeqNo(seq.unsigned_abs()), outcomes })
    }

    /// Notes whose embeddings this store holds; only while it holds none.
    pub fn set_model(&mut self, model: &StoredModel) -> Result<(), StoreError> {
        let transaction = self.db.transaction()?;
        model.write(&transaction)?;
        Ok(transaction.commit()?)
    }

    /// Makes the database as full as a full disk would.
    #[cfg(test)]
    pub(super) fn limit_pages(&self, pages: u32) {
        self.db.pragma_update(None, "max_page_count", pages).expect("sets");
    }

    /// Copies the log into the database file and empties it; done at shutdown so that the next start finds one file.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        Ok(self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

impl Outcome {
    pub fn changes_something(self) -> bool {
        !matches!(self, Self::Unchanged { .. } | Self::NotFound | Self::AlreadyDecided | Self::NeedsEmbedding)
    }
}

fn store(db: &Transaction<'_>, put: &mut Put, seq: i64) -> Result<Outcome, StoreError> {
    let stored = find(db, &put.question.id)?;
    if let (Some(stored), false) = (&stored, put.created_at_given) {
        put.question.created_at = stored.question.created_at;
    }
    match (stored, &put.embedding) {
        (Some(stored), _) if stored.question == put.question => Ok(Outcome::Unchanged { point: stored.point }),
        (Some(stored), _) if stored.question.text == put.question.text => {
            update(db, stored.point, &put.question, seq)?;
            Ok(Outcome::Updated { point: stored.point })
        }
        (_, None) => Ok(Outcome::NeedsEmbedding),
        (Some(stored), Some(embedding)) => {
            delete(db, &put.question.id)?;
            let new = insert(db, &put.question, embedding, seq)?;
            Ok(Outcome::Replaced { old: stored.point, new })
        }
        (None, Some(embedding)) => Ok(Outcome::Created { point: insert(db, &put.question, embedding, seq)? }),
    }
}

fn find(db: &Connection, id: &QuestionId) -> Result<Option<StoredQuestion>, StoreError> {
    let sql = format!("SELECT {} FROM questions WHERE id = ?1", rows::QUESTION_COLUMNS);
    let mut statement = db.prepare_cached(&sql)?;
    let mut found = statement.query([id.as_str()])?;
    found.next()?.map(rows::question).transpose()
}

fn insert(db: &Transaction<'_>, question: &Question, embedding: &Embedding, seq: i64) -> Result<PointId, StoreError> {
    let mut statement = db.prepare_cached(
        "INSERT INTO questions (seq, id, title, body, language, category, tags, url, answer, author, created_at, attributes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    statement.execute(params![
        seq,
        question.id.as_str(),
        question.text.title(),
        question.text.body(),
        question.language.as_str(),
        question.category,
        tags_json(&question.tags),
        question.url,
        question.answer,
        question.author,
        question.created_at.as_microsecond(),
        question.attributes,
    ])?;
    let point = db.last_insert_rowid();
    let mut statement = db.prepare_cached("INSERT INTO embeddings (point, vector) VALUES (?1, ?2)")?;
    statement.execute(params![point, rows::vector_to_bytes(embedding)])?;
    rows::point(point)
}

fn update(db: &Transaction<'_>, point: PointId, question: &Question, seq: i64) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(
        "UPDATE questions SET seq = ?2, language = ?3, category = ?4, tags = ?5, url = ?6, answer = ?7, author = ?8,
             created_at = ?9, attributes = ?10 WHERE point = ?1",
    )?;
    statement.execute(params![
        point.0,
        seq,
        question.language.as_str(),
        question.category,
        tags_json(&question.tags),
        question.url,
        question.answer,
        question.author,
        question.created_at.as_microsecond(),
        question.attributes,
    ])?;
    Ok(())
}

fn delete(db: &Transaction<'_>, id: &QuestionId) -> Result<Outcome, StoreError> {
    let mut statement = db.prepare_cached("DELETE FROM questions WHERE id = ?1 RETURNING point")?;
    let point: Option<i64> = statement.query_row([id.as_str()], |row| row.get(0)).optional()?;
    match point {
        Some(point) => Ok(Outcome::Deleted { point: rows::point(point)? }),
        None => Ok(Outcome::NotFound),
    }
}

fn tags_json(tags: &[String]) -> String {
    serde_json::Value::from(tags).to_string()
}
