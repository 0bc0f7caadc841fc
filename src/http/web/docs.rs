//! `/docs`: the reference of the API, made from the document that `/openapi.json` serves.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::reader::Reader;
use super::view;
use crate::http::state::Server;

/// Where the document says no other address, examples name this one.
const EXAMPLE_HOST: &str = "127.0.0.1:7171";
const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// A request for each operation, which works on the sample questions.
static EXAMPLES: LazyLock<BTreeMap<String, ExampleRequest>> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

#[derive(Debug, Clone, Deserialize)]
struct ExampleRequest {
    path: String,
    #[serde(default)]
    body: Option<Value>,
    /// In place of a JSON body.
    #[serde(default)]
    lines: Option<Vec<Value>>,
}

/// The document, for reading.
#[derive(Debug, Serialize)]
pub struct Reference {
    groups: Vec<Group>,
    types: Vec<Named>,
}

/// Operations under one heading.
#[derive(Debug, Serialize)]
struct Group {
    name: String,
    description: String,
    operations: Vec<Operation>,
}

#[derive(Debug, Serialize)]
struct Operation {
    id: String,
    method: String,
    path: String,
    description: String,
    parameters: Vec<Field>,
    /// The type of the body; empty where there is none.
    body: Vec<Part>,
    answers: Vec<Answer>,
    example: Option<Example>,
    /// Whether it changes what is stored.
    writes: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Example {
    path: String,
    body: Option<String>,
    /// The content type of the body.
    kind: Option<&'static str>,
    curl: String,
}

#[derive(Debug, Serialize)]
struct Answer {
    status: String,
    description: String,
    r#type: Vec<Part>,
}

#[derive(Debug, Serialize)]
struct Field {
    name: String,
    r#type: Vec<Part>,
    required: bool,
    default: Option<String>,
    description: String,
}

/// A type with a name of its own.
#[derive(Debug, Serialize)]
struct Named {
    name: String,
    description: String,
    fields: Vec<Field>,
    values: Vec<Choice>,
}

/// One of the values that a type has.
#[derive(Debug, Serialize)]
struct Choice {
    name: String,
    description: String,
}

/// A piece of how a type is written: words, or the name of a type that is described below.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Part {
    text: String,
    link: bool,
}

impl Reference {
    pub fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let document = serde_json::to_value(document).unwrap_or_default();
        let mut groups: Vec<Group> = array(&document["tags"])
            .iter()
            .map(|tag| Group { name: text(&tag["name"]), description: text(&tag["description"]), operations: Vec::new() })
            .collect();
        for (path, item) in object(&document["paths"]) {
            for method in METHODS {
                let operation = &item[method];
                let tag = text(&operation["tags"][0]);
                if let Some(group) = groups.iter_mut().find(|group| group.name == tag) {
                    group.operations.push(Operation::of(method, path, operation));
                }
            }
        }
        let types = object(&document["components"]["schemas"]).map(|(name, schema)| Named::of(name, schema)).collect();
        Self { groups, types }
    }
}

impl Operation {
    fn of(method: &str, path: &str, operation: &Value) -> Self {
        let id = text(&operation["operationId"]);
        let parameter = |parameter: &Value| Field {
            name: text(&parameter["name"]),
            r#type: written(&parameter["schema"]),
            required: parameter["required"] == true,
            default: default(&parameter["schema"]),
            description: text(&parameter["description"]),
        };
        let answers = object(&operation["responses"]).map(|(status, answer)| Answer {
            status: status.clone(),
            description: text(&answer["description"]),
            r#type: content(answer),
        });
        let description: Vec<String> =
            ["summary", "description"].map(|name| text(&operation[name])).into_iter().filter(|text| !text.is_empty()).collect();
        let answers: Vec<Answer> = answers.collect();
        Self {
            example: EXAMPLES.get(&id).map(|request| Example::of(method, request)),
            id,
            method: method.to_uppercase(),
            path: path.to_owned(),
            description: description.join(" "),
            parameters: array(&operation["parameters"]).iter().map(parameter).collect(),
            body: content(&operation["requestBody"]),
            // What needs a key changes something.
            writes: answers.iter().any(|answer| answer.status == "401"),
            answers,
        }
    }
}

impl Example {
    fn of(method: &str, request: &ExampleRequest) -> Self {
        let lines = |lines: &Vec<Value>| lines.iter().map(|line| format!("{line}\n")).collect();
        let (body, kind) = match (&request.body, &request.lines) {
            (Some(body), _) => (serde_json::to_string_pretty(body).ok(), Some("application/json")),
            (None, Some(given)) => (Some(lines(given)), Some("application/x-ndjson")),
            (None, None) => (None, None),
        };
        let mut curl = String::from("curl -s");
        if method != "get" && !(method == "post" && body.is_some()) {
            curl += &format!(" -X {}", method.to_uppercase());
        }
        curl += &format!(" '{{server}}{}'", request.path);
        if let (Some(kind), Some(body)) = (kind, &body) {
            let compact = request.body.as_ref().map_or_else(|| body.trim_end().to_owned(), Value::to_string);
            let flag = if kind == "application/json" { "-d" } else { "--data-binary" };
            curl += &format!(" \\\n  -H 'Content-Type: {kind}' \\\n  {flag} '{}'", compact.replace('\'', "'\\''"));
        }
        Self { path: request.path.clone(), body, kind, curl }
    }
}

