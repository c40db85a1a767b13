//! What a browser gets and what it is kept from: the admin's files, security headers, foreign pages.

use std::path::Path;

use reqwest::header::{self, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{TestServer, answer, event};

const INDEX: &str = "<!doctype html><title>Admin</title>";

fn write_admin(folder: &Path) {
    let admin = folder.join("admin");
    std::fs::create_dir_all(admin.join("assets")).expect("a folder");
    std::fs::write(admin.join("index.html"), INDEX).expect("a file");
    std::fs::write(admin.join("assets/app-1a2b3c.js"), "export const answer = 42;\n".repeat(100))
        .expect("a file");
    std::fs::write(admin.join("assets/core-4d5e6f.wasm"), b"\0asm\x01\0\0\0").expect("a file");
    std::fs::write(folder.join("secret.txt"), "not for the world").expect("a file");
}

async fn with_admin() -> TestServer {
    TestServer::start_with(|_, folder| write_admin(folder)).await
}

async fn fetch(server: &TestServer, path: &str) -> (StatusCode, HeaderMap, String) {
    let response = server.request(Method::GET, path).send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.expect("a body");
    (status, headers, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn every_page_of_the_admin_is_its_index_and_files_are_themselves() {
    let server = with_admin().await;
    for path in ["/", "/index.html", "/events", "/events/some-id/edit"] {
        let (status, headers, body) = fetch(&server, path).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, INDEX), "{path}");
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache", "{path}");
        assert!(
            headers[header::CONTENT_TYPE].to_str().is_ok_and(|value| value.starts_with("text/html")),
            "{path}"
        );
    }
    let (_, headers, _) = fetch(&server, "/assets/app-1a2b3c.js").await;
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert!(headers[header::CONTENT_TYPE].to_str().is_ok_and(|value| value.contains("javascript")));
    let (_, headers, _) = fetch(&server, "/assets/core-4d5e6f.wasm").await;
    assert_eq!(headers[header::CONTENT_TYPE], "application/wasm");
}

#[tokio::test]
async fn a_missing_file_is_an_error_and_nothing_outside_the_folder_is_served() {
    let server = with_admin().await;
    for path in [
        "/assets/app-old.js",
        "/favicon.ico",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/..%5csecret.txt",
        "//etc/hosts.txt",
    ] {
        let (status, headers, body) = fetch(&server, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {body}");
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json", "{path}");
    }
    let (status, _) = server.send(Method::POST, "/events", None).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn without_a_built_admin_the_api_still_works() {
    let server = TestServer::start().await;
    let (status, ..) = fetch(&server, "/").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    server.create(event("gala")).await;
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = with_admin().await;
    for path in ["/", "/health", "/api/v1/nothing", "/api/v1/scheduler/snapshot", "/assets/none.js"] {
        let (_, headers, _) = fetch(&server, path).await;
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "same-origin", "{path}");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("a policy");
        for part in
            ["default-src 'self'", "'wasm-unsafe-eval'", "worker-src 'self' blob:", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("'unsafe-eval'"), "{path}: {policy}");
    }
    for path in ["/health", "/api/v1/admin/events/list", "/api/v1/scheduler/snapshot"] {
        let (_, headers, _) = fetch(&server, path).await;
        assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_can_change_nothing() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    let foreign: [(&str, &str); 4] = [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for (name, value) in foreign {
        for (method, path) in [
            (Method::POST, "/api/v1/admin/events/create"),
            (Method::PUT, "/api/v1/admin/events/update/gala"),
            (Method::DELETE, "/api/v1/admin/events/delete/gala"),
            (Method::POST, "/api/v1/admin/events/decline/gala"),
        ] {
            let request = server.request(method, path).header(name, value).json(&event("other"));
            let (status, problem) = answer(request).await;
            assert_eq!(
                (status, &problem["code"]),
                (StatusCode::FORBIDDEN, &json!("CROSS_ORIGIN")),
                "{path} {value}"
            );
        }
    }
    assert_eq!(server.list().await.len(), 1);
    let own = server.url("");
    let request = server.request(Method::DELETE, "/api/v1/admin/events/delete/gala").header("origin", own);
    assert_eq!(answer(request).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_foreign_name_that_points_to_this_machine_gets_nothing() {
    let server = TestServer::start().await;
    for path in ["/", "/health", "/api/v1/admin/events/list", "/api/v1/scheduler/snapshot"] {
        let request = server.request(Method::GET, path).header(header::HOST, "rebound.example:8005");
        let (status, problem) = answer(request).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::MISDIRECTED_REQUEST, &json!("HOST_NOT_ALLOWED")),
            "{path}"
        );
    }
    let request = server.request(Method::GET, "/health").header(header::HOST, "localhost:1");
    assert_eq!(answer(request).await.0, StatusCode::OK);
}

#[tokio::test]
async fn files_and_json_are_compressed_for_who_can_read_it() {
    let server = with_admin().await;
    for index in 0..20 {
        server.create(event(&format!("e{index}"))).await;
    }
    for path in ["/assets/app-1a2b3c.js", "/api/v1/admin/events/list", "/api/v1/scheduler/snapshot"] {
        for encoding in ["gzip", "br"] {
            let request = server.request(Method::GET, path).header(header::ACCEPT_ENCODING, encoding);
            let response = request.send().await.expect("an answer");
            assert_eq!(response.headers()[header::CONTENT_ENCODING], encoding, "{path}");
            assert!(!response.bytes().await.expect("a whole body").is_empty(), "{path}");
        }
    }
}
