//! The description of a stored event for the API's own description.

use serde_json::json;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::Document;

/// The fields that hold dates.
const DATES: [(&str, &str); 6] = [
    ("registration_start_date", "When registration opens"),
    ("registration_end_date", "When registration closes"),
    ("start_datetime", "When the event starts"),
    ("end_datetime", "When the event ends"),
    ("certificate_start_date", "When certificates can be had"),
    ("certificate_end_date", "When certificates lapse"),
];

/// The fields that a list shows and a search finds; the scheduler does not read them, so they may hold anything.
const OPAQUE: [(&str, &str); 2] =
    [("event_name", "What people call it, a text as a rule"), ("venue", "Where it is, a text as a rule")];

/// The fields that hold text.
const TEXTS: [(&str, &str); 5] = [
    ("timezone", "IANA zone of dates without an offset"),
    (
        "status",
        "The computed status, null in quarantine; `pending_approval`, `declined` and `cancelled` hold the event back",
    ),
    ("sub_status", "The computed sub-status; not stored"),
    ("event_approval_status", "`pending_approval`, `approved` or `declined`"),
    ("decline_reason", "Why it was declined, where somebody has said so; an approval removes it"),
];

impl ToSchema for Document {
    fn name() -> std::borrow::Cow<'static, str> {
        "Event".into()
    }
}

impl PartialSchema for Document {
    fn schema() -> RefOr<Schema> {
        event().required("event_id").into()
    }
}

/// Fields to merge into an event: those of an event, none of which is required.
pub struct EventPatch;

impl ToSchema for EventPatch {}

impl PartialSchema for EventPatch {
    fn schema() -> RefOr<Schema> {
        let description = "Fields to merge into an event; one that is null is cleared. An `event_id` has to be that of the address.";
        event().description(Some(description)).examples([json!({"venue": "Hall 2", "revision": 3})]).into()
    }
}

fn event() -> ObjectBuilder {
    let text = |description: &str| {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some(description))
    };
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(128))
        .description(Some("1 to 128 characters, none of them a control character"));
    let mut object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "An event. A date is RFC 3339 text with an offset, a local text such as `2026-05-01T09:00` in `timezone`, or epoch \
                 milliseconds. Fields that are not listed are kept and come back as they were sent.",
            ))
            .property("event_id", id);
    for (name, description) in DATES {
        let types = SchemaType::from_iter([Type::String, Type::Number, Type::Null]);
        let date = ObjectBuilder::new().schema_type(types).description(Some(description));
        object = object.property(name, date);
    }
    for (name, description) in OPAQUE {
        let anything = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        object = object.property(name, anything.description(Some(description)));
    }
    for (name, description) in TEXTS {
        object = object.property(name, text(description));
    }
    for (name, description) in [
        ("approval_required", "Whether the event waits for an approval"),
        ("published", "Whether it is published; opaque"),
    ] {
        let types = SchemaType::from_iter([Type::Boolean, Type::Null]);
        object =
            object.property(name, ObjectBuilder::new().schema_type(types).description(Some(description)));
    }
    let revision = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0))
        .description(Some("Raised by every change. In an update: the revision that the change was made to"));
    object
        .property("revision", revision)
        .property("created_at", text("When it was created; set by the server"))
        .property("updated_at", text("When it was last changed; set by the server"))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .examples([json!({
            "event_id": "gala-2026", "event_name": "Gala", "venue": "Berlin", "timezone": "Europe/Berlin",
            "registration_start_date": "2026-11-01T09:00", "start_datetime": "2026-12-24T18:00",
            "end_datetime": "2026-12-24T22:00",
        })])
}
