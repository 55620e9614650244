//! From what a request gets to what goes out.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, DATE, RETRY_AFTER, TRANSFER_ENCODING},
    request::Parts,
};

use super::{
    Simulator,
    verdict::{Plan, Verdict},
};
use crate::{
    answer,
    clock::Moment,
    content::Content,
    delivery::{Delivery, Outgoing, is_bodiless},
    digest::AskedHash,
    fault::{Fault, Gzip},
    splice::splice,
};

/// The most headers of a flood: half of what a header map holds.
const MOST_HEADERS: u16 = 20_000;

impl Simulator {
    /// Writes the answer that was decided on, whatever then happens to it on its way.
    pub(super) fn stage(&self, plan: &Plan, head: &Parts) -> Outgoing {
        let parts = plan.fault.as_ref().map(Fault::parts).unwrap_or_default();
        let delivery = Delivery::of(&parts);
        let (mut response, body) = self.base(plan, &parts).into_parts();
        let mut content = changed_body(body, &parts);
        let coding = parts.iter().rev().find_map(|part| match part {
            Fault::Gzip(gzip) => Some(*gzip),
            _ => None,
        });
        // A scripted answer is exactly that one, and VirusTotal does not compress a 429.
        let compressible = response.status != StatusCode::TOO_MANY_REQUESTS
            && !parts.iter().any(|part| matches!(part, Fault::Answer(_)));
        if let Some(gzip) =
            coding.or((compressible && answer::wants_gzip(&head.headers)).then_some(Gzip::Always))
        {
            encode(&mut content, gzip);
            let gzip = HeaderValue::from_static("gzip");
            response.headers.insert(CONTENT_ENCODING, gzip);
        }
        if parts.iter().any(|part| matches!(part, Fault::EmptyBody)) {
            content = Content::default();
        }
        let mut response = Response::from_parts(response, content);
        let length = response.body().len();
        answer::dress(response.headers_mut(), length, plan.now, plan.trace);
        if head.method == Method::HEAD {
            *response.body_mut() = Content::default();
        }
        frame(&mut response, &delivery);
        change_headers(response.headers_mut(), &parts, plan.now);
        Outgoing { response, delivery }
    }

    /// Writes the answer before any fault changes it.
    fn base(&self, plan: &Plan, parts: &[&Fault]) -> Response<Bytes> {
        for part in parts.iter().rev() {
            match part {
                Fault::Answer(response) => return response.clone(),
                Fault::OtherFile(hash) => {
                    let body = self.other_report(hash, plan.now);
                    return answer::json_response(StatusCode::OK, body);
                }
                _ => {}
            }
        }
        let mut response = match &plan.verdict {
            Verdict::Report(listing) => {
                answer::json_response(StatusCode::OK, self.report_of(listing, plan.now))
            }
            Verdict::Json(body) => answer::json_response(StatusCode::OK, body.clone()),
            Verdict::Error(error) => error.response(),
        };
        if self.inner.settings.retry_after && response.status() == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(RETRY_AFTER, 60.into());
        }
        response
    }

    /// Writes the report of the file named in a fault, even if that file is unknown to everybody else.
    fn other_report(&self, hash: &str, now: Moment) -> Bytes {
        let asked = AskedHash::parse(hash).unwrap_or(AskedHash::Sha256([0; 32]));
        self.report_of(&self.inner.catalogue.find(asked), now)
    }
}

fn changed_body(mut body: Bytes, parts: &[&Fault]) -> Content {
    for part in parts {
        match part {
            Fault::Field { at, json } => body = splice(&body, at, json.as_ref()),
            Fault::Trailing(more) => body = [&body[..], more].concat().into(),
            _ => {}
        }
    }
    let mut content = Content::of(body);
    for part in parts {
        if let Fault::OversizedBody { bytes } = part {
            content.pad(*bytes);
        }
    }
    content
}

fn encode(content: &mut Content, gzip: Gzip) {
    match gzip {
        Gzip::Claimed => {}
        Gzip::Always => *content = content.gzip(),
        Gzip::Cut { after } => {
            *content = content.gzip();
            content.truncate(content.len().saturating_sub(1).min(after as u64));
        }
    }
}

/// Makes the headers say how the end of the body is found.
fn frame(response: &mut Response<Content>, delivery: &Delivery) {
    if delivery.chunk.is_some() {
        response.headers_mut().remove(CONTENT_LENGTH);
        let chunked = HeaderValue::from_static("chunked");
        response.headers_mut().insert(TRANSFER_ENCODING, chunked);
    } else if is_bodiless(response.status()) && response.body().len() == 0 {
        response.headers_mut().remove(CONTENT_LENGTH);
    }
}

fn change_headers(headers: &mut HeaderMap, parts: &[&Fault], now: Moment) {
    for part in parts {
        match part {
            Fault::Header { name, values } => {
                headers.remove(name);
                for value in values {
                    headers.append(name, value.clone());
                }
            }
            Fault::DateOff(off) => {
                let wrong = now.wall.checked_add_signed(*off).unwrap_or(now.wall);
                if let Some(date) = answer::http_date(wrong) {
                    headers.insert(DATE, date);
                }
            }
            Fault::HeaderFlood { count, bytes } => flood(headers, *count, *bytes),
            _ => {}
        }
    }
}

fn flood(headers: &mut HeaderMap, count: u16, bytes: usize) {
    // Letters are a header's value always.
    let Ok(value) = HeaderValue::from_bytes(&vec![b'a'; bytes]) else {
        return;
    };
    for n in 0..count.min(MOST_HEADERS) {
        if let Ok(name) = HeaderName::try_from(format!("x-vt-sim-{n}")) {
            headers.insert(name, value.clone());
        }
    }
}
