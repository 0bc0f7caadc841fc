//! Readers: any number, beside the writer.

use std::collections::HashMap;
use std::path::PathBuf;

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::error::StoreError;
use super::{StoredModel, decisions, rows, schema};
use crate::editorial::Editorial;
use crate::embedding::Fingerprint;
use crate::question::{Language, PointId, Question, QuestionId, SeqNo};

/// Connections kept open for the next reader.
const IDLE_CONNECTIONS: usize = 8;

/// A question as it was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredQuestion {
    pub point: PointId,
    /// The write that stored it last.
    pub seq: SeqNo,
    pub question: Question,
}

/// What indexes and catalogs need of a question.
#[derive(Debug)]
pub struct Point<'a> {
    pub point: PointId,
    pub id: &'a str,
    pub language: &'a str,
    pub category: Option<&'a str>,
    pub title: &'a str,
    pub body: Option<&'a str>,
    pub tags: Vec<String>,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// Of the store's dimension; finite and of length one, as it was written.
    pub vector: &'a [f32],
}

/// Which page of all questions, in the order of ids.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub after: Option<QuestionId>,
    pub category: Option<String>,
    pub language: Option<Language>,
    pub limit: usize,
}

/// A pool of connections that can't write. Each call sees one consistent state.
pub struct Reader {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Reader {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    /// Closes the connections that nobody uses now.
    pub fn close_idle(&self) {
        self.idle.lock().clear();
    }

    /// Runs `read` on a connection of its own.
    fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().pop();
        let db = match idle {
            Some(db) => db,
            None => schema::open_reader(&self.path)?,
        };
        let result = read(&db);
        let mut idle = self.idle.lock();
        if idle.len() < IDLE_CONNECTIONS {
            idle.push(db);
        }
        result
    }

