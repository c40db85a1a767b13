//! The errors of what is not JSON.

use super::Fault;
use crate::error::{InvalidInput, Problem, ProblemCode};

/// The error of a text that is not JSON.
pub(crate) fn syntax(fault: Fault, length: usize) -> InvalidInput {
    let (at, expected) = match fault {
        Fault::Syntax { at, expected } => (at, expected),
        Fault::Incomplete => (length, "more: the text ends inside a value"),
    };
    let message = format!("is not valid JSON: at byte {at} expected {expected}");
    InvalidInput::single(None, Problem::new("", ProblemCode::JsonSyntax, message))
}

/// The error of a text that is not UTF-8.
pub(crate) fn not_utf8() -> InvalidInput {
    let message = "is not valid UTF-8: encode the JSON text as UTF-8";
    InvalidInput::single(None, Problem::new("", ProblemCode::JsonSyntax, message))
}
