//! Who sees which reports, and how rows are chosen.

use axum::http::{StatusCode, header};

use crate::lab::{Lab, Server, bytes, cookie, form, get, hashes, location};

async fn dashboard(server: &Server, cookie: Option<&str>) -> String {
    let mut request = get("/reports");
    if let Some(cookie) = cookie {
        request
            .headers_mut()
            .insert(header::COOKIE, cookie.parse().unwrap());
    }
    let response = server.send(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    String::from_utf8(bytes(response).await.to_vec()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_browser_sees_its_own_reports_and_nobody_elses() {
    let server = Lab::new().start().await;
    let response = server.send(form("mine.txt", hashes(2).as_bytes())).await;
    let (path, mine) = (location(&response), cookie(&response));
    let response = server.send(form("theirs.txt", hashes(3).as_bytes())).await;
    let theirs = cookie(&response);
    let page = dashboard(&server, Some(&mine)).await;
    assert!(page.contains("mine.txt") && page.contains(&path) && !page.contains("theirs.txt"));
    assert!(!dashboard(&server, Some(&theirs)).await.contains("mine.txt"));
    assert!(!dashboard(&server, None).await.contains(".txt"));
    let forged = mine.replace('=', "=A");
    assert!(!dashboard(&server, Some(&forged)).await.contains(".txt"));
}

#[tokio::test(start_paused = true)]
async fn on_a_public_dashboard_everybody_sees_everything() {
    let mut lab = Lab::new();
    lab.settings.public_dashboard = true;
    let server = lab.start().await;
    let path = server.upload("team.txt", hashes(2)).await;
    let page = dashboard(&server, None).await;
    assert!(page.contains("team.txt") && page.contains(&path));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_leads_nowhere_says_nothing_and_many_are_refused() {
    let server = Lab::new().start().await;
    let wrong = format!("/reports/{}", "A".repeat(43));
    for path in [
        wrong.as_str(),
        "/reports/x",
        "/reports/x.csv",
        &format!("{wrong}.pdf"),
        &format!("{wrong}/events"),
    ] {
        assert_eq!(
            server.get(path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for _ in 0..40 {
        server.get(&wrong).await;
    }
    assert_eq!(
        server.get(&wrong).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test(start_paused = true)]
async fn rows_are_sorted_filtered_and_paged_by_the_server() {
    let server = Lab::new().start().await;
    let path = server.upload("list.txt", hashes(250)).await;
    server.watch(&path).await;
    let rows = async |query: &str| {
        let text = server
            .text(&format!(
                "{}/rows{query}",
                path.replace("/reports", "/api/v1/reports")
            ))
            .await;
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let mut all = Vec::new();
    for page in 1..=3 {
        let answer = rows(&format!("?sort=detections&order=desc&page={page}")).await;
        assert_eq!(
            (&answer["page"], &answer["pages"]),
            (&page.into(), &3.into())
        );
        all.extend(answer["rows"].as_array().unwrap().clone());
    }
    assert_eq!(all.len(), 250);
    let hits: Vec<i64> = all
        .iter()
        .map(|row| row["detections"].as_i64().unwrap_or(-1))
        .collect();
    assert!(hits.is_sorted_by(|one, other| one >= other), "{hits:?}");
    for status in ["detected", "clean"] {
        let answer = rows(&format!("?show={status}")).await;
        let shown = answer["rows"].as_array().unwrap();
        assert!(
            !shown.is_empty() && shown.iter().all(|row| row["status"] == status),
            "{status}"
        );
        let page = server.text(&format!("{path}?show={status}")).await;
        assert!(page.contains("aria-current=\"true\""));
    }
    // A page too far is the last.
    assert_eq!(rows("?page=99").await["page"], 3);
    let named = rows("?engine=Microsoft&engine=nobody").await;
    let engines = named["rows"][0]["engines"].as_object().unwrap();
    assert_eq!(engines.keys().collect::<Vec<_>>(), ["Microsoft", "nobody"]);
}
