//! A web server that turns lists of file hashes into VirusTotal reports.
//!
//! ```sh
//! cargo run -p vt-web -- --demo
//! ```
//!
//! [`App`] is everything but the socket; [`router`] makes a service of it.

mod api;
mod app;
mod assets;
mod content;
mod download;
mod events;
mod guard;
mod health;
mod intake;
mod link;
mod mail;
mod memo;
mod moment;
mod page;
mod problem;
mod progress;
mod secret;
mod selection;
mod server;
mod table;
mod upkeep;
mod upload;
mod visitor;
mod work;

pub use app::{App, Parts, Settings};
pub use guard::Hosts;
pub use mail::{Folder, Letter, Mail, NoAddress, NoSmtp, Post, Smtp, Unsent};
pub use secret::Secret;
pub use server::serve;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use ipnet::IpNet;

/// The application as a service, which answers to these names only. What a proxy
/// says of where a request is from is believed if it comes from one of these
/// networks.
pub fn router(app: App, hosts: Hosts, proxies: &[IpNet]) -> Router {
    // What is in a form beside a list: its fields' heads, an address.
    let most = usize::try_from(app.settings().max_upload).unwrap_or(usize::MAX);
    let most = DefaultBodyLimit::max(most.saturating_add(32 << 10));
    let upload = post(upload::create).layer(most);
    let router = Router::new()
        .route("/", get(page::home))
        .route("/reports", get(page::dashboard).merge(upload))
        .route("/reports/{link}", get(page::report))
        .route("/reports/{link}/rows", get(page::rows))
        .route("/reports/{link}/events", get(events::events))
        .route("/reports/{link}/start", post(page::start))
        .route("/reports/{link}/delete", post(page::delete))
        .route("/static/style.css", get(assets::style))
        .route("/static/app.js", get(assets::script))
        .route("/static/icon.svg", get(assets::icon))
        .route("/robots.txt", get(assets::robots))
        .route("/api", get(page::api))
        .route("/metrics", get(health::metrics))
        .fallback(async || problem::Problem::missing())
        .with_state(app.clone())
        .merge(api::router(app.clone(), most));
    // Whoever watches over the server may know it by an address only.
    let health = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(app);
    guard::around(router, hosts, proxies).merge(health)
}
