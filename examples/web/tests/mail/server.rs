//! A mail server that follows a script.

use std::time::Duration;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How long it waits for a script to end.
const LONGEST: Duration = Duration::from_secs(60);

/// What it does with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Play {
    Well,
    /// Says 421 instead of a greeting.
    Busy,
    /// Says 550 to the recipient, in words that nobody is to see.
    Refuse,
    /// Says 535 to the login.
    WrongPassword,
    /// Takes the mail, and is gone without a word.
    CutAfterDot,
    /// Greets with no SMTP at all.
    Babble,
}

/// What came in by one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) from: Vec<String>,
    pub(crate) to: Vec<String>,
    /// The mail, if it came whole.
    pub(crate) mail: Option<String>,
}

pub(crate) struct Server {
    pub(crate) address: std::net::SocketAddr,
    sessions: JoinHandle<Vec<Session>>,
}

impl Server {
    /// Plays one part for each connection, and then listens no more.
    pub(crate) async fn start(script: &[Play]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, script) = (listener.local_addr().unwrap(), script.to_vec());
        let sessions = tokio::spawn(async move {
            let mut sessions = Vec::new();
            for play in script {
                let (stream, _) = listener.accept().await.unwrap();
                let mut session = Session::default();
                // Clients may go whenever they like.
                let _ = converse(stream, play, &mut session).await;
                sessions.push(session);
            }
            sessions
        });
        Self { address, sessions }
    }

    /// What came in, once everything was played.
    pub(crate) async fn sessions(self) -> Vec<Session> {
        let sessions = tokio::time::timeout(LONGEST, self.sessions).await;
        sessions.expect("somebody connects").unwrap()
    }
}

async fn converse(stream: TcpStream, play: Play, session: &mut Session) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    match play {
        Play::Busy => return writer.write_all(b"421 canary is busy\r\n").await,
        Play::Babble => return writer.write_all(b"\x00\x1b]0;canary\x07\r\n").await,
        _ => writer.write_all(b"220 mail.example.com\r\n").await?,
    }
    while let Some(line) = lines.next_line().await? {
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-mail.example.com\r\n250 AUTH PLAIN",
            "AUTH" if play == Play::WrongPassword => "535 canary",
            "AUTH" => "235 welcome",
            "MAIL" => {
                session.from.push(address(&line));
                "250 fine"
            }
            "RCPT" if play == Play::Refuse => "550 canary <script>",
            "RCPT" => {
                session.to.push(address(&line));
                "250 fine"
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.push_str("\r\n");
                }
                session.mail = Some(mail);
                if play == Play::CutAfterDot {
                    return Ok(());
                }
                "250 taken"
            }
            "QUIT" => return writer.write_all(b"221 bye\r\n").await,
            _ => "502 what?",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn address(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}
