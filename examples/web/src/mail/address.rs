//! Addresses that mails are sent to.
//!
//! Far fewer than the standards know: what is left needs no quotes, comments or
//! encoding anywhere, and so cannot be read as a second address or header.

use lettre::Address;

/// The lengths of RFC 5321, without angle brackets, and of RFC 1035.
const LONGEST: usize = 254;
const LONGEST_USER: usize = 64;
const LONGEST_LABEL: usize = 63;

/// Why a text is no address that mails are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoAddress {
    /// It is longer than any address.
    #[error("it is longer than {LONGEST} characters")]
    TooLong,
    /// Nothing stands before or after an `@`, or there is none.
    #[error("it is not of the form name@example.org")]
    Parts,
    /// The part before the `@` has characters that only few addresses have.
    #[error(
        "before the @ there may be letters without accents, digits, single dots and !#$%&'*+-/=?^_`{{|}}~ only"
    )]
    User,
    /// The part after the `@` is no name of a domain.
    #[error(
        "after the @ there has to be the name of a domain such as example.org; one with other letters is written as xn--.."
    )]
    Domain,
    /// Mails go to other domains only.
    #[error("this server sends mails to other domains only")]
    Elsewhere,
}

/// The one address that a text is. Its domain comes out in lower case.
pub(super) fn parse(text: &str) -> Result<Address, NoAddress> {
    if text.len() > LONGEST {
        return Err(NoAddress::TooLong);
    }
    let (user, domain) = text.split_once('@').ok_or(NoAddress::Parts)?;
    if user.is_empty() || domain.is_empty() {
        return Err(NoAddress::Parts);
    }
    check_user(user)?;
    check_domain(domain)?;
    // By now this refuses nothing that mail servers would take.
    Address::new(user, domain.to_ascii_lowercase()).map_err(|_| NoAddress::Parts)
}

fn check_user(user: &str) -> Result<(), NoAddress> {
    let is_fine = |part: &str| !part.is_empty() && part.bytes().all(is_atom);
    if user.len() > LONGEST_USER || !user.split('.').all(is_fine) {
        return Err(NoAddress::User);
    }
    Ok(())
}

/// Whether a character stands for itself in a name (`atext` of RFC 5322).
const fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
        )
}

/// Refuses what is no name of a domain of the Internet, such as a number or
/// the name of a single machine.
pub(super) fn check_domain(domain: &str) -> Result<(), NoAddress> {
    let is_name = domain.split('.').all(is_label);
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    match domain.rsplit_once('.') {
        Some((_, last)) if is_name && !is_number(last) => Ok(()),
        _ => Err(NoAddress::Domain),
    }
}

fn is_label(label: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.bytes().all(is_fine)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_addresses_are_taken() {
        for text in [
            "a@b.example",
            "first.last+tag@mail.example.org",
            "o'neil_{x}@example.org",
            "a@xn--bcher-kva.example",
            &format!("{}@example.org", "u".repeat(64)),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            parse("Ann@EXAMPLE.org").unwrap().to_string(),
            "Ann@example.org"
        );
    }

    #[test]
    fn an_address_that_could_be_read_otherwise_is_refused_and_the_answer_says_why() {
        use NoAddress::{Domain, Parts, TooLong, User};

        let long = format!("{}@{}.org", "u".repeat(60), "d.".repeat(100));
        let rows: [(&str, NoAddress); 22] = [
            ("", Parts),
            ("example.org", Parts),
            ("@example.org", Parts),
            ("a@", Parts),
            (&long, TooLong),
            ("a\r\nBcc: x@example.org", User),
            ("\"a\r\nBcc: x\"@example.org", User),
            ("\"a b\"@example.org", User),
            ("a(comment)@example.org", User),
            ("a,b@example.org", User),
            ("Ann <a@example.org>", User),
            ("a..b@example.org", User),
            (".a@example.org", User),
            ("ä@example.org", User),
            ("a@b@example.org", Domain),
            ("a@example.org,b@example.org", Domain),
            ("a@example.org\r\nBcc: x", Domain),
            ("a@[127.0.0.1]", Domain),
            ("a@127.0.0.1", Domain),
            ("a@localhost", Domain),
            ("a@exämple.org", Domain),
            ("a@-x.example", Domain),
        ];
        for (text, why) in rows {
            assert_eq!(parse(text), Err(why), "{text:?}");
        }
    }
}
