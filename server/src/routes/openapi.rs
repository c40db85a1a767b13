//! The API's own description.
//!
//! Each handler describes itself with `#[utoipa::path]` and is registered with `routes!` on an `OpenApiRouter`; what holds of all of
//! them — the form of problems, answers that any request can have, `after_seq` — is added here, once.

use std::collections::BTreeMap;
use std::mem;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, Paths, Ref, RefOr, Required, Response, ResponseBuilder,
    Schema, Tag,
};
use utoipa::{PartialSchema, ToSchema};

use crate::access::SESSION_COOKIE;
use crate::app::App;
use crate::problem::ProblemBody;

/// Where the description is served.
pub const ADDRESS: &str = "/api/v1/openapi.json";

const PROBLEM_JSON: &str = "application/problem+json";

/// Answers that any request can have.
const ANY: [(&str, &str); 5] = [
    ("421", "`HOST_NOT_ALLOWED`: the server was addressed by a name that is not its own"),
    ("422", "`INVALID_INPUT`: `problems` names each field at fault, and what to write instead"),
    ("429", "`TOO_MANY_REQUESTS`: `Retry-After` says when to come again"),
    ("500", "`INTERNAL`: a bug of the server"),
    (
        "503",
        "The database or the scheduler is not available: `STORE_BUSY`, `STORE_UNAVAILABLE`, `STORE_READ_ONLY`, \
             `STORE_ERROR` or `SCHEDULER_DOWN`; nothing was changed",
    ),
];

/// Answers that a request to a route can have that is not for everybody.
const GUARDED: [(&str, &str); 2] = [
    ("401", "`SIGN_IN_REQUIRED`, `SESSION_EXPIRED` or `API_KEY_INVALID`"),
    (
        "403",
        "The caller may not: `FORBIDDEN`, `USERS_ONLY`, `SERVICE_MISMATCH`, `NOT_YOUR_PENDING_EVENT`, `APPROVAL_FORBIDDEN`; \
             or a page asked that must not: `CSRF_TOKEN_INVALID`, `CROSS_ORIGIN`",
    ),
];

/// Answers that a change can have.
const CHANGE: [(&str, &str); 2] = [
    ("403", "`CROSS_ORIGIN`: a page of another origin asked for a change"),
    ("507", "`STORE_FULL`: no room is left for the database; nothing was changed"),
];

/// Answers that a request with a body can have.
const WITH_BODY: [(&str, &str); 3] = [
    ("408", "`BODY_TIMEOUT`: the body did not arrive in time"),
    ("413", "`LIMIT_EXCEEDED`: the body is too large"),
    ("415", "`INVALID_INPUT`: the body is not declared as JSON"),
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
        tag("scheduler", "What will fire, what fired and why, and orders for the scheduler"),
        tag("service", "Scheduling for other back ends: anything at a time, in a zone, repeated"),
        tag("sync", "Events that live in other systems: accounts, their events, and every sync"),
        tag("access", "Signing in, users, API keys and the audit"),
        tag("feed", "What changed: snapshot, changes, stream"),
        tag("health", "How the server is"),
    ]);
    api.security = Some(CREDENTIALS.map(|name| SecurityRequirement::new(name, [""; 0])).into());
    let components = api.components.get_or_insert_default();
    add_credentials(components);
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

/// The ways to show who one is, by their names in the description.
const CREDENTIALS: [&str; 3] = ["session", "bearer", "apiKey"];

fn add_credentials(components: &mut Components) {
    let [session, bearer, api_key] = CREDENTIALS;
    let cookie = ApiKeyValue::with_description(
        SESSION_COOKIE,
        "A user who is signed in. Every change comes with the session's `csrf_token` in `X-CSRF-Token`",
    );
    components.add_security_scheme(session, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let scheme = Http::builder().scheme(HttpAuthScheme::Bearer).description(Some("A program's API key"));
    components.add_security_scheme(bearer, SecurityScheme::Http(scheme.build()));
    let header = ApiKeyValue::with_description("X-API-Key", "A program's API key");
    components.add_security_scheme(api_key, SecurityScheme::ApiKey(ApiKey::Header(header)));
}

fn complete_paths(paths: &mut Paths) {
    // What the router calls a parameter that takes the rest of an address, OpenAPI calls a parameter.
    paths.paths =
        mem::take(&mut paths.paths).into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
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
    // An operation that names its own credentials names none: it is for everybody.
    let (guarded, has_body) = (operation.security.is_none(), operation.request_body.is_some());
    let responses = &mut operation.responses.responses;
    let answers = [
        (true, &ANY[..]),
        (guarded, &GUARDED),
        (!reads, &CHANGE),
        (has_body, &WITH_BODY),
        (reads, &[("409", "`SEQ_NOT_REACHED`: the change of `after_seq` has not been taken in yet")]),
    ];
    for (_, answers) in answers.into_iter().filter(|(applies, _)| *applies) {
        for (status, description) in answers {
            add(responses, status, description);
        }
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
