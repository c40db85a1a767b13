//! What a caller believes of an event that it is about to change.

use axum::http::{HeaderMap, header};
use client_event_scheduler::ProblemCode;

use crate::problem::ApiError;

/// The revisions that a change was made to, by the ways in which a caller can say so. All that are given have to be the stored one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Precondition {
    /// From the `If-Match` header.
    pub if_match: Option<u64>,
    /// From the body or the query.
    pub revision: Option<u64>,
}

impl Precondition {
    /// Reads the `If-Match` header: `"REV"` as an answer's `ETag` has it, or `*` for any revision.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT` for anything else.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(value) = headers.get(header::IF_MATCH) else { return Ok(Self::default()) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self::default());
        }
        let number = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match number.and_then(whole_number) {
            Some(revision) => Ok(Self { if_match: Some(revision), revision: None }),
            None => {
                let message = format!("is {text:?}: write one revision in quotes, such as \"3\", or *");
                Err(ApiError::field("If-Match", ProblemCode::RevisionInvalid, message))
            }
        }
    }

    /// The same with the revision of the query parameter `revision`.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT` for a text that is no revision.
    pub fn and_revision(self, text: Option<&str>) -> Result<Self, ApiError> {
        let Some(text) = text else { return Ok(self) };
        match whole_number(text) {
            Some(revision) => Ok(Self { revision: Some(revision), ..self }),
            None => {
                let message = format!("is {text:?}: write a whole number from 0 to 2^53 - 1");
                Err(ApiError::field("revision", ProblemCode::RevisionInvalid, message))
            }
        }
    }

    /// Compares with the stored revision.
    ///
    /// # Errors
    ///
    /// `STALE_REVISION`, which names both.
    pub(super) fn check(self, current: u64) -> Result<(), ApiError> {
        let other = [self.if_match, self.revision].into_iter().flatten().find(|given| *given != current);
        other.map_or(Ok(()), |given| Err(ApiError::StaleRevision { given, current }))
    }
}

/// A revision in plain digits, at most 2^53 - 1.
fn whole_number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number: &u64| plain && *number < 1 << 53)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn if_match_takes_one_strong_tag_or_any() {
        for (text, expected) in [
            ("\"3\"", Some(Some(3))),
            ("*", Some(None)),
            ("3", None),
            ("W/\"3\"", None),
            ("\"1\", \"2\"", None),
            ("\"-1\"", None),
            ("\"+1\"", None),
            ("\"9007199254740992\"", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(text));
            let read = Precondition::from_headers(&headers).ok().map(|found| found.if_match);
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn every_revision_that_is_given_has_to_be_the_stored_one() {
        let check = |if_match, revision| Precondition { if_match, revision }.check(3).is_ok();
        assert!(check(None, None) && check(Some(3), None) && check(Some(3), Some(3)));
        assert!(!check(Some(2), Some(3)) && !check(Some(3), Some(4)) && !check(None, Some(1)));
    }
}
