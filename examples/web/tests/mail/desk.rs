//! The application, and somebody with a browser.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use tower::ServiceExt;
use vt_core::{
    cache::MemoryCache,
    client::{ApiKey, Client},
    quota::{MemoryLedger, Quota},
    scan::Scanner,
    testkit::VirtualClock,
    time::Clock,
};
use vt_sim::Simulator;
use vt_web::{App, Hosts, Mail, Parts, Post, Secret, Settings, router};

use crate::store::Flaky;

pub(crate) const URL: &str = "http://vt.example.org";
pub(crate) const FROM: &str = "vt-web@example.org";

/// What outlives the process.
pub(crate) struct Place {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jobs: Flaky,
    parts: Parts,
}

/// A process, and a browser that asks it.
pub(crate) struct Desk {
    pub(crate) app: App,
    router: Router,
}

/// What a browser got.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Place {
    /// On tokio's clock, which the test has paused.
    pub(crate) fn new() -> Self {
        let clock = VirtualClock::at_noon();
        let simulator = Simulator::builder().start(clock.wall());
        let ledger = MemoryLedger::with_clock(Arc::new(clock.clone()));
        let scanner = |client| {
            Scanner::builder(client)
                .clock(Arc::new(clock.clone()))
                .ledger(ledger)
        };
        Self::with(Arc::new(clock.clone()), simulator, scanner)
    }

    /// On another clock; VirusTotal is asked on the machine's.
    pub(crate) fn on(clock: Arc<dyn Clock>) -> Self {
        let simulator = Simulator::builder().start_now();
        Self::with(clock, simulator, Scanner::builder)
    }

    fn with(
        clock: Arc<dyn Clock>,
        simulator: vt_sim::Builder,
        scanner: impl FnOnce(Client) -> vt_core::scan::ScannerBuilder,
    ) -> Self {
        let unlimited = simulator.per_minute(None).per_day(None).per_month(None);
        let client = Client::builder(ApiKey::new("canary").unwrap())
            .transport(Arc::new(unlimited.build().unwrap()))
            .quota(Quota::UNLIMITED)
            .build()
            .unwrap();
        let (cache, jobs) = (MemoryCache::new(), Flaky::new(Arc::clone(&clock)));
        let parts = Parts {
            scanner: scanner(client).cache(cache.clone()).build(),
            cache: Arc::new(cache),
            jobs: Arc::new(jobs.clone()),
            clock: Arc::clone(&clock),
            secret: Secret::random().unwrap(),
            mail: None,
        };
        Self { clock, jobs, parts }
    }

    /// Starts the program, which sends mails by this post.
    pub(crate) async fn open(&self, post: impl Post) -> Desk {
        self.open_with(Some(Mail::new(post, FROM).unwrap())).await
    }

    pub(crate) async fn open_with(&self, mail: Option<Mail>) -> Desk {
        let parts = Parts {
            mail,
            ..self.parts.clone()
        };
        let app = App::new(settings(), parts);
        app.resume().await.unwrap();
        let listen = "127.0.0.1:80".parse().unwrap();
        let router = router(app.clone(), Hosts::new(listen, URL, &[]), &[]);
        Desk { app, router }
    }
}

fn settings() -> Settings {
    Settings {
        public_url: URL.to_owned(),
        is_demo: true,
        ..Settings::default()
    }
}

impl Desk {
    /// Uploads a list of the simulator's samples, for a mail to this address.
    pub(crate) async fn upload(&self, samples: std::ops::Range<u64>, email: &str) -> Page {
        let lines = samples.map(|n| vt_sim::sample(n).sha256 + "\n");
        let field = |name: &str, value: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let text = field("text", &lines.collect::<String>());
        let body = format!("{text}{}--b--\r\n", field("email", email));
        self.ask(Method::POST, "/reports", body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.ask(Method::GET, path, String::new()).await
    }

    pub(crate) async fn delete(&self, report: &str) -> Page {
        let path = format!("{report}/delete");
        self.ask(Method::POST, &path, String::new()).await
    }

    async fn ask(&self, method: Method, path: &str, body: String) -> Page {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "vt.example.org")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from(body));
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let location = response.headers().get(header::LOCATION);
        let location = location.map_or("", |location| location.to_str().unwrap());
        let (location, status) = (location.to_owned(), response.status());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Page {
            status,
            location,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}
