//! The simulator itself: one handle, and the way of a request through it.

mod in_process;
mod staging;
mod verdict;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, Response, StatusCode, request::Parts};
use tokio::sync::watch;

use crate::{
    answer,
    arrivals::{Arrival, Stats},
    catalogue::{Catalogue, IgnoredReport, Listing, Source},
    clock::{Clock, Moment},
    delivery::Outgoing,
    digest::{AskedHash, hex},
    fault::{Fault, NoConnection, Script, Trigger},
    profile::Profile,
    quota::Account,
    report::{Draft, FRESH_FOR, pretty},
    settings::{Builder, Settings},
};

pub use in_process::BrokenConnection;
pub(crate) use in_process::MOST_IN_MEMORY;

use in_process::{fail_to_connect, receive};

/// A VirusTotal stand-in.
///
/// Cloning clones a handle: all clones share files, quotas, faults and log. See the [crate] for a guide.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    clock: Clock,
    catalogue: Catalogue,
    state: Mutex<State>,
    /// How long the log is, for those who wait for it to grow.
    arrived: watch::Sender<u64>,
}

struct State {
    arrivals: Vec<Arrival>,
    /// Each accepted key's account, and its number in order of first use.
    accounts: HashMap<String, (usize, Account)>,
    script: Script,
    random: fastrand::Rng,
}

/// What the simulator holds of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It answers 404.
    Unknown,
    /// It answers with a report whose analysis is not done.
    Pending,
    /// No engine detects it.
    Clean,
    /// At least one engine detects it.
    Detected,
}

/// What goes out for a request, on a socket.
pub(crate) enum Exchange {
    /// The truth, which any server may send.
    Truth(Response<Bytes>),
    /// An answer that is to go out in exactly this way.
    Faulty(Outgoing),
}

