//! What programs can do.

use axum::{
    body::Body,
    http::{Method, Request, Response, StatusCode, header},
};
use serde_json::{Value, json};

use crate::lab::{EICAR, HOST, Lab, Server, bytes, hashes};

async fn post(server: &Server, content_type: &str, body: impl Into<Body>) -> Response<Body> {
    let request = Request::post("/api/v1/reports")
        .header(header::HOST, HOST)
        .header(header::CONTENT_TYPE, content_type);
    server.send(request.body(body.into()).unwrap()).await
}

async fn value(response: Response<Body>) -> Value {
    serde_json::from_slice(&bytes(response).await).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_list_comes_as_text_as_json_or_as_a_form() {
    let server = Lab::new().start().await;
    let list = json!({"hashes": [EICAR], "text": hashes(2), "name": "from json"});
    let form =
        format!("--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{EICAR}\r\n--b--\r\n");
    for (content_type, body, total) in [
        ("text/plain; charset=utf-8", hashes(5), 5),
        ("application/json", list.to_string(), 3),
        ("multipart/form-data; boundary=b", form, 1),
    ] {
        let response = post(&server, content_type, body).await;
        assert_eq!(response.status(), StatusCode::CREATED, "{content_type}");
        let place = response.headers()[header::LOCATION]
            .to_str()
            .unwrap()
            .to_owned();
        let made = value(response).await;
        assert_eq!(made["progress"]["total"], total);
        assert_eq!(
            place,
            format!("/api/v1/reports/{}", made["link"].as_str().unwrap())
        );
        server.text(&format!("{place}/events")).await;
        let shown = value(server.get(&place).await).await;
        assert_eq!(shown["progress"]["state"], "finished");
        for format in ["csv", "json", "ndjson", "html", "pdf"] {
            let file = server.get(&format!("{place}/report/{format}")).await;
            assert_eq!(file.status(), StatusCode::OK, "{format}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn problems_are_json_with_a_reason() {
    let server = Lab::new().start().await;
    for (content_type, body, status, said) in [
        (
            "application/json",
            "{\"hashes\": [\"x\"]}",
            422,
            "`x` in `hashes`",
        ),
        ("application/json", "{\"hashs\": []}", 422, "unknown field"),
        ("application/json", "", 422, "no such JSON"),
        ("text/plain", "nothing", 422, "no MD5"),
        ("text/plain", "PK\u{3}\u{4}", 422, "ZIP"),
        ("image/png", "", 415, "text/plain"),
    ] {
        let response = post(&server, content_type, body).await;
        assert_eq!(response.status(), status, "{body}");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
        let problem = value(response).await;
        assert_eq!(problem["status"], status);
        assert!(
            problem["detail"].as_str().unwrap().contains(said),
            "{problem}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_document_names_exactly_the_routes_that_are_there() {
    let server = Lab::new().start().await;
    let document: Value = serde_json::from_str(&server.text("/api/v1/openapi.json").await).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let made = value(post(&server, "text/plain", hashes(2)).await).await;
    let link = made["link"].as_str().unwrap();
    let mut calls = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let place = path.replace("{link}", link).replace("{format}", "csv");
        for method in ["get", "post", "delete", "put", "patch"] {
            // Deleting comes last, elsewhere.
            if method == "delete" && !methods[method].is_null() {
                continue;
            }
            let method_name: Method = method.to_uppercase().parse().unwrap();
            let request = Request::builder()
                .method(method_name)
                .uri(&place)
                .header(header::HOST, HOST);
            let status = server
                .send(request.body(Body::empty()).unwrap())
                .await
                .status();
            if methods[method].is_null() {
                assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            } else {
                calls += 1;
                let is_there =
                    ![StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&status);
                assert!(
                    is_there && !status.is_server_error(),
                    "{method} {path}: {status}"
                );
            }
        }
    }
    assert_eq!(calls, 6);
    // What it says of a report is what a report says.
    let schema = &document["components"]["schemas"]["Shown"]["properties"];
    let mut known: Vec<&String> = schema.as_object().unwrap().keys().collect();
    let mut shown: Vec<&String> = made.as_object().unwrap().keys().collect();
    known.sort();
    shown.sort();
    assert_eq!(known, shown);
}

#[tokio::test(start_paused = true)]
async fn what_is_deleted_is_gone_for_everybody() {
    let lab = Lab::new();
    let server = lab.start().await;
    let made = value(post(&server, "text/plain", hashes(3)).await).await;
    let place = format!("/api/v1/reports/{}", made["link"].as_str().unwrap());
    let page = place.replace("/api/v1", "");
    let delete = Request::delete(&place).header(header::HOST, HOST);
    let deleted = server.send(delete.body(Body::empty()).unwrap()).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    for path in [
        &place,
        &page,
        &format!("{page}.csv"),
        &format!("{place}/rows"),
    ] {
        assert_eq!(
            server.get(path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
