//! Enough of HTTP/2 to turn a request away unread.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::line::Line;
use crate::fault::NoConnection;

const PREFACE: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();
/// The type of the frame that a request begins with.
const HEADERS: u8 = 1;

/// Frames: 3 bytes of length, the type, the flags, 4 bytes of stream, and what they carry.
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";
const SETTINGS_ACK: &[u8] = b"\0\0\0\x04\x01\0\0\0\0";
/// No stream was looked at, and nothing is wrong.
const GOAWAY: &[u8] = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// Stream 1, the first of a client, is refused.
const REFUSED_STREAM: &[u8] = b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x07";

/// Waits for a request and turns it away.
pub(super) async fn turn_away(line: &mut impl Line, why: NoConnection) -> io::Result<()> {
    line.write_all(SETTINGS).await?;
    line.flush().await?;
    line.read_exact(&mut [0; PREFACE]).await?;
    while skip_frame(line).await? != HEADERS {}
    line.write_all(SETTINGS_ACK).await?;
    line.write_all(match why {
        NoConnection::RefusedStream => REFUSED_STREAM,
        _ => GOAWAY,
    })
    .await?;
    line.flush().await
}

/// Reads a frame and returns its type.
async fn skip_frame(line: &mut impl Line) -> io::Result<u8> {
    let mut head = [0; 9];
    line.read_exact(&mut head).await?;
    let [a, b, c, kind, ..] = head;
    let length = u32::from_be_bytes([0, a, b, c]);
    let mut rest = vec![0; length as usize];
    line.read_exact(&mut rest).await?;
    Ok(kind)
}
