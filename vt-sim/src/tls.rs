//! Certificates, good and bad, for a socket with TLS.

use std::{io, net::Ipv4Addr, net::Ipv6Addr};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};
use tokio_rustls::rustls::{
    self,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// A certificate authority of one's own, for clients that are told to trust it.
#[derive(Debug)]
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A socket with TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The address cannot be listened on.
    #[error("cannot listen; see the cause")]
    Listen(#[from] io::Error),
    /// A certificate cannot be made.
    #[error("no certificate can be made; see the cause")]
    Certificate(#[from] rcgen::Error),
    /// What was made is not accepted by rustls.
    #[error("the certificate cannot be served; see the cause")]
    Serve(#[from] rustls::Error),
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    Expired,
    NotYetValid,
    WrongHost,
    SelfSigned,
}

/// A certificate and its key, as rustls wants them.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Authority {
    /// Makes an authority that nobody has heard of yet.
    ///
    /// # Errors
    ///
    /// Fails if no key can be made.
    pub fn new() -> Result<Self, TlsError> {
        Self::named("vt-sim test authority")
    }

    /// Makes an authority that nobody trusts: a client that does not know its name looks no further.
    pub(crate) fn stranger() -> Result<Self, TlsError> {
        Self::named("vt-sim stranger")
    }

    fn named(name: &str) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key)?;
        let issuer = Issuer::new(params, key);
        Ok(Self {
            certificate,
            issuer,
        })
    }

    /// Returns the authority's certificate as PEM, for a client that takes a file of those it trusts.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// Returns the authority's certificate as DER.
    pub fn der(&self) -> &[u8] {
        self.certificate.der()
    }

    pub(crate) fn issue(&self, flaw: Flaw) -> Result<Identity, TlsError> {
        let key = KeyPair::generate()?;
        let host = match flaw {
            Flaw::WrongHost => vec!["elsewhere.example".to_owned()],
            _ => [
                "localhost",
                &Ipv4Addr::LOCALHOST.to_string(),
                &Ipv6Addr::LOCALHOST.to_string(),
            ]
            .map(str::to_owned)
            .to_vec(),
        };
        let mut params = CertificateParams::new(host)?;
        params.distinguished_name.push(DnType::CommonName, "vt-sim");
        match flaw {
            Flaw::Expired => params.not_after = date_time_ymd(2001, 1, 1),
            Flaw::NotYetValid => params.not_before = date_time_ymd(4000, 1, 1),
            Flaw::None | Flaw::WrongHost | Flaw::SelfSigned => {}
        }
        let certificate = match flaw {
            Flaw::SelfSigned => params.self_signed(&key)?,
            _ => params.signed_by(&key, &self.issuer)?,
        };
        Ok(Identity {
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        })
    }
}
