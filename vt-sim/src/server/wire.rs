//! An answer as bytes on a connection, in exactly the way that a fault says.

use std::io;

use bytes::Bytes;
use tokio::{io::AsyncWriteExt, time::sleep};

use super::line::Line;
use crate::{
    delivery::{End, INTERIM, Instead, Outgoing, Pace},
    fault::Part,
};

/// Pieces of a body that nothing else cuts.
const PIECE: usize = 1 << 20;

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    GoOn,
    Close,
    Reset,
    Silence,
}

/// Sends an answer, or what comes in place of one.
pub(super) async fn play(line: &mut impl Line, outgoing: &Outgoing) -> Ending {
    match &outgoing.delivery.instead {
        Some(Instead::Hangup) => return Ending::Close,
        Some(Instead::Reset) => return Ending::Reset,
        Some(Instead::Stall) => return Ending::Silence,
        Some(Instead::Raw(bytes)) => {
            // Whether or not the client still listens, the connection ends.
            let _ = line.write_all(bytes).await;
            return Ending::Close;
        }
        None => {}
    }
    match send(line, outgoing).await {
        Ok(()) => ending(outgoing),
        // The client has gone away.
        Err(_) => Ending::Close,
    }
}

fn ending(outgoing: &Outgoing) -> Ending {
    match outgoing.delivery.end {
        Some((End::Cut, _)) => Ending::Close,
        Some((End::Reset, _)) => Ending::Reset,
        Some((End::Stall, _)) => Ending::Silence,
        None if outgoing.promised() > Some(outgoing.response.body().len()) => Ending::Silence,
        None if outgoing.is_last() => Ending::Close,
        None => Ending::GoOn,
    }
}

async fn send(line: &mut impl Line, outgoing: &Outgoing) -> io::Result<()> {
    let delivery = &outgoing.delivery;
    for _ in 0..delivery.interim {
        line.write_all(INTERIM).await?;
    }
    let pace_of = |part| delivery.pace.filter(|pace| pace.part == part);
    let head = outgoing.head();
    match pace_of(Part::Head) {
        Some(pace) => drip(line, head, pace, true).await?,
        None => line.write_all(&head).await?,
    }
    send_body(line, outgoing, pace_of(Part::Body)).await?;
    line.flush().await
}

async fn send_body(
    line: &mut impl Line,
    outgoing: &Outgoing,
    pace: Option<Pace>,
) -> io::Result<()> {
    let chunk = outgoing.delivery.chunk;
    let size = chunk.or(pace.map(|pace| pace.step)).unwrap_or(PIECE);
    let mut left = outgoing.reaches();
    let mut is_first = true;
    for piece in outgoing.response.body().pieces(size) {
        let kept = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        // A chunk that is cut at its beginning is not even announced.
        if kept == 0 {
            return Ok(());
        }
        if chunk.is_some() {
            let size = format!("{:x}\r\n", piece.len());
            line.write_all(size.as_bytes()).await?;
        }
        left -= kept as u64;
        let sent = piece.slice(..kept);
        match pace {
            Some(pace) => drip(line, sent, pace, is_first).await?,
            None => line.write_all(&sent).await?,
        }
        is_first = false;
        if kept < piece.len() {
            return Ok(());
        }
        if chunk.is_some() {
            line.write_all(b"\r\n").await?;
        }
    }
    if chunk.is_some() {
        line.write_all(b"0\r\n\r\n").await?;
    }
    Ok(())
}

async fn drip(
    line: &mut impl Line,
    mut bytes: Bytes,
    pace: Pace,
    mut is_first: bool,
) -> io::Result<()> {
    while !bytes.is_empty() {
        if !is_first {
            sleep(pace.every).await;
        }
        is_first = false;
        let step = bytes.split_to(pace.step.min(bytes.len()));
        line.write_all(&step).await?;
        line.flush().await?;
    }
    Ok(())
}
