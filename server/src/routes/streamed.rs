//! Answers whose body is made while it is sent.

use std::io;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use crate::problem::ApiError;

/// Sends `pieces` as they come. After an error the transfer is broken off, so that no client takes a part for the whole.
pub(super) fn streamed(
    pieces: impl Stream<Item = Result<Bytes, ApiError>> + Send + 'static,
    content_type: &'static str,
) -> Response {
    let pieces = pieces.map(|piece| {
        piece.map_err(|error| {
            tracing::error!(?error, "an answer was broken off");
            io::Error::from(io::ErrorKind::UnexpectedEof)
        })
    });
    // The compression asks once more after the end.
    let mut response = Response::new(Body::from_stream(pieces.fuse()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
