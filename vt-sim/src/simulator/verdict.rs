//! What a request gets, decided and logged in one step.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use http::{Method, StatusCode, request::Parts};

use super::{Simulator, State};
use crate::{
    answer::ApiError,
    arrivals::Arrival,
    catalogue::{Listing, Source},
    clock::Moment,
    digest::{AskedHash, hex},
    fault::Fault,
    quota::Account,
    settings::{KeyCheck, Settings},
    users::UserView,
};

/// The decision about one request; nothing of it can change any more.
pub(super) struct Plan {
    pub(super) now: Moment,
    pub(super) trace: u64,
    pub(super) latency: Duration,
    pub(super) verdict: Verdict,
    pub(super) fault: Option<Fault>,
}

/// What the request gets, faults aside.
pub(super) enum Verdict {
    Report(Listing),
    Json(Bytes),
    Error(ApiError),
}

/// What a path asks for.
enum Target<'a> {
    File(&'a str),
    User(UserView),
    Other,
}

impl Simulator {
    pub(super) fn decide(&self, head: &Parts) -> Plan {
        let settings = &self.inner.settings;
        let path = head.uri.path();
        let target = Target::of(path);
        let listing = target
            .hash()
            .and_then(AskedHash::parse)
            .map(|asked| self.inner.catalogue.find(asked));
        let file = listing.as_ref().map(|listing| hex(&listing.sha256));
        let key = settings.keys.check(&head.headers);

        // Time is read under the lock, so that the log is in order.
        let mut state = self.state();
        let now = self.inner.clock.now();
        let State {
            accounts,
            script,
            random,
            arrivals,
        } = &mut *state;
        let subject = file.as_deref().or(target.hash());
        let fault = script.take_for_request(subject, now.wall).or_else(|| {
            let no_connection = script.lets_no_connection_to(subject);
            no_connection.then(|| Fault::Reset.on_the_way())
        });
        let is_free = target.is_free() || fault.as_ref().is_some_and(|fault| !fault.is_charged());
        let mut account = account_of(accounts, key);
        let number = account.as_ref().ok().map(|(number, _)| *number);
        let passed = match &mut account {
            Ok((_, account)) if !is_free => pass(account, fault.is_some(), now, settings),
            Err(refused) if fault.is_none() => Err(refused.clone()),
            _ => Ok(()),
        };
        let verdict = match passed {
            Err(error) => Verdict::Error(error),
            Ok(()) => {
                let account = account.ok().map(|(_, account)| &*account);
                target.answer(head, listing, account, settings, now)
            }
        };
        arrivals.push(Arrival {
            at: now.since_start,
            wall: now.wall,
            path: target.loggable(path),
            hash: target.hash().map(str::to_owned),
            file,
            status: status(&verdict, fault.as_ref()).map(|status| status.as_u16()),
            key: number,
            free: is_free,
        });
        self.inner.arrived.send_replace(arrivals.len() as u64);
        Plan {
            now,
            trace: random.u64(..),
            latency: settings.latency.draw(random),
            verdict,
            fault,
        }
    }
}

impl Simulator {
    /// Returns what a script knows a file by: its SHA-256, or the text that is asked for.
    pub(super) fn file_of(&self, head: &Parts) -> Option<String> {
        let asked = Target::of(head.uri.path()).hash()?;
        Some(self.file_named(asked).unwrap_or_else(|| asked.to_owned()))
    }
}

impl<'a> Target<'a> {
    fn of(path: &'a str) -> Self {
        // A base URL that ends in a slash gives `//api/v3`, which VirusTotal takes.
        let Some(rest) = path.trim_start_matches('/').strip_prefix("api/v3/") else {
            return Self::Other;
        };
        match rest.split('/').collect::<Vec<_>>()[..] {
            ["files", asked] if !asked.is_empty() => Self::File(asked),
            ["users", id] if !id.is_empty() => Self::User(UserView::Profile),
            ["users", _, "overall_quotas"] => Self::User(UserView::OverallQuotas),
            ["users", _, "api_usage"] => Self::User(UserView::ApiUsage),
            _ => Self::Other,
        }
    }

