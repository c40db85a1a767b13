//! The built admin, served as files. Paths that are no file are pages of the admin: they get its `index.html`.

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::app::App;
use crate::problem::ApiError;

/// Files whose name holds a hash of their content.
const HASHED_FOLDER: &str = "/assets/";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// What never belongs to the admin: an unknown address below these is an error, not a page.
const API_PREFIXES: [&str; 2] = ["/api/", "/health/"];

/// The folder of the built admin.
#[derive(Debug, Clone)]
pub struct AdminFiles {
    folder: PathBuf,
}

impl AdminFiles {
    /// The admin in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the admin has been built.
    pub fn is_built(&self) -> bool {
        self.folder.join("index.html").is_file()
    }
}

/// Answers every address that no other route takes.
pub async fn serve(State(app): State<App>, request: Request) -> Result<Response<Body>, ApiError> {
    let path = request.uri().path().to_owned();
    let files = app.admin();
    if API_PREFIXES.iter().any(|prefix| path.starts_with(prefix)) {
        return Err(ApiError::NotFound);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ApiError::MethodNotAllowed);
    }
    let is_page = is_page(&path, &request);
    let index = index_request(&request);
    let found = file(files, request).await;
    match found.status() {
        StatusCode::NOT_FOUND if is_page => Ok(cached(file(files, index).await, ASK_AGAIN)),
        StatusCode::NOT_FOUND => Err(ApiError::NotFound),
        _ if path.starts_with(HASHED_FOLDER) => Ok(cached(found, FOR_EVER)),
        _ => Ok(cached(found, ASK_AGAIN)),
    }
}

async fn file(files: &AdminFiles, request: Request) -> Response<Body> {
    let served = ServeDir::new(files.folder()).precompressed_br().precompressed_gzip().oneshot(request).await;
    match served {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// Whether a missing path is an address within the admin: a browser navigates to it, and it looks like no file.
fn is_page(path: &str, request: &Request) -> bool {
    let looks_like_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    !looks_like_file && (accept.contains("text/html") || accept.contains("*/*"))
}

/// The same request for `index.html`.
fn index_request(request: &Request) -> Request {
    let mut index = Request::new(Body::empty());
    *index.method_mut() = request.method().clone();
    *index.uri_mut() = Uri::from_static("/index.html");
    *index.headers_mut() = request.headers().clone();
    index
}

fn cached(mut response: Response<Body>, value: HeaderValue) -> Response<Body> {
    if response.status() == StatusCode::NOT_FOUND {
        return ApiError::NotFound.into_response();
    }
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}
