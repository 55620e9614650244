//! Asking a simulator in the process.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::Value;

use vt_sim::{BrokenConnection, Builder, Limits, Simulator};

pub(crate) const KEY: &str = "0123456789abcdef";

/// Builds a simulator that is not limited unless a test limits it.
pub(crate) fn build(set: impl FnOnce(Builder) -> Builder) -> Simulator {
    set(Simulator::builder().limits(Limits::NONE))
        .build()
        .unwrap()
}

pub(crate) fn request(path: &str, headers: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = path.parse().unwrap();
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request
}

pub(crate) async fn get(simulator: &Simulator, path: &str) -> Response<Bytes> {
    get_with(simulator, path, &[("x-apikey", KEY)]).await
}

pub(crate) async fn get_with(
    simulator: &Simulator,
    path: &str,
    headers: &[(&str, &str)],
) -> Response<Bytes> {
    simulator.respond(request(path, headers)).await.unwrap()
}

pub(crate) async fn send(simulator: &Simulator, method: Method, path: &str) -> Response<Bytes> {
    let mut request = request(path, &[("x-apikey", KEY)]);
    *request.method_mut() = method;
    simulator.respond(request).await.unwrap()
}

/// Asks for a file and returns what comes, broken or not.
pub(crate) async fn try_file(
    simulator: &Simulator,
    hash: &str,
) -> Result<Response<Bytes>, BrokenConnection> {
    let path = format!("/api/v3/files/{hash}");
    simulator
        .respond(request(&path, &[("x-apikey", KEY)]))
        .await
}

pub(crate) async fn file(simulator: &Simulator, hash: &str) -> Response<Bytes> {
    try_file(simulator, hash).await.unwrap()
}

pub(crate) async fn status(simulator: &Simulator, hash: &str) -> StatusCode {
    file(simulator, hash).await.status()
}

pub(crate) fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

pub(crate) fn error_code(response: &Response<Bytes>) -> String {
    json(response)["error"]["code"].as_str().unwrap().to_owned()
}

pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}
