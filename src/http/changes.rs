//! `GET /v1/changes`: whose pages changed since a state of the store.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiResult, Problem};
use super::extract::Parameters;
use super::state::{Ready, blocking};
use crate::lists::Changes;
use crate::question::SeqNo;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangesParameters {
    /// The `seq` of the answer before; 0 for everything.
    since: u64,
}

/// Questions whose page is not what it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangesResponse {
    pub since: u64,
    /// Ask since this the next time.
    pub seq: u64,
    /// Ids of questions of which the list, or a question shown in it, changed.
    pub changed: Vec<String>,
    /// Ids of questions that were deleted.
    pub deleted: Vec<String>,
    /// Whether all deletions are told; after a restart earlier ones are not known any more.
    pub complete: bool,
}

impl ChangesResponse {
    pub fn new(since: SeqNo, changes: Changes) -> Self {
        let texts = |ids: Vec<crate::question::QuestionId>| ids.iter().map(ToString::to_string).collect();
        Self {
            since: since.0,
            seq: changes.seq.0,
            changed: texts(changes.changed),
            deleted: texts(changes.deleted),
            complete: changes.complete,
        }
    }
}

/// The change feed: the questions whose related list, or a question shown in it, changed. The webhook sends the same.
#[utoipa::path(
    get, path = "/v1/changes", tag = "related", params(ChangesParameters),
    responses(
        (status = 200, body = ChangesResponse, description = "What changed, up to `seq`"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "The lists are still being made; see Retry-After"),
    )
)]
pub async fn changes(
    Ready(app): Ready,
    Parameters(ChangesParameters { since }): Parameters<ChangesParameters>,
) -> ApiResult<Json<ChangesResponse>> {
    let lists = app.lists.clone().ok_or_else(Problem::lists_not_ready)?;
    let since = SeqNo(since.min(i64::MAX as u64));
    let changes = blocking(move || lists.changes(since)).await??;
    Ok(Json(ChangesResponse::new(since, changes.ok_or_else(Problem::lists_not_ready)?)))
}
