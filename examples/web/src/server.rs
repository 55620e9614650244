//! The socket: who may connect, for how long, and how it ends.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;
use tower::{ServiceExt, service_fn};

/// How many connections there may be, and from one address.
const CONNECTIONS: usize = 1_024;
const FROM_ONE: usize = 32;
/// How long the head of a request may take, and the next request on the same
/// connection.
const HEAD: Duration = Duration::from_secs(10);
/// How many bytes of a head are kept.
const HEAD_BYTES: usize = 16 << 10;
/// How long whoever is served has when the server ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves until the token is cancelled, and then ends what is under way.
///
/// # Errors
///
/// When the socket fails for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let seats = Arc::new(Semaphore::new(CONNECTIONS));
    let (crowd, silent) = (Crowd::default(), Silent::default());
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    rest_after(&error).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        let Some(place) = crowd.admit(peer.ip()) else {
            continue;
        };
        if seats.available_permits() == 0 {
            silent.end_oldest();
        }
        let seat = tokio::select! {
            seat = Arc::clone(&seats).acquire_owned() => seat.map_err(io::Error::other)?,
            () = stop.cancelled() => break,
        };
        connect(
            stream,
            peer,
            &router,
            &graceful,
            silent.join(),
            (seat, place),
        );
    }
    drop(listener);
    // A connection that stands idle ends at once.
    if tokio::time::timeout(FAREWELL, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::info!("some connections are cut off");
    }
    Ok(())
}

/// Without a descriptor left there is nothing to do but to wait for one.
async fn rest_after(error: &io::Error) {
    tracing::warn!(%error, "a connection cannot be taken");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn connect(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    graceful: &GracefulShutdown,
    silence: Silence,
    place: (OwnedSemaphorePermit, Place),
) {
    let (router, end, silence) = (router.clone(), silence.end.clone(), Arc::new(silence));
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        silence.is_over();
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move {
            let response = router.oneshot(request).await;
            Ok::<_, Infallible>(response.unwrap_or_else(|never| match never {}))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke off");
            },
            () = end.cancelled() => {}
        }
        drop(place);
    });
}

/// Connections that have asked nothing yet. Where there is no seat left the
/// oldest of them makes room: whoever has something to say says it at once.
#[derive(Clone, Debug, Default)]
struct Silent(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    joined: u64,
    ends: BTreeMap<u64, CancellationToken>,
}

/// One of them.
#[derive(Debug)]
struct Silence {
    among: Silent,
    number: u64,
    end: CancellationToken,
}

impl Silent {
    fn join(&self) -> Silence {
        let mut all = self.all();
        all.joined += 1;
        let (number, end) = (all.joined, CancellationToken::new());
        all.ends.insert(number, end.clone());
        let among = self.clone();
        Silence { among, number, end }
    }

    fn end_oldest(&self) {
        if let Some((_, end)) = self.all().ends.pop_first() {
            end.cancel();
        }
    }

    fn all(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Silence {
    fn is_over(&self) {
        self.among.all().ends.remove(&self.number);
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        self.is_over();
    }
}

/// How many connections there are from each address.
#[derive(Clone, Debug, Default)]
struct Crowd(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them; free again when it is dropped.
#[derive(Debug)]
struct Place(Crowd, IpAddr);

impl Crowd {
    fn admit(&self, address: IpAddr) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        // A proxy on this machine brings everybody.
        if *count >= FROM_ONE && !address.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Place(self.clone(), address))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_that_is_silent_makes_room() {
        let silent = Silent::default();
        let [first, second, third] = [(); 3].map(|()| silent.join());
        first.is_over();
        silent.end_oldest();
        let ended = [&first, &second, &third].map(|one| one.end.is_cancelled());
        assert_eq!(ended, [false, true, false]);
        drop(third);
        assert!(silent.all().ends.is_empty());
    }

    #[test]
    fn one_address_does_not_take_all_seats() {
        let crowd = Crowd::default();
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let places: Vec<_> = (0..100).filter_map(|_| crowd.admit(address)).collect();
        assert_eq!(places.len(), FROM_ONE);
        assert!(crowd.admit("192.0.2.2".parse().unwrap()).is_some());
        drop(places);
        assert!(crowd.0.lock().unwrap().is_empty());
        let proxy: Vec<_> = (0..100)
            .filter_map(|_| crowd.admit(IpAddr::from([127, 0, 0, 1])))
            .collect();
        assert_eq!(proxy.len(), 100);
    }
}