    fn hash(&self) -> Option<&'a str> {
        match self {
            Self::File(asked) => Some(asked),
            Self::User(_) | Self::Other => None,
        }
    }

    fn is_free(&self) -> bool {
        matches!(self, Self::User(_))
    }

    fn loggable(&self, path: &str) -> String {
        match self {
            Self::File(_) | Self::Other => path.to_owned(),
            Self::User(UserView::Profile) => "/api/v3/users/{id}".to_owned(),
            Self::User(UserView::OverallQuotas) => "/api/v3/users/{id}/overall_quotas".to_owned(),
            Self::User(UserView::ApiUsage) => "/api/v3/users/{id}/api_usage".to_owned(),
        }
    }

    fn answer(
        &self,
        head: &Parts,
        listing: Option<Listing>,
        account: Option<&Account>,
        settings: &Settings,
        now: Moment,
    ) -> Verdict {
        if head.method != Method::GET {
            return Verdict::Error(ApiError::no_such_method());
        }
        match (self, listing) {
            (Self::File(asked), None) => Verdict::Error(ApiError::no_hash(asked)),
            (Self::File(asked), Some(listing)) => match listing.source {
                Source::MadeUp { profile, .. } if !profile.known => {
                    Verdict::Error(ApiError::file_not_found(asked))
                }
                _ => Verdict::Report(listing),
            },
            (Self::User(view), _) => {
                let query = head.uri.query().unwrap_or_default();
                let nobody = Account::default();
                Verdict::Json(view.body(account.unwrap_or(&nobody), settings.limits, now, query))
            }
            (Self::Other, _) => Verdict::Error(ApiError::no_such_path()),
        }
    }
}

/// Finds the account of an accepted key and its number; any other key gets a 401.
fn account_of<'s>(
    accounts: &'s mut HashMap<String, (usize, Account)>,
    key: KeyCheck<'_>,
) -> Result<(usize, &'s mut Account), ApiError> {
    let (code, message) = match key {
        KeyCheck::Accepted(key) => {
            let number = accounts.len();
            let (number, account) = accounts
                .entry(key.to_owned())
                .or_insert_with(|| (number, Account::default()));
            return Ok((*number, account));
        }
        KeyCheck::Missing => ("AuthenticationRequiredError", "X-Apikey header is missing"),
        KeyCheck::Wrong => ("WrongCredentialsError", "Wrong API key"),
        KeyCheck::Inactive => ("UserNotActiveError", "User is not active"),
    };
    Err(ApiError::new(StatusCode::UNAUTHORIZED, code, message))
}

/// Charges the request and judges its quota; one that meets a fault is charged and not judged.
fn pass(
    account: &mut Account,
    meets_fault: bool,
    now: Moment,
    settings: &Settings,
) -> Result<(), ApiError> {
    let has_room = meets_fault || account.has_room(now, settings.limits, settings.minute);
    if has_room || settings.charge_refused {
        account.charge(now);
    }
    if has_room {
        Ok(())
    } else {
        Err(ApiError::quota_exceeded(settings.quota_code))
    }
}

/// Returns the status that goes out, which the log keeps.
fn status(verdict: &Verdict, fault: Option<&Fault>) -> Option<StatusCode> {
    let parts = fault.map(Fault::parts).unwrap_or_default();
    let mut status = Some(match verdict {
        Verdict::Report(_) | Verdict::Json(_) => StatusCode::OK,
        Verdict::Error(error) => error.status,
    });
    for part in &parts {
        match part {
            Fault::Answer(response) => status = Some(response.status()),
            Fault::OtherFile(_) => status = Some(StatusCode::OK),
            _ => {}
        }
    }
    // Nothing that is put together with these brings one.
    let is_withheld = |part: &&Fault| {
        matches!(
            part,
            Fault::Stall | Fault::Reset | Fault::Hangup | Fault::Raw(_)
        )
    };
    status.filter(|_| !parts.iter().any(is_withheld))
}
