//! A server that lets in only whom it knows, and those who come to it.

use client_event_scheduler_server::access::{AccessSettings, PasswordCost};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde_json::{Value, json};

use super::TestServer;

pub(crate) const SETUP_TOKEN: &str = "a set-up token for tests";
pub(crate) const PASSWORD: &str = "a long enough password";

/// What somebody shows with a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credential {
    pub(crate) cookie: Option<String>,
    pub(crate) csrf: Option<String>,
    pub(crate) key: Option<String>,
}

/// Everybody whom the tests let act.
pub(crate) struct People {
    pub(crate) admin: Credential,
    pub(crate) organizer: Credential,
    pub(crate) executive: Credential,
}

impl Credential {
    pub(crate) fn key(key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..Self::default() }
    }

    pub(crate) fn on(&self, mut request: RequestBuilder) -> RequestBuilder {
        for (name, value) in
            [("cookie", &self.cookie), ("x-csrf-token", &self.csrf), ("x-api-key", &self.key)]
        {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request
    }
}

impl TestServer {
    /// Starts a server that nobody has set up. Hashing passwords is cheap there, so that a test is quick.
    pub(crate) async fn secured() -> Self {
        Self::secured_with(|_| {}).await
    }

    pub(crate) async fn secured_with(adjust: impl FnOnce(&mut AccessSettings)) -> Self {
        Self::start_with(|config, _| {
            config.access = AccessSettings {
                setup_token: Some(SETUP_TOKEN.to_owned().into()),
                password_cost: PasswordCost { memory_kib: 64, passes: 1 },
                ..AccessSettings::default()
            };
            adjust(&mut config.access);
        })
        .await
    }

    /// Sends a request as somebody and reads the JSON of the answer, null where there is none.
    pub(crate) async fn send_as(
        &self,
        who: &Credential,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let request = who.on(self.request(method, path));
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a whole answer");
        let value = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect(&text) };
        (status, value)
    }

    /// Like [`send_as`](Self::send_as), for a request that must succeed.
    pub(crate) async fn done_as(
        &self,
        who: &Credential,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Value {
        let (status, answer) = self.send_as(who, method.clone(), path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    /// Like [`send_as`](Self::send_as), for a request that must be refused so.
    pub(crate) async fn refused_as(
        &self,
        who: &Credential,
        method: Method,
        path: &str,
        body: Option<&Value>,
        expected: (StatusCode, &str),
    ) {
        let (status, answer) = self.send_as(who, method.clone(), path, body).await;
        assert_eq!((status, &answer["code"]), (expected.0, &json!(expected.1)), "{method} {path}: {answer}");
    }

    /// Creates the first super admin, `root`.
    pub(crate) async fn set_up(&self) -> Credential {
        let body = json!({"token": SETUP_TOKEN, "name": "root", "password": PASSWORD});
        let response =
            self.request(Method::POST, "/api/v1/setup").json(&body).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::CREATED);
        begun(response).await
    }

    pub(crate) async fn try_sign_in(&self, name: &str, password: &str) -> (StatusCode, Value) {
        let body = json!({"name": name, "password": password});
        self.send(Method::POST, "/api/v1/session", Some(&body)).await
    }

    pub(crate) async fn sign_in(&self, name: &str) -> Credential {
        let body = json!({"name": name, "password": PASSWORD});
        let response =
            self.request(Method::POST, "/api/v1/session").json(&body).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        begun(response).await
    }

    pub(crate) async fn add_user(&self, admin: &Credential, name: &str, role: &str) -> String {
        let body = json!({"name": name, "role": role, "password": PASSWORD});
        let answer = self.done_as(admin, Method::POST, "/api/v1/admin/users", Some(&body)).await;
        super::text(&answer["user"]["user_id"])
    }

    /// Sets the server up with `root`, `olga` and `ed`, one of each role.
    pub(crate) async fn people(&self) -> People {
        let admin = self.set_up().await;
        self.add_user(&admin, "olga", "organizer").await;
        self.add_user(&admin, "ed", "executive_admin").await;
        People { admin, organizer: self.sign_in("olga").await, executive: self.sign_in("ed").await }
    }

    /// Makes a key; its id is the second.
    pub(crate) async fn add_key(
        &self,
        admin: &Credential,
        service: &str,
        scopes: &[&str],
    ) -> (Credential, String) {
        let body = json!({"service": service, "scopes": scopes});
        let answer = self.done_as(admin, Method::POST, "/api/v1/admin/api-keys", Some(&body)).await;
        (Credential::key(&super::text(&answer["key"])), super::text(&answer["api_key"]["key_id"]))
    }

    /// The latest rows of the audit that pass the filter, the latest first.
    pub(crate) async fn audit(&self, admin: &Credential, filter: &str) -> Vec<Value> {
        let path = format!("/api/v1/admin/audit?limit=500&{filter}");
        let mut answer = self.done_as(admin, Method::GET, &path, None).await;
        answer["entries"].as_array_mut().map(std::mem::take).expect("entries")
    }
}

/// The credential that an answer hands out.
pub(crate) async fn begun(response: Response) -> Credential {
    let cookie = response.headers()[header::SET_COOKIE].to_str().expect("text").to_owned();
    let cookie = cookie.split(';').next().expect("a first part").to_owned();
    let who: Value = response.json().await.expect("JSON");
    Credential { cookie: Some(cookie), csrf: Some(super::text(&who["csrf_token"])), key: None }
}
