//! Where the API key comes from.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use vt_core::client::{ApiKey, ApiKeyError};

use crate::Failure;

/// No key is longer; a larger file is some other file.
const LONGEST: u64 = 4_096;

/// The key from this file, else from the environment. `-` is standard input.
///
/// # Errors
///
/// When there is none, it is none, or others can read its file.
pub fn read(file: Option<&Path>) -> Result<ApiKey, Failure> {
    match file {
        Some(file) => read_file(file),
        None => ApiKey::from_env().map_err(|error| match error {
            ApiKeyError::NotSet => Failure::usage(
                "no VirusTotal API key: set VT_API_KEY or give --key-file FILE; \
                 to try it without a key, add --demo",
            ),
            error => Failure::usage(format!("{error} (in VT_API_KEY)")),
        }),
    }
}

fn read_file(path: &Path) -> Result<ApiKey, Failure> {
    let name = shown(path);
    let cannot =
        |error: io::Error| Failure::usage(format!("cannot read the API key from {name}: {error}"));
    let mut text = String::new();
    if path.as_os_str() == "-" {
        io::stdin()
            .take(LONGEST)
            .read_to_string(&mut text)
            .map_err(cannot)?;
    } else {
        let file = File::open(path).map_err(cannot)?;
        if is_open_to_others(&file).map_err(cannot)? {
            return Err(Failure::usage(format!(
                "others can read the API key in {name}: run chmod 600 on it"
            )));
        }
        file.take(LONGEST)
            .read_to_string(&mut text)
            .map_err(cannot)?;
    }
    ApiKey::new(text).map_err(|error| Failure::usage(format!("{error} (in {name})")))
}

/// A name that could be the key itself, given by mistake, is not repeated.
fn shown(path: &Path) -> String {
    let name = path.to_string_lossy();
    if name.len() >= 32 && ApiKey::new(name.as_ref()).is_ok() && !path.exists() {
        return "that file (its name could be a key, and is not shown)".to_owned();
    }
    vt_report::escape::display_safe(&name).into_owned()
}

#[cfg(unix)]
fn is_open_to_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = file.metadata()?;
    Ok(metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
const fn is_open_to_others(_: &File) -> io::Result<bool> {
    Ok(false)
}