impl Simulator {
    /// Starts from the default settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(settings: Settings, clock: Clock, catalogue: Catalogue) -> Self {
        let state = State::new(settings.seed);
        Self {
            inner: Arc::new(Inner {
                settings,
                clock,
                catalogue,
                state: Mutex::new(state),
                arrived: watch::Sender::new(0),
            }),
        }
    }

    /// Answers a request in this process, with no socket, so that a paused tokio clock may drive everything.
    ///
    /// # Errors
    ///
    /// Fails the way a connection does, if a scripted fault asks for it.
    ///
    /// # Cancel safety
    ///
    /// The request counts as soon as this is first polled. Dropping the future is a client that hangs up.
    pub async fn respond(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, BrokenConnection> {
        let (head, _) = request.into_parts();
        if let Some(response) = self.steer(&head) {
            return Ok(response);
        }
        if let Some(why) = self.keeps_from_connecting(Some(&head)) {
            return Err(fail_to_connect(why).await);
        }
        receive(self.prepare(&head).await.0).await
    }

    /// Answers a request that has come over a connection.
    pub(crate) async fn exchange(&self, head: &Parts) -> Exchange {
        if let Some(response) = self.steer(head) {
            return Exchange::Truth(response);
        }
        let (outgoing, is_faulty) = self.prepare(head).await;
        if is_faulty {
            return Exchange::Faulty(outgoing);
        }
        match outgoing.response.body().collect(u64::MAX) {
            Some(body) => Exchange::Truth(outgoing.response.map(|_| body)),
            None => Exchange::Faulty(outgoing),
        }
    }

    /// Takes what keeps the next connection from coming about, which in the process is for a request.
    pub(crate) fn keeps_from_connecting(&self, head: Option<&Parts>) -> Option<NoConnection> {
        let file = head.and_then(|head| self.file_of(head));
        let mut state = self.state();
        let now = self.inner.clock.now().wall;
        let fault = state.script.take_for_connection(file.as_deref(), now)?;
        fault.no_connection()
    }

    async fn prepare(&self, head: &Parts) -> (Outgoing, bool) {
        let plan = self.decide(head);
        // Even a sleep of no time may let a paused clock advance.
        if !plan.latency.is_zero() {
            tokio::time::sleep(plan.latency).await;
        }
        (self.stage(&plan, head), plan.fault.is_some())
    }

    /// Sets a fault for the requests that the trigger names.
    ///
    /// With [`Trigger::Next`] faults queue up; with [`Trigger::File`] and [`Trigger::Every`] a new fault replaces the old
    /// one; with the others the first one that was set wins.
    pub fn script(&self, trigger: Trigger, fault: Fault) {
        let trigger = match trigger {
            Trigger::File(hash) => Trigger::File(self.file_named(&hash).unwrap_or(hash)),
            other => other,
        };
        self.state().script.add(trigger, fault);
    }

    /// Forgets every scripted fault.
    pub fn clear_script(&self) {
        self.state().script = Script::default();
    }

    /// Forgets the log, what the keys have used, and the scripted faults; time goes on and files stay what they are.
    pub fn reset(&self) {
        let mut state = self.state();
        *state = State::new(self.inner.settings.seed);
        self.inner.arrived.send_replace(0);
    }

    /// Counts what came in since the start or the last reset.
    pub fn stats(&self) -> Stats {
        Stats::of(&self.state().arrivals)
    }

    /// Counts the requests since the start or the last reset, whatever became of them.
    pub fn requests(&self) -> u64 {
        *self.inner.arrived.borrow()
    }

    /// Waits until so many requests have come in since the start or the last reset.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn arrived(&self, requests: u64) {
        let mut arrived = self.inner.arrived.subscribe();
        // The sender is in `self`, so it cannot be gone.
        let _ = arrived.wait_for(|arrived| *arrived >= requests).await;
    }

    /// Returns every request since the start or the last reset, in order of time.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.state().arrivals.clone()
    }

    /// Returns the time on the simulator's calendar.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now().wall
    }

    /// Returns what the simulator holds of a file, without counting it as a request; `None` if the text is no hash.
    pub fn standing(&self, hash: &str) -> Option<Standing> {
        let listing = self.inner.catalogue.find(AskedHash::parse(hash)?);
        Some(match &listing.source {
            Source::Recorded { detected: true, .. } => Standing::Detected,
            Source::Recorded { .. } => Standing::Clean,
            Source::MadeUp { profile, .. } => {
                let profile = self.profile_at(*profile, self.inner.clock.now());
                match profile {
                    Profile { known: false, .. } => Standing::Unknown,
                    Profile {
                        pending: Some(_), ..
                    } => Standing::Pending,
                    Profile { detected: true, .. } => Standing::Detected,
                    _ => Standing::Clean,
                }
            }
        })
    }

    /// Tells whether the text is the hash of a file that gets a report.
    pub fn is_known(&self, hash: &str) -> bool {
        self.standing(hash)
            .is_some_and(|standing| standing != Standing::Unknown)
    }

    /// Returns the report of a file, without counting it as a request; `None` if it is unknown or the text no hash.
    pub fn report(&self, hash: &str) -> Option<Bytes> {
        if !self.is_known(hash) {
            return None;
        }
        let listing = self.inner.catalogue.find(AskedHash::parse(hash)?);
        Some(self.report_of(&listing, self.inner.clock.now()))
    }

    /// Returns the recorded files that are not served, each with the reason.
    pub fn ignored_reports(&self) -> &[IgnoredReport] {
        self.inner.catalogue.ignored_reports()
    }

    /// Answers the simulator's own endpoints, which need no key and are not counted.
    fn steer(&self, head: &Parts) -> Option<Response<Bytes>> {
        let body = match (&head.method, head.uri.path()) {
            (&Method::GET, "/sim/stats") => pretty(&self.stats()),
            (&Method::POST, "/sim/reset") => {
                self.reset();
                Bytes::from_static(b"{}")
            }
            _ => return None,
        };
        let mut response = answer::json_response(StatusCode::OK, body);
        let length = response.body().len() as u64;
        answer::dress(response.headers_mut(), length, self.inner.clock.now(), 0);
        Some(response)
    }

    fn report_of(&self, listing: &Listing, now: Moment) -> Bytes {
        let (digests, profile) = match &listing.source {
            Source::Recorded { body, .. } => return body.clone(),
            Source::MadeUp { digests, profile } => (*digests, *profile),
        };
        let start = self.inner.clock.start_wall();
        let current = self.profile_at(profile, now);
        let fresh = profile.pending.map(|_| match current.pending {
            Some(_) => start - FRESH_FOR,
            None => self
                .inner
                .clock
                .wall_after(self.inner.settings.analysis_takes.unwrap_or_default()),
        });
        Draft {
            digests,
            profile: current,
            identity: self.inner.catalogue.identity(&digests),
            engines: self.inner.settings.engines,
            fresh,
            simulator_start: start,
        }
        .write()
    }

    /// Returns a file's profile as it is at a time: an analysis may have ended.
    fn profile_at(&self, profile: Profile, now: Moment) -> Profile {
        let takes = self.inner.settings.analysis_takes.unwrap_or(Duration::MAX);
        Profile {
            pending: profile.pending.filter(|_| now.since_start < takes),
            ..profile
        }
    }

    /// Returns the SHA-256 of the file that a hash means.
    fn file_named(&self, hash: &str) -> Option<String> {
        let asked = AskedHash::parse(hash)?;
        Some(hex(&self.inner.catalogue.find(asked).sha256))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves nothing half done that a test could not see.
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Simulator {
    /// Leaves out the keys that clients have sent: one of them may be real.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("settings", &self.inner.settings)
            .field("clock", &self.inner.clock)
            .finish_non_exhaustive()
    }
}

impl State {
    fn new(seed: u64) -> Self {
        Self {
            arrivals: Vec::new(),
            accounts: HashMap::new(),
            script: Script::default(),
            random: fastrand::Rng::with_seed(seed),
        }
    }
}
