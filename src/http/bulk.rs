//! `POST /v1/questions`: many questions at once, as a JSON array or as a stream of lines.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{FromRequest, Request, State};
use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio_util::io::StreamReader;
use utoipa::ToSchema;

use super::admission::MayWrite;
use super::error::{ApiResult, Problem, ProblemField};
use super::extract::{body_problem, from_json, is_json, media_type};
use super::state::{Ready, Server, blocking};
use crate::app::App;
use crate::ingest::{Draft, ingest};
use crate::store::{Outcome, SeenIds};
use crate::wire::QuestionInput;

/// Questions that are embedded and committed together.
const CHUNK: usize = 256;
/// Longest line of a stream, in bytes; a question with every field at its longest in four-byte characters fits.
const MAX_LINE_BYTES: u64 = 1 << 20;
/// Rejections that are told one by one; all are counted.
const MAX_REJECTIONS: usize = 1_000;

/// What became of the questions.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct BulkResponse {
    /// Stored, durably, or there already.
    pub accepted: u64,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub rejected_count: u64,
    /// The first thousand of the rejected.
    pub rejected: Vec<Rejection>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Rejection {
    /// Position among the questions of the request, from 0; empty lines are not counted.
    pub index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub reason: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
}

/// Stores many questions: a JSON array, or with `Content-Type: application/x-ndjson` one question a line, streamed, of any
/// length. What is at fault is rejected, the rest is stored. Accepted questions are durable and findable when answered.
#[utoipa::path(
    post, path = "/v1/questions", tag = "questions",
    request_body(content((Vec<QuestionInput> = "application/json"), (String = "application/x-ndjson"))),
    responses(
        (status = 200, body = BulkResponse, description = "What became of the questions"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The body is no JSON array"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "A key is needed"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "Too large for one array: stream it"),
        (status = 507, body = Problem, content_type = "application/problem+json", description = "The disk is full"),
    )
)]
pub async fn bulk(
    _key: MayWrite,
    State(server): State<Arc<Server>>,
    Ready(app): Ready,
    request: Request,
) -> ApiResult<Json<BulkResponse>> {
    let _turn = server.bulk.acquire().await.map_err(Problem::internal)?;
    let mut bulk = Bulk::new(app)?;
    match media_type(request.headers()).as_str() {
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
            let patience = server.config.request_timeout;
            if let Err(problem) = bulk.stream(request.into_body(), patience).await {
                // What came before the fault is stored, as the problem says.
                bulk.flush().await?;
                return Err(problem);
            }
        }
        _ if is_json(request.headers()) => {
            let bytes = Bytes::from_request(request, &server).await.map_err(|e| body_problem(e, &server))?;
            bulk.array(&bytes).await?;
        }
        _ => return Err(Problem::media_type("send `Content-Type: application/json` or `application/x-ndjson`")),
    }
    Ok(Json(bulk.finish().await?))
}

/// One upload under way.
struct Bulk {
    app: App,
    seen: SeenIds,
    pending: Vec<Draft>,
    response: BulkResponse,
    index: u64,
}

impl Bulk {
    fn new(app: App) -> Result<Self, Problem> {
        Ok(Self { app, seen: SeenIds::new()?, pending: Vec::new(), response: BulkResponse::default(), index: 0 })
    }

    async fn array(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        // Element by element: one bad question must not spoil the others.
        let elements: Vec<&RawValue> = from_json(bytes)?;
        for element in elements {
            self.take(element.get().as_bytes()).await?;
        }
        Ok(())
    }

    /// `patience` is how long the next line may take to arrive.
    async fn stream(&mut self, body: HttpBody, patience: Duration) -> Result<(), Problem> {
        let bytes = body.into_data_stream().map_err(std::io::Error::other);
        let mut lines = BufReader::new(StreamReader::new(bytes));
        let mut line = Vec::new();
        loop {
            line.clear();
            let mut limited = (&mut lines).take(MAX_LINE_BYTES + 1);
            let read = tokio::time::timeout(patience, limited.read_until(b'\n', &mut line)).await;
            let read = read.map_err(|_| self.broken("nothing arrived for too long"))?;
            if read.map_err(|e| self.broken(&e.to_string()))? == 0 {
                return Ok(());
            }
            if line.len() as u64 > MAX_LINE_BYTES {
                return Err(self.broken(&format!("the next line is longer than {MAX_LINE_BYTES} bytes")));
            }
            if !line.trim_ascii().is_empty() {
                self.take(&line).await?;
            }
        }
    }

    fn broken(&self, why: &str) -> Problem {
        Problem::malformed(format!("after {} questions: {why}; what came before was stored", self.index))
    }

    async fn take(&mut self, json: &[u8]) -> Result<(), Problem> {
        let index = self.index;
        self.index += 1;
        match self.parse(json, index)? {
            Ok(draft) => self.pending.push(draft),
            Err(rejection) => {
                self.response.rejected_count += 1;
                if self.response.rejected.len() < MAX_REJECTIONS {
                    self.response.rejected.push(rejection);
                }
            }
        }
        if self.pending.len() >= CHUNK {
            self.flush().await?;
        }
        Ok(())
    }

    fn parse(&mut self, json: &[u8], index: u64) -> Result<Result<Draft, Rejection>, Problem> {
        let reject = |id, reason: String, errors| Ok(Err(Rejection { index, id, reason, errors }));
        let input: QuestionInput = match from_json(json) {
            Ok(input) => input,
            Err(problem) => {
                let (reason, errors) = problem.into_reason();
                return reject(None, reason, errors);
            }
        };
        let id = input.id.clone();
        let draft = match input.parse(None) {
            Ok(draft) => draft,
            Err(errors) => {
                let (reason, errors) = Problem::invalid_fields(&errors).into_reason();
                return reject(id, reason, errors);
            }
        };
        match self.seen.insert(&draft.question.id, index)? {
            None => Ok(Ok(draft)),
            Some(first) => reject(id, format!("the same id stands at index {first} already"), Vec::new()),
        }
    }

    async fn flush(&mut self) -> Result<(), Problem> {
        let drafts = std::mem::take(&mut self.pending);
        if drafts.is_empty() {
            return Ok(());
        }
        let app = self.app.clone();
        let stored = blocking(move || ingest(&*app.corpus, &app.embedder, drafts)).await??;
        for outcome in stored {
            self.response.accepted += 1;
            match outcome {
                Outcome::Created { .. } => self.response.created += 1,
                Outcome::Unchanged { .. } => self.response.unchanged += 1,
                _ => self.response.updated += 1,
            }
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<BulkResponse, Problem> {
        self.flush().await?;
        Ok(self.response)
    }
}
