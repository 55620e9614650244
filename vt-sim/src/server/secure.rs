//! Connections with TLS, and those that go wrong because of it.

use std::{collections::HashMap, sync::Arc};

use tokio::{net::TcpStream, sync::watch};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs},
};

use super::{
    connection::attend,
    http2::turn_away,
    line::{say_nothing, stopped},
    refusal::refuse,
};
use crate::{
    fault::NoConnection,
    simulator::Simulator,
    tls::{Authority, Flaw, TlsError},
};

/// The certificates of a server: the good one, and what meets clients in place of it.
pub(super) struct Identities {
    good: Arc<ServerConfig>,
    flawed: HashMap<NoConnection, Arc<ServerConfig>>,
}

impl Identities {
    pub(super) fn new(authority: &Authority) -> Result<Self, TlsError> {
        let stranger = Authority::stranger()?;
        let flaws = [
            (NoConnection::Expired, authority, Flaw::Expired),
            (NoConnection::NotYetValid, authority, Flaw::NotYetValid),
            (NoConnection::WrongHost, authority, Flaw::WrongHost),
            (NoConnection::SelfSigned, authority, Flaw::SelfSigned),
            (NoConnection::UntrustedAuthority, &stranger, Flaw::None),
        ];
        let mut flawed = flaws
            .into_iter()
            .map(|(why, authority, flaw)| Ok((why, config(authority, flaw, b"http/1.1")?)))
            .collect::<Result<HashMap<_, _>, TlsError>>()?;
        // Nothing is wrong with these but what comes after the handshake.
        for why in [NoConnection::GoAway, NoConnection::RefusedStream] {
            flawed.insert(why, config(authority, Flaw::None, b"h2")?);
        }
        Ok(Self {
            good: config(authority, Flaw::None, b"http/1.1")?,
            flawed,
        })
    }
}

fn config(
    authority: &Authority,
    flaw: Flaw,
    protocol: &[u8],
) -> Result<Arc<ServerConfig>, TlsError> {
    let identity = authority.issue(flaw)?;
    // Named, so that a program with two providers need not choose one.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate], identity.key)?;
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(Arc::new(config))
}

/// Shakes hands, if the fault lets it, and serves the connection.
pub(super) async fn welcome(
    simulator: Simulator,
    stream: TcpStream,
    identities: &Identities,
    fault: Option<NoConnection>,
    mut closed: watch::Receiver<bool>,
) {
    let config = match fault {
        None => &identities.good,
        Some(why) => match identities.flawed.get(&why) {
            Some(config) => config,
            None => return refuse(stream, why, closed).await,
        },
    };
    let acceptor = TlsAcceptor::from(Arc::clone(config));
    let accepted = tokio::select! {
        accepted = acceptor.accept(stream) => accepted,
        () = stopped(&mut closed) => return,
    };
    let mut stop = closed.clone();
    // A client that does not like the certificate has been heard already, and rustls has answered.
    let Ok(mut line) = accepted else { return };
    match fault {
        Some(why @ (NoConnection::GoAway | NoConnection::RefusedStream)) => {
            tokio::select! {
                // Whether or not that went well, the client is then left to itself.
                _ = turn_away(&mut line, why) => say_nothing(line, closed).await,
                () = stopped(&mut stop) => {}
            }
        }
        // A client that overlooks the flaw is served, and its request is in the log.
        _ => attend(simulator, line, closed).await,
    }
}
