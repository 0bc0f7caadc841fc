//! Readers: any number, beside the writer.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params_from_iter};

use super::error::StoreError;
use super::{StoredModel, decisions, rows, schema};
use crate::editorial::Editorial;
use crate::embedding::Fingerprint;
use crate::question::{Language, PointId, Question, QuestionId, SeqNo};

const STORED_AFTER: &str = "SELECT point FROM questions WHERE seq > ?1";
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

/// What words and catalogs need of a question.
#[derive(Debug)]
pub struct PointText<'a> {
    pub point: PointId,
    pub id: &'a str,
    pub language: &'a str,
    pub category: Option<&'a str>,
    pub title: &'a str,
    pub body: Option<&'a str>,
    pub tags: Vec<String>,
    /// Microseconds since 1970.
    pub created_at: i64,
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
        self.with(seq)
    }

    /// Tells this store from every other, also from one that was made anew.
    pub fn identity(&self) -> Result<String, StoreError> {
        self.with(identity)
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
        self.with(|db| points(db, STORED_AFTER, [seq.0 as i64]))
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
        self.with(|db| points.iter().map(|point| question(db, *point)).collect())
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

    /// Copies one state into a new database, without what was deleted. Only when it returns the copy is complete; it is not synced.
    pub(super) fn copy_into(&self, path: &Path) -> Result<(), StoreError> {
        let name = path.to_str().ok_or_else(|| StoreError::File {
            path: path.to_owned(),
            source: std::io::Error::other("the database takes names in UTF-8 only"),
        })?;
        self.with(|db| Ok(db.execute("VACUUM INTO ?1", [name]).map(|_| ())?))
    }

    /// What is wrong with the database by its own rules: nothing, as a rule. Cost: reads all of it.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        self.with(|db| {
            let mut statement = db.prepare("PRAGMA integrity_check")?;
            let found = statement.query_map([], |row| row.get::<_, String>(0))?;
            let mut faults = found.collect::<Result<Vec<String>, _>>()?;
            faults.retain(|fault| fault != "ok");
            let mut statement = db.prepare("PRAGMA foreign_key_check")?;
            let stray = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?)))?;
            for stray in stray {
                let (table, row) = stray?;
                faults.push(format!("row {} of table {table} refers to nothing", row.unwrap_or_default()));
            }
            Ok(faults)
        })
    }

    /// Reads several things of one state, however much is written meanwhile.
    pub fn at_one_moment<T, E: From<StoreError>>(&self, read: impl FnOnce(&Moment<'_>) -> Result<T, E>) -> Result<T, E> {
        self.with(|db| {
            let moment = Moment(db.unchecked_transaction()?);
            Ok(read(&moment))
        })?
    }
}

/// One state of the store.
pub struct Moment<'a>(Transaction<'a>);

impl Moment<'_> {
    pub fn seq(&self) -> Result<SeqNo, StoreError> {
        seq(&self.0)
    }

    pub fn editorial(&self) -> Result<Editorial, StoreError> {
        decisions::read(&self.0)
    }

    /// Tells this store from every other.
    pub fn identity(&self) -> Result<String, StoreError> {
        identity(&self.0)
    }

    /// All points, ascending. Cost: a pass over an index of two numbers a question.
    pub fn points(&self) -> Result<Vec<PointId>, StoreError> {
        let mut points = points(&self.0, "SELECT point FROM questions INDEXED BY questions_by_seq", [])?;
        points.sort_unstable();
        Ok(points)
    }

    pub fn question(&self, point: PointId) -> Result<Option<StoredQuestion>, StoreError> {
        question(&self.0, point)
    }

    /// Visits the texts of all points in ascending order, or of these, in memory that does not grow with the store.
    pub fn for_each_text(
        &self,
        of: Option<&[PointId]>,
        mut visit: impl FnMut(PointText<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT point, id, language, category, tags, created_at, title, body FROM questions";
        match of {
            None => {
                let mut statement = self.0.prepare(&format!("{sql} ORDER BY point"))?;
                let mut found = statement.query([])?;
                while let Some(row) = found.next()? {
                    visit_text(row, &mut visit)?;
                }
            }
            Some(points) => {
                let mut statement = self.0.prepare(&format!("{sql} WHERE point = ?1"))?;
                for point in points {
                    if let Some(row) = statement.query([point.0])?.next()? {
                        visit_text(row, &mut visit)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The points of questions that were stored after `seq`, ascending.
    pub fn stored_after(&self, seq: SeqNo) -> Result<Vec<PointId>, StoreError> {
        let mut points = points(&self.0, STORED_AFTER, [seq.0 as i64])?;
        points.sort_unstable();
        Ok(points)
    }

    /// Visits the vectors of the points from `first` to `last` in ascending order: finite and of length one, as they were written.
    pub fn for_each_vector(
        &self,
        (first, last): (PointId, PointId),
        dimension: usize,
        mut visit: impl FnMut(PointId, &[f32]),
    ) -> Result<(), StoreError> {
        let sql = "SELECT point, vector FROM embeddings WHERE point BETWEEN ?1 AND ?2 ORDER BY point";
        let mut statement = self.0.prepare_cached(sql)?;
        let mut found = statement.query([first.0, last.0])?;
        let mut vector = Vec::with_capacity(dimension);
        while let Some(row) = found.next()? {
            let point = rows::point(row.get(0)?)?;
            vector.clear();
            let blob = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            rows::vector_from_bytes(blob, dimension, &mut vector)
                .map_err(|e| StoreError::Damaged { id: format!("of point {}", point.0), why: e.to_string() })?;
            visit(point, &vector);
        }
        Ok(())
    }
}

fn visit_text(row: &Row<'_>, visit: &mut impl FnMut(PointText<'_>) -> Result<(), StoreError>) -> Result<(), StoreError> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let optional = |column: usize| row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from);
    let id = text(1)?;
    let damaged = |why: serde_json::Error| StoreError::Damaged { id: id.to_owned(), why: why.to_string() };
    visit(PointText {
        point: rows::point(row.get(0)?)?,
        id,
        language: text(2)?,
        category: optional(3)?,
        tags: serde_json::from_str(text(4)?).map_err(damaged)?,
        created_at: row.get(5)?,
        title: text(6)?,
        body: optional(7)?,
    })
}

fn question(db: &Connection, point: PointId) -> Result<Option<StoredQuestion>, StoreError> {
    let sql = format!("SELECT {} FROM questions WHERE point = ?1", rows::QUESTION_COLUMNS);
    let mut statement = db.prepare_cached(&sql)?;
    statement.query([point.0])?.next()?.map(rows::question).transpose()
}

fn identity(db: &Connection) -> Result<String, StoreError> {
    Ok(db.query_row("SELECT value FROM meta WHERE key = 'store'", [], |row| row.get(0))?)
}

fn seq(db: &Connection) -> Result<SeqNo, StoreError> {
    let seq: i64 = db.query_row("SELECT value FROM meta WHERE key = 'seq'", [], |row| row.get(0))?;
    Ok(SeqNo(seq.unsigned_abs()))
}

/// The points that a query tells.
fn points(db: &Connection, sql: &str, parameters: impl Params) -> Result<Vec<PointId>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query(parameters)?;
    let mut points = Vec::new();
    while let Some(row) = found.next()? {
        points.push(rows::point(row.get(0)?)?);
    }
    Ok(points)
}
