//! Rules and verdicts: rows to values and back.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::error::StoreError;
use super::write::Outcome;
use crate::editorial::{Decision, Editorial, QuestionPair, Rules, Verdict};
use crate::question::{QuestionId, SeqNo};

/// Puts rules in the place of those that were.
pub fn rule(db: &Transaction<'_>, id: &QuestionId, rules: &Rules, seq: i64) -> Result<Outcome, StoreError> {
    let mut find = db.prepare_cached("SELECT pin, hide, not_related, hidden FROM rules WHERE id = ?1")?;
    let before = find.query([id.as_str()])?.next()?.map(|row| read_rules(id, row, 0)).transpose()?.unwrap_or_default();
    if before == *rules {
        return Ok(if rules.is_empty() { Outcome::NotFound } else { Outcome::AlreadyDecided });
    }
    let mut touched: Vec<&QuestionId> = before.named().chain(rules.named()).chain([id]).collect();
    touched.sort_unstable();
    touched.dedup();
    let mut put = db.prepare_cached(
        "INSERT OR REPLACE INTO rules (id, seq, pin, hide, not_related, hidden, touched) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    put.execute(params![
        id.as_str(),
        seq,
        json(&rules.pin),
        json(&rules.hide),
        json(&rules.not_related),
        rules.hidden,
        json(touched),
    ])?;
    Ok(Outcome::Decided)
}

/// Notes a person's word on a pair, or that it was taken back.
pub fn decide(db: &Transaction<'_>, pair: &QuestionPair, decision: Option<Decision>, seq: i64) -> Result<Outcome, StoreError> {
    let [a, b] = pair.ids().map(QuestionId::as_str);
    let mut find = db.prepare_cached("SELECT verdict FROM verdicts WHERE a = ?1 AND b = ?2")?;
    let before: Option<String> = find.query_row([a, b], |row| row.get(0)).optional()?.flatten();
    let verdict = decision.map(|decision| decision.verdict.as_str());
    if before.as_deref() == verdict {
        return Ok(if verdict.is_some() { Outcome::AlreadyDecided } else { Outcome::NotFound });
    }
    let at = decision.map_or(0, |decision| decision.decided_at.as_microsecond());
    let mut put =
        db.prepare_cached("INSERT OR REPLACE INTO verdicts (a, b, seq, verdict, decided_at) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    put.execute(params![a, b, seq, verdict, at])?;
    Ok(Outcome::Decided)
}

/// All that holds.
pub fn read(db: &Connection) -> Result<Editorial, StoreError> {
    let mut editorial = Editorial::default();
    let mut statement = db.prepare("SELECT id, pin, hide, not_related, hidden FROM rules")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let id = read_id(&row.get::<_, String>(0)?)?;
        let rules = read_rules(&id, row, 1)?;
        editorial.set_rules(&id, rules);
    }
    let mut statement = db.prepare("SELECT a, b, verdict, decided_at FROM verdicts WHERE verdict IS NOT NULL")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let (a, b): (String, String) = (row.get(0)?, row.get(1)?);
        let damaged = |why: String| StoreError::Damaged { id: format!("{a} and {b}"), why };
        let verdict = Verdict::parse(&row.get::<_, String>(2)?).map_err(|e| damaged(format!("the verdict {e}")))?;
        let decided_at = Timestamp::from_microsecond(row.get(3)?).map_err(|e| damaged(e.to_string()))?;
        let pair = QuestionPair::new(read_id(&a)?, read_id(&b)?).ok_or_else(|| damaged("is no pair".into()))?;
        editorial.set_decision(pair, Some(Decision { verdict, decided_at }));
    }
    Ok(editorial)
}

/// Questions that something was decided about after a state of the store.
pub fn touched_after(db: &Connection, seq: SeqNo) -> Result<Vec<QuestionId>, StoreError> {
    let mut touched = Vec::new();
    let mut statement = db.prepare_cached("SELECT id, touched FROM rules WHERE seq > ?1")?;
    let mut found = statement.query([seq.0 as i64])?;
    while let Some(row) = found.next()? {
        let id = read_id(&row.get::<_, String>(0)?)?;
        touched.extend(read_ids(&id, &row.get::<_, String>(1)?)?);
    }
    let mut statement = db.prepare_cached("SELECT a, b FROM verdicts WHERE seq > ?1")?;
    let mut found = statement.query([seq.0 as i64])?;
    while let Some(row) = found.next()? {
        touched.push(read_id(&row.get::<_, String>(0)?)?);
        touched.push(read_id(&row.get::<_, String>(1)?)?);
    }
    Ok(touched)
}

/// The rules in four columns from `from` on.
fn read_rules(id: &QuestionId, row: &Row<'_>, from: usize) -> Result<Rules, StoreError> {
    let ids = |column: usize| read_ids(id, &row.get::<_, String>(column)?);
    Ok(Rules { pin: ids(from)?, hide: ids(from + 1)?, not_related: ids(from + 2)?, hidden: row.get(from + 3)? })
}

fn read_id(text: &str) -> Result<QuestionId, StoreError> {
    QuestionId::parse(text).map_err(|e| StoreError::Damaged { id: text.to_owned(), why: format!("the id {e}") })
}

fn read_ids(owner: &QuestionId, json: &str) -> Result<Vec<QuestionId>, StoreError> {
    let texts: Vec<String> = serde_json::from_str(json)
        .map_err(|e| StoreError::Damaged { id: owner.to_string(), why: format!("its rules: {e}") })?;
    texts.iter().map(|text| read_id(text)).collect()
}

fn json<'a>(ids: impl IntoIterator<Item = &'a QuestionId>) -> String {
    serde_json::Value::from_iter(ids.into_iter().map(QuestionId::as_str)).to_string()
}
