//! The OpenAPI document: made from the handlers, so that it can't tell of others.

use axum::Json;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "likewise",
        description = "Related questions by meaning. Errors are RFC 9457 problems; unknown fields are errors; \
                       where keys are set, requests that change something need `Authorization: Bearer KEY`.",
        license(name = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "related", description = "The list of related questions"),
        (name = "duplicates", description = "Whether questions are the same"),
        (name = "rules", description = "What editors decide about lists"),
        (name = "questions", description = "Storing and reading questions"),
        (name = "operation", description = "Health and status"),
    ),
    modifiers(&ApiKey),
)]
pub struct Document;

struct ApiKey;

impl utoipa::Modify for ApiKey {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        document.components.get_or_insert_default().add_security_scheme("api_key", scheme);
    }
}

/// The answers that every operation may give beside its own: a request that can't be read, a wrong method or content type, too
/// many or too long requests, a fault of the server.
pub fn with_common_answers(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let other = ResponseBuilder::new()
        .description("Any other problem (RFC 9457); `status` and `type` tell which")
        .content("application/problem+json", problem)
        .build();
    for path in document.paths.paths.values_mut() {
        let operations = [&mut path.get, &mut path.put, &mut path.post, &mut path.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("default".into(), other.clone().into());
        }
    }
    document
}

/// Serves a finished document.
pub async fn serve(document: utoipa::openapi::OpenApi) -> Response {
    Json(document).into_response()
}
