//! The key is shown to nobody: not in any text, error or log.

use std::{
    fmt::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::StreamExt;
use http::StatusCode;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use vt_core::{
    client::{ApiKey, Client, Proxy, transport_fn},
    quota::Quota,
    scan::Scanner,
};
use vt_sim::{Fault, Simulator, Trigger};

use crate::{
    lab::{Lab, file, files, key},
    own_process,
    raw::{Act, Raw, reply},
};

const KEY: &str = "canary0123456789abcdef0123456789abcdef0123456789abcdef0123456789";

/// Fails if any eight characters of the key stand in a text.
#[track_caller]
pub(crate) fn assert_secret(text: &str) {
    for at in 0..KEY.len() - 8 {
        let piece = &KEY[at..at + 8];
        assert!(!text.contains(piece), "{piece} in: {text}");
    }
}

/// Writes down everything that is logged on this thread, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn text(&self) -> String {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(log, "{field}: {value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Everything that a server can say, with the key in it wherever it fits.
fn replies() -> Vec<Fault> {
    let mut faults = vec![
        Fault::EmptyBody,
        Fault::CutBody { after: 100 },
        Fault::OversizedBody { bytes: 9 << 20 },
        Fault::OtherFile(file(9)[0].to_string()),
        Fault::Reset,
        Fault::Stall,
    ];
    let page: &str = format!("<html>{KEY}</html>").leak();
    let text: &str = format!("\"{KEY}\"").leak();
    for status in [
        200, 201, 204, 302, 400, 401, 403, 404, 418, 429, 500, 503, 599,
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        faults.push(Fault::error(status, KEY, &format!("Wrong API key: {KEY}")));
        faults.push(Fault::plain_text(status, page));
        for (header, value) in [
            ("content-type", "application/json"),
            ("content-type", KEY),
            ("location", KEY),
            ("retry-after", KEY),
            ("date", KEY),
        ] {
            let reply = http::Response::builder()
                .status(status)
                .header(header, value);
            faults.push(Fault::Answer(reply.body(text.into()).unwrap()));
        }
    }
    faults
}

/// All texts of an error, and of what caused it.
fn texts(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        write!(text, " {inner} {inner:?}").unwrap();
        cause = inner.source();
    }
    text
}

#[tokio::test(start_paused = true)]
async fn no_error_and_no_log_has_the_key_in_it() {
    assert_eq!(
        format!("{:?}", ApiKey::new(KEY)),
        format!("Ok({:?})", key()),
        "the same key"
    );
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let lab = Lab::unlimited();
    for fault in replies() {
        lab.simulator.script(Trigger::Every, fault.clone());
        for result in [
            lab.client.exchange(&file(1)[0]).await.result.map(|_| ()),
            lab.client.allowances().await.map(|_| ()),
        ] {
            assert_secret(&result.err().map(|error| texts(&error)).unwrap_or_default());
        }
        let scanner = lab.scanner();
        let scan = scanner.lookup_within(file(1)[0], Duration::from_secs(90));
        assert_secret(&format!("{:?}", scan.await.map_err(|error| texts(&error))));
    }
    assert!(log.text().contains("no answer"), "it does log");
    assert_secret(&log.text());
}

#[tokio::test]
async fn nothing_on_the_way_to_a_socket_logs_the_key() {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let unknown = reply("404 Not Found", &[], KEY.as_bytes());
    let server = Raw::new([Act::Last(unknown)]).await;
    for url in [server.url(), server.url().replace("http", "https")] {
        let client = Client::builder(key())
            .base_url(url)
            .connect_timeout(Duration::from_millis(100))
            .build()
            .unwrap();
        assert_secret(&texts(&client.file(&file(1)[0]).await.unwrap_err()));
        assert_secret(&texts(&client.allowances().await.unwrap_err()));
    }
    assert!(server.requests()[0].contains(KEY), "it was sent");
    assert_secret(&log.text());
}

#[tokio::test(start_paused = true)]
async fn nothing_shows_the_key_or_a_password() {
    let builder = || Client::builder(ApiKey::new(KEY).unwrap());
    let proxy = Proxy::Url("http://me:hunter22@proxy.example".parse().unwrap());
    let with_password = builder().base_url("https://me:hunter22@vt.example");
    let lab = Lab::with(Quota::PUBLIC, |simulator| simulator.key(KEY));
    let scanner = lab.scanner();
    let mut scan = scanner.scan(files(0..6));
    scan.next().await.unwrap().result.unwrap();
    let meter = scan.meter();
    let shown: Vec<String> = vec![
        format!("{:#?}", key()),
        format!("{:#?}", key().id()),
        format!("{:#?}", builder().proxy(proxy.clone())),
        format!("{with_password:#?}"),
        texts(&with_password.build().unwrap_err()),
        format!("{:#?}", builder().proxy(proxy).build().unwrap()),
        format!("{:#?} {:#?}", lab.client, lab.client.quota()),
        format!(
            "{:#?} {:#?}",
            lab.builder(),
            Scanner::builder(lab.client.clone())
        ),
        format!("{scanner:#?} {scan:#?} {meter:#?}"),
        format!("{:#?} {:#?}", meter.read().await, scanner.usage().await),
        format!("{:#?} {:#?}", lab.ledger, lab.cache),
        format!("{:#?}", lab.client.exchange(&file(1)[0]).await),
        format!("{:#?}", Simulator::builder().key(KEY)),
        format!("{:#?} {:#?}", lab.simulator, lab.simulator.arrivals()),
    ];
    for text in shown {
        assert_secret(&text);
        assert!(!text.contains("hunter22"), "{text}");
    }
}

/// A panic that shows all it can: the request, and everything of ours.
#[tokio::test(start_paused = true)]
async fn no_panic_shows_the_key() {
    const CHILD: &str = "VT_TEST_PANICS";
    if std::env::var_os(CHILD).is_some() {
        let lab = Lab::unlimited();
        let careless = transport_fn(|request| async move { panic!("{request:#?}") });
        let client = Client::builder(ApiKey::new(KEY).unwrap()).transport(careless);
        let scanner = Scanner::builder(client.build().unwrap()).build();
        let error = scanner.lookup(file(1)[0]).await.unwrap_err();
        panic!("{error:#?} {scanner:#?} {:#?}", lab.client);
    }
    let name = "secrecy::no_panic_shows_the_key";
    let child = own_process::only(name)
        .env(CHILD, "1")
        .env("RUST_BACKTRACE", "full")
        .output()
        .unwrap();
    assert!(!child.status.success());
    let shown = [child.stdout, child.stderr].concat();
    let shown = String::from_utf8_lossy(&shown);
    assert_eq!(shown.matches("panicked at").count(), 2, "{shown}");
    assert!(shown.contains("x-apikey"), "{shown}");
    assert_secret(&shown);
}
