//! A server in this process, on a clock that tests hold in their hand.

use std::{num::NonZeroU32, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, Response, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use vt_core::{
    cache::MemoryCache,
    client::{ApiKey, Client},
    job::MemoryJobStore,
    quota::{MemoryLedger, Quota},
    scan::{BulkPace, Scanner},
    testkit::VirtualClock,
    time::Clock,
};
use vt_sim::{Limits, Simulator};
use vt_web::{App, Hosts, Parts, Secret, Settings, router};

pub(crate) const HOST: &str = "127.0.0.1:8080";
pub(crate) const EICAR: &str = "44d88612fea8a8f36de82e1278abb02f";

/// A server, and the VirusTotal that it asks.
pub(crate) struct Lab {
    pub(crate) simulator: Simulator,
    pub(crate) clock: VirtualClock,
    pub(crate) cache: MemoryCache,
    pub(crate) jobs: MemoryJobStore,
    pub(crate) settings: Settings,
    ledger: MemoryLedger,
    secret: Secret,
    client: Client,
}

/// The server, once it has begun.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) app: App,
    router: Router,
}

impl Lab {
    /// One whose key may ask whatever it likes.
    pub(crate) fn new() -> Self {
        Self::with(Quota::UNLIMITED)
    }

    pub(crate) fn with(quota: Quota) -> Self {
        let limit = |limit: Option<NonZeroU32>| limit.map(NonZeroU32::get);
        let clock = VirtualClock::at_noon();
        let simulator = Simulator::builder()
            .limits(Limits::PUBLIC)
            .per_minute(limit(quota.per_minute))
            .per_day(limit(quota.per_day))
            .per_month(limit(quota.per_month))
            .unknown(0.0)
            .start(clock.wall())
            .build()
            .unwrap();
        Self {
            client: client(&simulator, quota, "0123456789abcdef"),
            simulator,
            cache: MemoryCache::new(),
            jobs: MemoryJobStore::with_clock(Arc::new(clock.clone())),
            ledger: MemoryLedger::with_clock(Arc::new(clock.clone())),
            clock,
            settings: settings(),
            secret: Secret::random().unwrap(),
        }
    }

    /// Takes another key.
    pub(crate) fn key(&mut self, key: &str) {
        self.client = client(&self.simulator, *self.client.quota(), key);
    }

    /// Starts the server, or starts it again after its end.
    pub(crate) async fn start(&self) -> Server {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let scanner = Scanner::builder(self.client.clone())
            .cache(self.cache.clone())
            .ledger(self.ledger.clone())
            .clock(Arc::clone(&clock))
            .bulk_pace(BulkPace::Spread)
            .seed(1)
            .build();
        let parts = Parts {
            scanner,
            cache: Arc::new(self.cache.clone()),
            jobs: Arc::new(self.jobs.clone()),
            clock,
            secret: self.secret.clone(),
            mail: None,
        };
        let app = App::new(self.settings.clone(), parts);
        app.resume().await.unwrap();
        let hosts = Hosts::new(HOST.parse().unwrap(), &self.settings.public_url, &[]);
        Server {
            router: router(app.clone(), hosts, &[]),
            app,
        }
    }
}

fn client(simulator: &Simulator, quota: Quota, key: &str) -> Client {
    Client::builder(ApiKey::new(key).unwrap())
        .transport(Arc::new(simulator.clone()))
        .quota(quota)
        .build()
        .unwrap()
}

fn settings() -> Settings {
    Settings {
        max_upload: 1 << 20,
        ..Settings::default()
    }
}

impl Server {
    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response<Body> {
        self.send(get(path)).await
    }

    /// A page or a file that has to be there.
    pub(crate) async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        String::from_utf8(bytes(response).await.to_vec()).unwrap()
    }

    /// Uploads a text as a file, and gives the path of its report.
    pub(crate) async fn upload(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let response = self.send(form(name, text.as_ref())).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        location(&response)
    }

    /// Follows the news of a report to its end.
    pub(crate) async fn watch(&self, path: &str) -> Vec<Value> {
        let news = self.text(&format!("{path}/events")).await;
        let data = news.lines().filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }
}

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path)
        .header(header::HOST, HOST)
        .body(Body::empty())
        .unwrap()
}

const BOUNDARY: &str = "----boundary";

/// An upload of one file by the form of the first page.
pub(crate) fn form(name: &str, bytes: &[u8]) -> Request<Body> {
    let quoted = name.replace('"', "%22").replace(['\r', '\n'], " ");
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{quoted}\"\r\n\r\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let body = [head.as_bytes(), bytes, tail.as_bytes()].concat();
    multipart(Body::from(body))
}

pub(crate) fn multipart(body: Body) -> Request<Body> {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    Request::post("/reports")
        .header(header::HOST, HOST)
        .header(header::CONTENT_TYPE, content_type)
        .body(body)
        .unwrap()
}

pub(crate) async fn bytes(response: Response<Body>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

pub(crate) fn location(response: &Response<Body>) -> String {
    response.headers()[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned()
}

/// The cookie that a response sets, as it is sent back.
pub(crate) fn cookie(response: &Response<Body>) -> String {
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// MD5 digests of which the simulator knows a file each.
pub(crate) fn hashes(count: u64) -> String {
    let hash = |n| vt_sim::sample(vt_sim::FIRST_ORDINARY + n).md5;
    (0..count).map(hash).collect::<Vec<_>>().join("\n")
}
