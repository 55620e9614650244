//! The API key, which is shown to nobody.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::quota::KeyId;

/// A VirusTotal API key.
///
/// It has no text form, its `Debug` shows nothing of it, and its memory is
/// cleared when it is dropped.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// The environment variable that [`from_env`](Self::from_env) reads.
    pub const ENV: &str = "VT_API_KEY";

    /// A key from its text; white space around it is dropped.
    ///
    /// # Errors
    ///
    /// When the text is empty or cannot be sent as a header.
    pub fn new(text: impl Into<String>) -> Result<Self, ApiKeyError> {
        let text = SecretString::from(text.into());
        let key = text.expose_secret().trim();
        if key.is_empty() {
            return Err(ApiKeyError::Empty);
        }
        if !key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        {
            return Err(ApiKeyError::Characters);
        }
        Ok(Self(SecretString::from(key)))
    }

    /// The key in the environment variable [`ENV`](Self::ENV).
    ///
    /// # Errors
    ///
    /// When the variable is not set, or holds no key.
    pub fn from_env() -> Result<Self, ApiKeyError> {
        let text = std::env::var(Self::ENV).map_err(|_| ApiKeyError::NotSet)?;
        Self::new(text)
    }

    /// Which account of a ledger this key has: a digest of it.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let mut digest = Sha256::new_with_prefix("vt-quota-v1");
        digest.update(self.expose());
        let mut id = [0; 16];
        id.copy_from_slice(&digest.finalize()[..16]);
        KeyId::from_bytes(id)
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub(super) fn header(&self) -> HeaderValue {
        // `new` lets only letters, digits, `-` and `_` in.
        let mut value =
            HeaderValue::from_str(self.expose()).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

/// Why there is no API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// The environment has none.
    #[error("no VirusTotal API key: set VT_API_KEY")]
    NotSet,
    /// The text is empty.
    #[error("the VirusTotal API key is empty")]
    Empty,
    /// The text cannot be a key.
    #[error("the VirusTotal API key has characters that no key has")]
    Characters,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_nothing_of_itself() {
        let key = ApiKey::new(" 0123456789abcdef\n").unwrap();
        assert_eq!(key.expose(), "0123456789abcdef");
        assert_eq!(
            format!("{key:?} {:?}", key.header()),
            "ApiKey(***) Sensitive"
        );
        assert!(!key.id().to_string().contains("0123456789"));
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_without_repeating_it() {
        assert_eq!(ApiKey::new(" \n").unwrap_err(), ApiKeyError::Empty);
        for text in ["a b", "a\nb", "schlüssel", "a/../b"] {
            let error = ApiKey::new(text).unwrap_err();
            assert_eq!(error, ApiKeyError::Characters);
            assert!(!error.to_string().contains(text));
        }
    }

    #[test]
    fn the_id_of_a_key_never_changes() {
        let id = ApiKey::new("0123456789abcdef").unwrap().id();
        assert_eq!(id.to_string(), "f0cba055f8e42d9d6280f4aad68fff34");
    }
}
