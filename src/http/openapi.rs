//! The OpenAPI document: made from the handlers, so that it can't tell of others.

use axum::Json;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

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

/// Serves a finished document.
pub async fn serve(document: utoipa::openapi::OpenApi) -> Response {
    Json(document).into_response()
}
