//! The API's own description.
//!
//! Each handler describes itself with `#[utoipa::path]` and is registered with `routes!` on an `OpenApiRouter`; what holds of all of
//! them — the form of problems, answers that any request can have, `after_seq` — is added here, once.

use std::collections::BTreeMap;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApi, Paths, Ref, RefOr, Required, Response, ResponseBuilder, Schema, Tag,
};
use utoipa::{PartialSchema, ToSchema};

use crate::app::App;
use crate::problem::ProblemBody;

/// Where the description is served.
pub const ADDRESS: &str = "/api/v1/openapi.json";

const PROBLEM_JSON: &str = "application/problem+json";

/// Answers that any request can have.
const ANY: [(&str, &str); 4] = [
    ("421", "`HOST_NOT_ALLOWED`: a server that listens on loopback was addressed by another name"),
    ("422", "`INVALID_INPUT`: `problems` names each field at fault, and what to write instead"),
    ("500", "`INTERNAL`: a bug of the server"),
    ("503", "`STORE_ERROR`: the database is not available; nothing was changed"),
];

/// Completes what the handlers say of themselves.
pub fn complete(mut api: OpenApi) -> OpenApi {
    api.info = InfoBuilder::new()
        .title("client-event-scheduler")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Events, their change feed, and the scheduler that acts on them. docs/http-api.md tells it with examples."))
        .build();
    api.servers = None;
    api.tags = Some(vec![
        tag("events", "Create, read, change and delete events"),
        tag("transfer", "Import and export"),
        tag("feed", "What changed: snapshot, changes, stream"),
        tag("health", "How the server is"),
    ]);
    let components = api.components.get_or_insert_default();
    components.schemas.insert(ProblemBody::name().into_owned(), ProblemBody::schema());
    let mut schemas = Vec::new();
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    complete_paths(&mut api.paths);
    api
}

/// The description as text, as it is served and committed.
pub fn to_text(api: &OpenApi) -> String {
    match api.to_pretty_json() {
        Ok(text) => text + "\n",
        Err(error) => unreachable!("a description has text keys only: {error}"),
    }
}

/// Adds the route that serves the description.
pub fn serve(router: Router<App>, api: &OpenApi) -> Router<App> {
    let text = Bytes::from(to_text(api));
    let answer = move || {
        let text = text.clone();
        async move {
            let json = HeaderValue::from_static("application/json");
            ([(header::CONTENT_TYPE, json)], text).into_response()
        }
    };
    router.route(ADDRESS, get(answer))
}

fn tag(name: &str, description: &str) -> Tag {
    let mut tag = Tag::new(name);
    tag.description = Some(description.to_owned());
    tag
}

fn complete_paths(paths: &mut Paths) {
    for item in paths.paths.values_mut() {
        let operations = [
            (HttpMethod::Get, &mut item.get),
            (HttpMethod::Put, &mut item.put),
            (HttpMethod::Post, &mut item.post),
            (HttpMethod::Delete, &mut item.delete),
            (HttpMethod::Patch, &mut item.patch),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                complete_operation(operation, method == HttpMethod::Get);
            }
        }
    }
}

fn complete_operation(operation: &mut Operation, reads: bool) {
    if reads {
        let after_seq = ParameterBuilder::new()
            .name("after_seq")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(
                "The `seq` of a mutation's answer: waits up to 2 s until that change can be read",
            ))
            .schema(Some(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).build()))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(after_seq));
    }
    operation.parameters.iter_mut().flatten().for_each(never_null);
    let responses = &mut operation.responses.responses;
    for (status, description) in ANY {
        add(responses, status, description);
    }
    if reads {
        add(responses, "409", "`SEQ_NOT_REACHED`: the change of `after_seq` has not been taken in yet");
    } else {
        add(responses, "403", "`CROSS_ORIGIN`: a page of another origin asked for a change");
    }
    for (status, response) in responses.iter_mut() {
        if let RefOr::T(response) = response
            && status.as_str() >= "400"
            && response.content.is_empty()
        {
            let schema = Ref::from_schema_name(ProblemBody::name());
            let content = ContentBuilder::new().schema(Some(schema)).build();
            response.content.insert(PROBLEM_JSON.to_owned(), RefOr::T(content));
        }
    }
}

/// A parameter that is left out is left out: no text of an address or a header stands for null.
fn never_null(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(Parameter { schema: Some(RefOr::T(Schema::Object(object))), .. }) = parameter else {
        return;
    };
    if let SchemaType::Array(types) = &object.schema_type
        && let [only] = types.iter().filter(|each| **each != Type::Null).collect::<Vec<_>>()[..]
    {
        object.schema_type = SchemaType::Type(only.clone());
    }
}

fn add(responses: &mut BTreeMap<String, RefOr<Response>>, status: &str, description: &str) {
    let response = || RefOr::T(ResponseBuilder::new().description(description).build());
    responses.entry(status.to_owned()).or_insert_with(response);
}
