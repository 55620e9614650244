//! How mails are sent, as the options ask for it.

use std::path::Path;

use secrecy::ExposeSecret;
use vt_setup::Failure;
use vt_web::{Folder, Mail, Smtp};

use crate::args::Args;

/// From whom mails are that nobody sends.
const NOBODY: &str = "vt-web@mail.invalid";

/// How mails are sent, if they are: in a demo into a folder that is thrown away.
pub(crate) fn mail(args: &Args, throw_away: Option<&Path>) -> Result<Option<Mail>, Failure> {
    let from = args.mail_from.as_deref();
    let folder = match (&args.mail_folder, throw_away) {
        (Some(folder), _) => Some(folder.clone()),
        (None, folder) => folder.map(|folder| folder.join("mails")),
    };
    let mail = if let Some(url) = &args.mail_url {
        let from = from.ok_or_else(|| {
            Failure::usage("mails need a sender: --mail-from takes an address beside --mail-url")
        })?;
        let smtp = Smtp::new(url.expose_secret()).map_err(Failure::usage)?;
        tracing::info!(to = %smtp, "mails are sent");
        Mail::new(smtp, from)
    } else if let Some(folder) = folder {
        let folder = Folder::open(&folder).map_err(|error| {
            let folder = folder.display();
            Failure::failed(format!(
                "cannot make the folder {folder} for mails: {error}"
            ))
        })?;
        tracing::info!(to = %folder, "mails are not sent but written");
        Mail::new(folder, from.unwrap_or(NOBODY))
    } else {
        return Ok(None);
    };
    let mail = mail.map_err(|why| Failure::usage(format!("--mail-from: {why}")))?;
    let mail = mail.allow(&args.mail_allow);
    mail.map(Some)
        .map_err(|why| Failure::usage(format!("--mail-allow: {why}")))
}
