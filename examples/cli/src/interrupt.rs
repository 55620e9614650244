//! Being told to stop.

use std::io;

use crate::exit::Exit;

/// Completes when the user presses Ctrl-C, or somebody tells the program to
/// end.
#[cfg(unix)]
pub(crate) async fn wait() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
pub(crate) async fn wait() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// Whoever presses Ctrl-C twice does not want to wait for anything.
pub(crate) fn exit_at_the_next() {
    tokio::spawn(async {
        if wait().await.is_ok() {
            #[expect(clippy::exit, reason = "the second Ctrl-C leaves at once")]
            std::process::exit(Exit::Interrupted as i32);
        }
    });
}
