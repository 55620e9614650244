//! Mails that tell of finished reports.
//!
//! What is owed to whom stands in the memo of the job, so that it survives the
//! end of the process. An [`outbox`] sends it by a [`Post`].

use std::sync::Arc;

mod address;
mod allowance;
mod delivery;
mod letter;
mod outbox;
mod post;

pub use address::NoAddress;
pub(crate) use allowance::Allowance;
pub(crate) use delivery::{Delivery, State};
pub use letter::Letter;
pub(crate) use outbox::run;
pub use post::{Folder, NoSmtp, Post, Smtp, Unsent};

/// How mails are sent, from whom, and to whom. Cloning clones a handle.
#[derive(Clone, Debug)]
pub struct Mail {
    pub(crate) post: Arc<dyn Post>,
    pub(crate) from: lettre::Address,
    allow: Arc<[String]>,
}

impl Mail {
    /// Mails from this address to any address.
    ///
    /// # Errors
    ///
    /// When that is no address.
    pub fn new(post: impl Post, from: &str) -> Result<Self, NoAddress> {
        Ok(Self {
            post: Arc::new(post),
            from: address::parse(from)?,
            allow: Arc::default(),
        })
    }

    /// Sends to addresses of these domains only, or to any if there are none.
    ///
    /// # Errors
    ///
    /// When one of them is no domain.
    pub fn allow(mut self, domains: &[String]) -> Result<Self, NoAddress> {
        let domains = domains.iter().map(|domain| {
            address::check_domain(domain)?;
            Ok(domain.to_ascii_lowercase())
        });
        self.allow = domains.collect::<Result<_, NoAddress>>()?;
        Ok(self)
    }

    /// The address that a text is, if mails are sent to it.
    fn recipient(&self, text: &str) -> Result<lettre::Address, NoAddress> {
        let to = address::parse(text)?;
        let is_allowed = |domain: &String| *domain == to.domain();
        if !self.allow.is_empty() && !self.allow.iter().any(is_allowed) {
            return Err(NoAddress::Elsewhere);
        }
        Ok(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_files() -> Mail {
        let folder = Folder::open(std::env::temp_dir()).unwrap();
        Mail::new(folder, "vt-web@example.org").unwrap()
    }

    #[test]
    fn mails_go_to_the_domains_that_are_allowed_and_to_no_other() {
        let domains = ["Example.org".to_owned(), "b.example".to_owned()];
        let mail = to_files().allow(&domains).unwrap();
        for fine in ["a@example.org", "a@EXAMPLE.ORG", "a@b.example"] {
            assert!(mail.recipient(fine).is_ok(), "{fine}");
        }
        for wrong in ["a@x.example.org", "a@notexample.org", "a@example.org.x.y"] {
            assert_eq!(mail.recipient(wrong), Err(NoAddress::Elsewhere), "{wrong}");
        }
        assert!(to_files().recipient("a@anything.example").is_ok());
    }

    #[test]
    fn an_allowance_for_what_is_no_domain_is_refused() {
        for wrong in [
            "",
            "@example.org",
            "*.example.org",
            "example.org, b.example",
        ] {
            assert!(to_files().allow(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