impl Named {
    fn of(name: &str, schema: &Value) -> Self {
        // An object that takes in another one's fields is a list of both.
        let parts: Vec<&Value> = array(&schema["allOf"]).iter().chain([schema]).collect();
        let fields = parts.iter().flat_map(|part| {
            let required = |name: &str| array(&part["required"]).iter().any(|required| required == name);
            object(&part["properties"]).map(move |(name, schema)| Field {
                name: name.clone(),
                r#type: written(schema),
                required: required(name),
                default: default(schema),
                description: text(&schema["description"]),
            })
        });
        let taken_in = array(&schema["allOf"]).iter().filter(|part| part.get("$ref").is_some()).map(|part| Field {
            name: "…".into(),
            r#type: written(part),
            required: false,
            default: None,
            description: String::new(),
        });
        let listed = array(&schema["enum"]).iter().map(|value| Choice { name: text(value), description: String::new() });
        let told = array(&schema["oneOf"]).iter().flat_map(|one| {
            array(&one["enum"]).iter().map(|value| Choice { name: text(value), description: text(&one["description"]) })
        });
        Self {
            name: name.to_owned(),
            description: text(&schema["description"]),
            fields: fields.chain(taken_in).collect(),
            values: listed.chain(told).collect(),
        }
    }
}

/// How a type is written.
fn written(schema: &Value) -> Vec<Part> {
    let plain = |text: &str| vec![Part { text: text.to_owned(), link: false }];
    if let Some(reference) = schema["$ref"].as_str() {
        return vec![Part { text: reference.rsplit('/').next().unwrap_or_default().to_owned(), link: true }];
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        let kinds = array(&schema[several]);
        if !kinds.is_empty() {
            let kinds: Vec<Vec<Part>> = kinds.iter().filter(|kind| kind["type"] != "null").map(written).collect();
            return kinds.join(&plain(" or ")[..]);
        }
    }
    if !array(&schema["enum"]).is_empty() {
        let values: Vec<String> = array(&schema["enum"]).iter().map(ToString::to_string).collect();
        return plain(&values.join(" or "));
    }
    let names: Vec<String> = match &schema["type"] {
        Value::String(name) => vec![name.clone()],
        names => array(names).iter().map(text).filter(|name| name != "null").collect(),
    };
    if names == ["array"] {
        return [plain("list of "), written(&schema["items"])].concat();
    }
    let bounds = match (number(schema, &["minimum", "minLength"]), number(schema, &["maximum", "maxLength"])) {
        (Some(low), Some(high)) => format!(", {low} to {high}"),
        (None, Some(high)) => format!(", up to {high}"),
        (Some(low), None) => format!(", from {low}"),
        (None, None) => String::new(),
    };
    plain(&(names.join(" or ") + &bounds))
}

fn number(schema: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| schema[*name].as_f64()).map(|number| number.to_string())
}

fn default(schema: &Value) -> Option<String> {
    schema.get("default").filter(|value| !value.is_null()).map(ToString::to_string)
}

/// The type of a body, whatever its form.
fn content(of: &Value) -> Vec<Part> {
    let mut kinds: Vec<Vec<Part>> = object(&of["content"]).map(|(_, content)| written(&content["schema"])).collect();
    kinds.dedup();
    kinds.join(&[Part { text: " or ".into(), link: false }][..])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[derive(Serialize)]
struct DocsPage<'a> {
    #[serde(flatten)]
    reference: &'a Reference,
    keyed: bool,
    server: String,
}

pub async fn page(
    reference: Arc<Reference>,
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    reader: Reader,
) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or(EXAMPLE_HOST);
    let page = DocsPage { reference: &reference, keyed: !server.config.api_keys.is_empty(), server: format!("http://{host}") };
    view::render(&reader, "docs.html", page)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(schema: &Value) -> String {
        written(schema).into_iter().map(|part| part.text).collect()
    }

    #[test]
    fn types_are_written_in_words() {
        assert_eq!(plain(&json!({"type": ["integer", "null"], "minimum": 1, "maximum": 100})), "integer, 1 to 100");
        assert_eq!(plain(&json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/A"}]})), "A");
        assert_eq!(plain(&json!({"type": "array", "items": {"type": "string", "maxLength": 9}})), "list of string, up to 9");
        assert_eq!(plain(&json!({"enum": ["a", "b"]})), "\"a\" or \"b\"");
    }
}
