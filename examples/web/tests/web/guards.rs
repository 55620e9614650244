//! What other sites, other hosts and other people cannot do.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};

use crate::lab::{HOST, Lab, form, get, hashes};

#[tokio::test(start_paused = true)]
async fn every_answer_carries_the_headers_that_keep_it_private() {
    let server = Lab::new().start().await;
    let path = server.upload("list.txt", hashes(2)).await;
    server.watch(&path).await;
    let files = ["csv", "json", "ndjson", "html", "pdf"].map(|format| format!("{path}.{format}"));
    let paths = [
        "/",
        "/reports",
        "/api",
        "/api/v1/openapi.json",
        "/nothing",
        &path,
        &format!("{path}/rows"),
        &format!("{path}/events"),
    ];
    for path in paths.into_iter().chain(files.iter().map(String::as_str)) {
        let response = server.get(path).await;
        let headers = response.headers();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("x-robots-tag", "noindex, nofollow"),
        ] {
            assert_eq!(headers[name], value, "{path}");
        }
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        let cached = headers["cache-control"].to_str().unwrap();
        assert!(
            cached.contains("no-store") || cached.contains("no-cache"),
            "{path}: {cached}"
        );
        if files.iter().any(|file| file == path) {
            let disposition = headers["content-disposition"].to_str().unwrap();
            assert!(disposition.starts_with("attachment"), "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn requests_that_other_sites_send_are_refused() {
    let server = Lab::new().start().await;
    let path = server.upload("list.txt", hashes(2)).await;
    let api = path.replace("/reports", "/api/v1/reports");
    let writes = [
        (Method::POST, "/reports".to_owned()),
        (Method::POST, format!("{path}/start")),
        (Method::POST, format!("{path}/delete")),
        (Method::POST, "/api/v1/reports".to_owned()),
        (Method::POST, format!("{api}/start")),
        (Method::DELETE, api.clone()),
    ];
    let foreign: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.test")],
        &[("origin", "null")],
        &[("origin", "http://127.0.0.1:9")],
    ];
    for (method, path) in &writes {
        for headers in foreign {
            let mut request = Request::builder()
                .method(method)
                .uri(path)
                .header(header::HOST, HOST);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let response = server.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(
                response.status(),
                StatusCode::FORBIDDEN,
                "{method} {path} {headers:?}"
            );
        }
    }
    assert_eq!(
        server.get(&path).await.status(),
        StatusCode::OK,
        "nothing was deleted"
    );
    for own in [
        ("sec-fetch-site", "same-origin"),
        ("origin", "http://127.0.0.1:8080"),
    ] {
        let mut request = form("own.txt", hashes(1).as_bytes());
        request.headers_mut().insert(own.0, own.1.parse().unwrap());
        assert_eq!(
            server.send(request).await.status(),
            StatusCode::SEE_OTHER,
            "{own:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_none_of_ours_is_not_answered() {
    let server = Lab::new().start().await;
    for host in ["evil.test", "127.0.0.1:81", "localhost.evil.test:8080"] {
        let mut request = get("/");
        request
            .headers_mut()
            .insert(header::HOST, host.parse().unwrap());
        let response = server.send(request).await;
        assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    let mut nameless = get("/");
    nameless.headers_mut().remove(header::HOST);
    assert_eq!(
        server.send(nameless).await.status(),
        StatusCode::MISDIRECTED_REQUEST
    );
    assert_eq!(server.get("/healthz").await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn numbers_are_for_whoever_has_the_token() {
    let mut lab = Lab::new();
    assert_eq!(
        lab.start().await.get("/metrics").await.status(),
        StatusCode::NOT_FOUND
    );
    lab.settings.metrics_token = Some("a long enough token".to_owned());
    let server = lab.start().await;
    let path = server.upload("list.txt", hashes(7)).await;
    server.watch(&path).await;
    assert_eq!(
        server.get("/metrics").await.status(),
        StatusCode::UNAUTHORIZED
    );
    let mut request = get("/metrics");
    let bearer = "Bearer a long enough token".parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    let response = server.send(request).await;
    let text = crate::lab::bytes(response).await;
    let text = str::from_utf8(&text).unwrap();
    for line in [
        "vt_requests_total 7",
        "vt_web_reports_at_work 0",
        "vt_waits_total{cause=\"minute\"}",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_network_does_not_upload_without_end() {
    let server = Lab::new().start().await;
    let mut statuses = Vec::new();
    for _ in 0..31 {
        statuses.push(server.send(form("x", hashes(1).as_bytes())).await.status());
    }
    assert_eq!(statuses.pop(), Some(StatusCode::TOO_MANY_REQUESTS));
    assert!(
        statuses
            .iter()
            .all(|status| *status == StatusCode::SEE_OTHER)
    );
}
