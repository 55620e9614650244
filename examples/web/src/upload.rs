//! Uploads: a list of hashes becomes a report.

use axum::{
    extract::{
        FromRequest, Multipart, Request, State,
        multipart::{Field, MultipartError},
    },
    http::{Extensions, HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use vt_core::{hash::FileHash, job::JobSpec};

use crate::{
    App, guard,
    intake::{Intake, Part},
    link::{Link, Seed},
    mail::Delivery,
    memo::Memo,
    problem::Problem,
    visitor::{Visitor, network},
};

mod piecewise;

pub(crate) use piecewise::piecewise;

/// How long a field may be that is no list.
const LONGEST_FIELD: usize = 400;

/// What somebody wants a report of.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    pub(crate) intake: Intake,
    pub(crate) email: Option<String>,
    pub(crate) visitor: Option<Visitor>,
    pub(crate) network: String,
}

/// `POST /reports`
pub(crate) async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    extensions: Extensions,
    request: Request,
) -> Result<Response, Problem> {
    let mut wish = admit(&app, &extensions)?;
    let known = app.inner.visitors.known(&headers);
    let (visitor, cookie) = match known {
        Some(visitor) => (visitor, None),
        None => {
            let (visitor, cookie) = app.inner.visitors.welcome()?;
            (visitor, Some(cookie))
        }
    };
    wish.visitor = Some(visitor);
    read_form(&app, request, &mut wish).await?;
    let link = make(&app, wish).await?;
    let mut response = Redirect::to(&format!("/reports/{link}")).into_response();
    if let Some(cookie) = cookie.and_then(|cookie| cookie.parse().ok()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Lets somebody upload, if they have not done so too often.
pub(crate) fn admit(app: &App, extensions: &Extensions) -> Result<Wish, Problem> {
    let network = guard::origin(extensions).map_or_else(|| "this machine".to_owned(), network);
    if !app.inner.limits.may_upload(&network) {
        return Err(Problem::too_many(
            "Your network has uploaded too often. There is one more upload a minute.",
        ));
    }
    Ok(Wish {
        network,
        ..Wish::default()
    })
}

/// Reads the fields of a form as they stream in; of the lists nothing is kept
/// but their hashes.
pub(crate) async fn read_form(app: &App, request: Request, wish: &mut Wish) -> Result<(), Problem> {
    let request = request.map(|body| piecewise(&app.inner.parts.clock, body));
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|error| Problem::bad(error.to_string()))?;
    let read = read_fields(app, &mut form, wish).await;
    if read.is_err() {
        // Whoever still sends does not listen: an answer before the end of the
        // upload is lost with the connection. Within the limits it is waited for.
        while let Ok(Some(_)) = form.next_field().await {}
    }
    read
}

async fn read_fields(app: &App, form: &mut Multipart, wish: &mut Wish) -> Result<(), Problem> {
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("file" | "text") => read_list(app, field, &mut wish.intake).await?,
            Some("email") => {
                let address = read_short(field).await?;
                wish.email = Some(address).filter(|address| !address.is_empty());
            }
            _ => {}
        }
    }
    Ok(())
}

async fn read_list(app: &App, mut field: Field<'_>, intake: &mut Intake) -> Result<(), Problem> {
    let name = field.file_name().map(str::to_owned);
    let before = intake.bytes();
    let mut part = Part::default();
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        take(app, &mut part, intake, &piece)?;
    }
    if intake.bytes() > before
        && let Some(name) = name
    {
        intake.name(&name);
    }
    part.finish(intake)
        .map_err(|no| Problem::bad(format!("As to your file: {no}.")))
}

/// Takes a piece of a list, within the limits.
pub(crate) fn take(
    app: &App,
    part: &mut Part,
    intake: &mut Intake,
    piece: &[u8],
) -> Result<(), Problem> {
    let limit = app.settings().max_upload;
    if intake.bytes() + piece.len() as u64 > limit {
        return Err(too_large(limit));
    }
    part.push(intake, piece).map_err(|no| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "That is no text",
            format!("As to your file: {no}."),
        )
    })
}

pub(crate) fn too_large(limit: u64) -> Problem {
    let limit = limit / (1 << 20);
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "That is too large",
        format!(
            "An upload may have {limit} MiB. Split it, or extract the hashes first: vt-batch extract FILE."
        ),
    )
}

async fn read_short(mut field: Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > LONGEST_FIELD {
            return Err(Problem::bad("An e-mail address is not that long."));
        }
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| Problem::bad("That e-mail address is no UTF-8."))?;
    Ok(text.trim().to_owned())
}

fn broken(error: MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            error.status(),
            "That is too large",
            "The upload is larger than this server takes.",
        ),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "The upload broke off",
            "It is no whole form. Try it once more; nothing was kept of it.",
        ),
    }
}

/// Makes a report, and begins it unless it takes too long.
pub(crate) async fn make(app: &App, wish: Wish) -> Result<Link, Problem> {
    let settings = app.settings();
    let (name, mut found, hashes) = wish.intake.finish();
    check_count(&hashes, found.skipped, settings.max_hashes)?;
    let delivery = wish
        .email
        .map(|address| Delivery::to(app, &address, &wish.network))
        .transpose()?;
    found.known = app.known(&hashes).await;
    let requests = (hashes.len() as u64).saturating_sub(found.known);
    let eta = app.eta(requests).await?;
    let wait = eta.and_then(|eta| (eta - app.now()).to_std().ok());
    if eta.is_none() || wait.is_some_and(|wait| wait > settings.longest_wait) {
        return Err(Problem::bad(format!(
            "{requests} of these hashes have to be asked for, which takes longer than {} days with this server's key. \
             Upload fewer, or ask whoever runs it for a larger key.",
            settings.longest_wait.as_secs() / 86_400
        )));
    }
    let is_held = wait.is_some_and(|wait| wait > settings.consent_after);
    let seed = Seed::random()?;
    let link = Link::new(&app.inner.parts.secret, seed);
    let memo = Memo {
        seed,
        visitor: wish.visitor.map(|Visitor(visitor)| visitor),
        found,
        is_held,
        delivery,
    };
    let spec = JobSpec {
        name,
        submitter: wish.network,
        freshness: settings.freshness,
        memo: memo.to_text(),
    };
    app.jobs().create(link.job_id(), &spec, &hashes).await?;
    if !is_held {
        app.inner.workers.begin(link.job_id());
    }
    Ok(link)
}

fn check_count(hashes: &[FileHash], skipped: u64, most: usize) -> Result<(), Problem> {
    if hashes.is_empty() {
        let why = match skipped {
            0 => String::new(),
            1 => " One piece looked like a hash and is none of these.".to_owned(),
            skipped => format!(" {skipped} pieces looked like hashes and are none of these."),
        };
        return Err(Problem::bad(format!(
            "There is no MD5, SHA-1 or SHA-256 in it: 32, 40 or 64 hex digits.{why}"
        )));
    }
    if hashes.len() > most {
        return Err(Problem::bad(format!(
            "There are {} hashes in it, and a report may have {most}. Split the list.",
            hashes.len()
        )));
    }
    Ok(())
}
