//! A mail server that follows a script.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{self, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

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

/// How its connections are encrypted.
#[derive(Clone)]
pub(crate) enum Security {
    None,
    /// From the first byte on.
    Wrapped(TlsAcceptor),
    /// Once the client asks for it.
    OnDemand(TlsAcceptor),
}

/// What came in by one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    /// The lines with passwords, and whether they were encrypted.
    pub(crate) logins: Vec<(String, bool)>,
    pub(crate) from: Vec<String>,
    pub(crate) to: Vec<String>,
    /// The mail, if it came whole.
    pub(crate) mail: Option<String>,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    sessions: JoinHandle<Vec<Session>>,
}

impl Server {
    /// Plays one part for each connection, and then listens no more.
    pub(crate) async fn start(script: &[Play], security: Security) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, script) = (listener.local_addr().unwrap(), script.to_vec());
        let sessions = tokio::spawn(async move {
            let mut sessions = Vec::new();
            for play in script {
                let (stream, _) = listener.accept().await.unwrap();
                let mut session = Session::default();
                // Clients may go whenever they like.
                let _ = serve(stream, play, &security, &mut session).await;
                sessions.push(session);
            }
            sessions
        });
        Self { address, sessions }
    }

    /// Plays well with everybody, and tells of each mail as it comes.
    pub(crate) async fn endless() -> (SocketAddr, mpsc::UnboundedReceiver<Session>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (came, coming) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut session = Session::default();
                // Clients may go whenever they like.
                let _ = serve(stream, Play::Well, &Security::None, &mut session).await;
                if session.mail.is_some() && came.send(session).is_err() {
                    break;
                }
            }
        });
        (address, coming)
    }

    /// What came in, once everything was played.
    pub(crate) async fn sessions(self) -> Vec<Session> {
        let sessions = tokio::time::timeout(LONGEST, self.sessions).await;
        sessions.expect("somebody connects").unwrap()
    }
}

async fn serve(
    mut stream: TcpStream,
    play: Play,
    security: &Security,
    session: &mut Session,
) -> io::Result<()> {
    let greeting: &[u8] = match play {
        Play::Busy => b"421 canary is busy\r\n",
        Play::Babble => b"\x00\x1b]0;canary\x07\r\n",
        _ => b"220 mail.example.com\r\n",
    };
    if let Security::Wrapped(acceptor) = security {
        let mut stream = acceptor.accept(stream).await?;
        stream.write_all(greeting).await?;
        return Talk::new(play, session, true).run(stream).await.map(drop);
    }
    stream.write_all(greeting).await?;
    if matches!(play, Play::Busy | Play::Babble) {
        return Ok(());
    }
    let mut talk = Talk::new(play, session, false);
    talk.can_encrypt = matches!(security, Security::OnDemand(_));
    let plain = talk.run(stream).await?;
    if let (Some(plain), Security::OnDemand(acceptor)) = (plain, security) {
        let stream = acceptor.accept(plain).await?;
        Talk::new(play, session, true).run(stream).await?;
    }
    Ok(())
}

struct Talk<'a> {
    play: Play,
    session: &'a mut Session,
    is_encrypted: bool,
    can_encrypt: bool,
}

impl<'a> Talk<'a> {
    fn new(play: Play, session: &'a mut Session, is_encrypted: bool) -> Self {
        Self {
            play,
            session,
            is_encrypted,
            can_encrypt: false,
        }
    }

    /// Answers until the end, or until encryption is to begin: then there is
    /// the stream.
    async fn run<S>(mut self, stream: S) -> io::Result<Option<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut stream = BufReader::new(stream);
        while let Some(line) = line(&mut stream).await? {
            let answer = match line.split([' ', ':']).next().unwrap_or_default() {
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    self.session.mail = Some(mail(&mut stream).await?);
                    if self.play == Play::CutAfterDot {
                        return Ok(None);
                    }
                    "250 taken"
                }
                verb => self.answer(verb, &line),
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
            stream.flush().await?;
            match &*line {
                "STARTTLS" if self.can_encrypt => return Ok(Some(stream.into_inner())),
                "QUIT" => break,
                _ => {}
            }
        }
        Ok(None)
    }

    fn answer(&mut self, verb: &str, line: &str) -> &'static str {
        match verb {
            "EHLO" if self.can_encrypt => "250-mail.example.com\r\n250 STARTTLS",
            "EHLO" => "250-mail.example.com\r\n250 AUTH PLAIN",
            "STARTTLS" if self.can_encrypt => "220 go on",
            "AUTH" => {
                self.session
                    .logins
                    .push((line.to_owned(), self.is_encrypted));
                if self.play == Play::WrongPassword {
                    "535 canary"
                } else {
                    "235 welcome"
                }
            }
            "MAIL" => {
                self.session.from.push(address(line));
                "250 fine"
            }
            "RCPT" if self.play == Play::Refuse => "550 canary <script>",
            "RCPT" => {
                self.session.to.push(address(line));
                "250 fine"
            }
            "QUIT" => "221 bye",
            _ => "502 what?",
        }
    }
}

async fn line(stream: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Option<String>> {
    let mut line = String::new();
    let is_end = stream.read_line(&mut line).await? == 0;
    Ok((!is_end).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

async fn mail(stream: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<String> {
    let mut mail = String::new();
    while let Some(line) = line(stream).await?.filter(|line| line != ".") {
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
        mail.push_str("\r\n");
    }
    Ok(mail)
}

fn address(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}
