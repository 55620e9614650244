//! Texts to find hashes in. The same kind and size is the same text, always.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    iter,
};

use fastrand::Rng;
use serde_json::{Value, json};

/// How many hashes are remembered, so that one can stand in the text again.
const REMEMBERED: usize = 1_024;

/// Writes a text of at least so many bytes and says what is in it.
pub(crate) fn write(kind: &str, bytes: u64, file: &str) -> Value {
    let file = File::create(file).expect("a file that can be made");
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let mut text = Text::new();
    fill(&mut text, kind, bytes, &mut out).expect("room on the disk");
    let (hashes, repeated) = (text.hashes, text.repeated);
    json!({ "bytes": text.bytes, "hashes": hashes, "distinct": hashes - repeated })
}

fn fill(text: &mut Text, kind: &str, bytes: u64, out: &mut impl Write) -> io::Result<()> {
    let append = match kind {
        "log" => Text::log_line,
        "sha256" => Text::sha256_line,
        "mixed" => Text::mixed_line,
        "hex" => Text::endless_hex,
        "runs" => Text::runs_that_are_none,
        other => panic!("no text is called {other}"),
    };
    while text.bytes < bytes {
        text.line.clear();
        append(text);
        text.bytes += text.line.len() as u64;
        out.write_all(&text.line)?;
    }
    out.flush()
}

struct Text {
    rng: Rng,
    line: Vec<u8>,
    recent: Vec<Vec<u8>>,
    bytes: u64,
    hashes: u64,
    repeated: u64,
}

impl Text {
    fn new() -> Self {
        Self {
            rng: Rng::with_seed(42),
            line: Vec::new(),
            recent: Vec::new(),
            bytes: 0,
            hashes: 0,
            repeated: 0,
        }
    }

    /// Some 120 bytes; a hash on one line in 50 makes 1 % of the text.
    fn log_line(&mut self) {
        let (pid, address, sent) = (self.rng.u16(..), self.rng.u32(..), self.rng.u32(..));
        let (minute, host) = (self.rng.u8(..60), pid % 40);
        let head = format!(
            "2026-11-20T08:{minute:02}:07.{pid:05} host{host} service[{pid}]: \
             event=0x{address:08x} user="
        );
        self.line.extend(head.bytes());
        let rng = &mut self.rng;
        let user = iter::repeat_with(|| rng.lowercase() as u8);
        self.line.extend(user.take(24));
        self.line
            .extend(format!(" action=allowed bytes={sent}").bytes());
        if self.rng.u8(..50) == 0 {
            self.line.extend(b" SHA256=");
            self.hash(64, 4);
        }
        self.line.push(b'\n');
    }

    fn sha256_line(&mut self) {
        self.hash(64, 1_000);
        self.line.push(b'\n');
    }

    /// As people send lists around: three kinds, any case, Windows' line ends.
    fn mixed_line(&mut self) {
        match self.rng.u8(..10) {
            0..3 => self.hash(32, 8),
            3 => self.hash(40, 8),
            4..6 => self.hash(64, 8),
            6 => {
                self.line.extend(b"MD5: ");
                self.hash(32, 8);
            }
            7 => {
                self.hash(64, 8);
                self.line.extend(b";invoice.exe;48128");
            }
            8 => {
                self.hash(40, 8);
                self.line.make_ascii_uppercase();
            }
            _ => self.line.extend(b"# collected on the mail gateway"),
        }
        self.line.extend(b"\r\n");
    }

    fn endless_hex(&mut self) {
        self.digits(4_096);
    }

    /// Runs that miss the length of a hash by one, each on its line.
    fn runs_that_are_none(&mut self) {
        let length = [33, 63, 65][self.rng.usize(..3)];
        self.digits(length);
        self.line.push(b'\n');
    }

    /// A hash that is new, or once in so many times one of those before.
    fn hash(&mut self, digits: usize, once_in: u32) {
        self.hashes += 1;
        if self.rng.u32(..once_in) == 0
            && let Some(at) = self.rng.choice(0..self.recent.len())
            && self.recent[at].len() == digits
        {
            self.repeated += 1;
            self.line.extend(&self.recent[at]);
            return;
        }
        let start = self.line.len();
        self.digits(digits);
        let hash = self.line[start..].to_vec();
        if self.recent.len() < REMEMBERED {
            self.recent.push(hash);
        } else {
            let at = self.rng.usize(..REMEMBERED);
            self.recent[at] = hash;
        }
    }

    fn digits(&mut self, count: usize) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let end = self.line.len() + count;
        while self.line.len() < end {
            let digits = self.rng.u64(..).to_be_bytes();
            let pairs = digits.map(|byte| [byte >> 4, byte & 15].map(|at| DIGITS[usize::from(at)]));
            self.line.extend_from_slice(pairs.as_flattened());
        }
        self.line.truncate(end);
    }
}