    pub fn model(&self) -> Result<Option<StoredModel>, StoreError> {
        self.with(|db| {
            let fact = |key: &str| {
                let found = db.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get::<_, String>(0));
                found.optional()
            };
            let (Some(name), Some(fingerprint)) = (fact("model_name")?, fact("model_fingerprint")?) else { return Ok(None) };
            let dimension = fact("model_dimension")?.and_then(|d| d.parse().ok()).unwrap_or(0);
            Ok(Some(StoredModel { name, fingerprint: Fingerprint::from_text(&fingerprint), dimension }))
        })
    }

    pub fn seq(&self) -> Result<SeqNo, StoreError> {
        self.with(|db| {
            let seq: i64 = db.query_row("SELECT value FROM meta WHERE key = 'seq'", [], |row| row.get(0))?;
            Ok(SeqNo(seq.unsigned_abs()))
        })
    }

    /// Tells this store from every other, also from one that was made anew.
    pub fn identity(&self) -> Result<String, StoreError> {
        self.with(|db| Ok(db.query_row("SELECT value FROM meta WHERE key = 'store'", [], |row| row.get(0))?))
    }

    pub fn count(&self) -> Result<u64, StoreError> {
        self.with(|db| Ok(db.query_row("SELECT count(*) FROM questions", [], |row| row.get::<_, i64>(0))?.unsigned_abs()))
    }

    /// When each question was stored last. Cost: one pass over an index of two numbers a question.
    pub fn seqs(&self) -> Result<HashMap<PointId, SeqNo>, StoreError> {
        self.with(|db| {
            let mut statement = db.prepare_cached("SELECT point, seq FROM questions")?;
            let mut found = statement.query([])?;
            let mut seqs = HashMap::new();
            while let Some(row) = found.next()? {
                seqs.insert(rows::point(row.get(0)?)?, SeqNo(row.get::<_, i64>(1)?.unsigned_abs()));
            }
            Ok(seqs)
        })
    }

    /// The points of questions that were stored after `seq`.
    pub fn stored_after(&self, seq: SeqNo) -> Result<Vec<PointId>, StoreError> {
        self.with(|db| {
            let mut statement = db.prepare_cached("SELECT point FROM questions WHERE seq > ?1")?;
            let mut found = statement.query([seq.0 as i64])?;
            let mut points = Vec::new();
            while let Some(row) = found.next()? {
                points.push(rows::point(row.get(0)?)?);
            }
            Ok(points)
        })
    }

    /// What people decided.
    pub fn editorial(&self) -> Result<Editorial, StoreError> {
        self.with(decisions::read)
    }

    /// Questions that something was decided about after `seq`.
    pub fn decided_after(&self, seq: SeqNo) -> Result<Vec<QuestionId>, StoreError> {
        self.with(|db| decisions::touched_after(db, seq))
    }

    pub fn get(&self, id: &QuestionId) -> Result<Option<StoredQuestion>, StoreError> {
        Ok(self.get_many(std::slice::from_ref(id))?.pop().flatten())
    }

    /// One answer an id, in order.
    pub fn get_many(&self, ids: &[QuestionId]) -> Result<Vec<Option<StoredQuestion>>, StoreError> {
        self.with(|db| {
            let sql = format!("SELECT {} FROM questions WHERE id = ?1", rows::QUESTION_COLUMNS);
            let mut statement = db.prepare_cached(&sql)?;
            let read = |id: &QuestionId| statement.query([id.as_str()])?.next()?.map(rows::question).transpose();
            ids.iter().map(read).collect()
        })
    }

    /// One answer a point, in order; `None` where the point is gone.
    pub fn by_points(&self, points: &[PointId]) -> Result<Vec<Option<StoredQuestion>>, StoreError> {
        self.with(|db| {
            let sql = format!("SELECT {} FROM questions WHERE point = ?1", rows::QUESTION_COLUMNS);
            let mut statement = db.prepare_cached(&sql)?;
            let read = |point: &PointId| statement.query([point.0])?.next()?.map(rows::question).transpose();
            points.iter().map(read).collect()
        })
    }

    /// Questions in the order of their ids.
    pub fn page(&self, page: &Page) -> Result<Vec<StoredQuestion>, StoreError> {
        let mut sql = format!("SELECT {} FROM questions WHERE id > ?1", rows::QUESTION_COLUMNS);
        let mut values = vec![page.after.as_ref().map_or("", QuestionId::as_str).to_owned()];
        if let Some(category) = &page.category {
            values.push(category.clone());
            sql += &format!(" AND category = ?{}", values.len());
        }
        if let Some(language) = &page.language {
            values.push(language.as_str().to_owned());
            let n = values.len();
            // `zh` takes `zh-Hant` too; `-` is followed by `.` in the order of bytes.
            sql += &format!(" AND (language = ?{n} OR (language > ?{n} || '-' AND language < ?{n} || '.'))");
        }
        sql += &format!(" ORDER BY id LIMIT {}", page.limit);
        self.with(|db| {
            let mut statement = db.prepare_cached(&sql)?;
            let mut found = statement.query(params_from_iter(values))?;
            let mut questions = Vec::new();
            while let Some(row) = found.next()? {
                questions.push(rows::question(row)?);
            }
            Ok(questions)
        })
    }

    /// Visits every point in ascending order, in memory that does not grow with the store.
    pub fn for_each_point(
        &self,
        dimension: usize,
        mut visit: impl FnMut(Point<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.with(|db| {
            let mut statement = db.prepare(
                "SELECT q.point, q.id, q.language, q.category, q.tags, q.created_at, e.vector, q.title, q.body
                 FROM questions q JOIN embeddings e ON e.point = q.point ORDER BY q.point",
            )?;
            let mut found = statement.query([])?;
            let mut vector = Vec::with_capacity(dimension);
            while let Some(row) = found.next()? {
                let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
                let id = text(1)?;
                let damaged = |why: String| StoreError::Damaged { id: id.to_owned(), why };
                vector.clear();
                let blob = row.get_ref(6)?.as_blob().map_err(rusqlite::Error::from)?;
                rows::vector_from_bytes(blob, dimension, &mut vector).map_err(|e| damaged(e.to_string()))?;
                visit(Point {
                    point: rows::point(row.get(0)?)?,
                    id,
                    language: text(2)?,
                    category: row.get_ref(3)?.as_str_or_null().map_err(rusqlite::Error::from)?,
                    title: text(7)?,
                    body: row.get_ref(8)?.as_str_or_null().map_err(rusqlite::Error::from)?,
                    tags: serde_json::from_str(text(4)?).map_err(|e| damaged(e.to_string()))?,
                    created_at: row.get(5)?,
                    vector: &vector,
                })?;
            }
            Ok(())
        })
    }
}
