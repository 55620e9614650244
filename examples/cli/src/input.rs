//! Hashes out of files and standard input.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, IsTerminal, Read},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use vt_core::hash::{Extraction, Extractor, FileHash, extract_file};

use crate::exit::Failure;

const BLOCK: usize = 64 * 1024;

/// A file from this size on, in bytes, is searched by all threads at once; smaller
/// ones by one thread each.
const LARGE: u64 = 16 << 20;

/// What was found in one source.
#[derive(Debug)]
pub(crate) struct Source {
    /// What the user calls it.
    pub(crate) name: String,
    pub(crate) extraction: Extraction,
}

/// What was found in all of them.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) sources: Vec<Source>,
}

impl Input {
    /// Reads every file; - or none is standard input.
    pub(crate) fn read(files: &[PathBuf]) -> Result<Self, Failure> {
        let stdin = [PathBuf::from("-")];
        let files = if files.is_empty() { &stdin } else { files };
        if files.iter().filter(|file| is_stdin(file)).count() > 1 {
            return Err(Failure::usage("standard input can be read only once"));
        }
        if files == stdin && io::stdin().is_terminal() {
            return Err(Failure::usage(
                "nothing to read: name a file, or pipe a text in",
            ));
        }
        let sources = read_all(files).into_iter().collect::<Result<_, _>>()?;
        Ok(Self { sources })
    }

    /// The distinct hashes, in the order in which they first appear.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = FileHash> {
        let is_one = self.sources.len() == 1;
        let mut seen = HashSet::new();
        let all = self.sources.iter().map(|source| &source.extraction);
        all.flat_map(Extraction::hashes)
            .filter(move |hash| is_one || seen.insert(*hash))
    }

    pub(crate) fn skipped(&self) -> u64 {
        self.sources
            .iter()
            .map(|source| source.extraction.skipped_total())
            .sum()
    }

    /// What the user should know of it, one line each.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.sources.iter().flat_map(Source::notes).collect()
    }

    /// The sources in words, for a message.
    pub(crate) fn names(&self) -> String {
        self.sources
            .iter()
            .map(|source| source.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Reads all files, several at a time; what comes back is in their order.
fn read_all(files: &[PathBuf]) -> Vec<Result<Source, Failure>> {
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let is_large = |file: &PathBuf| fs::metadata(file).is_ok_and(|about| about.len() >= LARGE);
    let (large, small): (Vec<_>, Vec<_>) = (0..files.len()).partition(|at| is_large(&files[*at]));
    let results: Vec<_> = files.iter().map(|_| Mutex::new(None)).collect();
    let read = |at: usize, threads| {
        let source = Source::read(&files[at], threads);
        *results[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(source);
    };
    large.into_iter().for_each(|at| read(at, threads));
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(at) = small.get(next.fetch_add(1, Ordering::Relaxed)) {
            read(*at, NonZeroUsize::MIN);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.get().min(small.len()) {
            scope.spawn(work);
        }
        work();
    });
    let results = results.into_iter().map(Mutex::into_inner);
    results
        .filter_map(|result| result.unwrap_or_else(PoisonError::into_inner))
        .collect()
}

impl Source {
    fn read(path: &Path, threads: NonZeroUsize) -> Result<Self, Failure> {
        let name = if is_stdin(path) {
            "standard input".to_owned()
        } else {
            vt_report::escape::display_safe(&path.to_string_lossy()).into_owned()
        };
        let cannot = |error: io::Error| Failure::failed(format!("cannot read {name}: {error}"));
        let extraction = if is_stdin(path) {
            extract(io::stdin().lock())
        } else if path.is_dir() {
            return Err(Failure::failed(format!(
                "{name} is a directory: name the files in it, or pipe them in"
            )));
        } else {
            File::open(path).and_then(|file| extract_file(&file, threads))
        };
        Ok(Self {
            extraction: extraction.map_err(cannot)?,
            name,
        })
    }

    fn notes(&self) -> Vec<String> {
        let name = &self.name;
        let skipped = self.extraction.skipped_by_reason().map(|(reason, count)| {
            let first = self
                .extraction
                .skipped()
                .iter()
                .find(|one| one.reason == reason);
            let line = first
                .map(|one| format!(" from line {}", one.line))
                .unwrap_or_default();
            format!("{name}: skipped {count}{line}: {reason}")
        });
        let empty = self.extraction.empty_file().map(|found| {
            let (line, kind) = (found.line, found.hash.kind());
            format!("{name}: line {line} is the {kind} of an empty file: was something not read?")
        });
        skipped.chain(empty).collect()
    }
}

/// Whether a path stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn extract(mut reader: impl Read) -> io::Result<Extraction> {
    let mut extractor = Extractor::new();
    let mut block = vec![0; BLOCK];
    loop {
        match reader.read(&mut block) {
            Ok(0) => return Ok(extractor.finish()),
            Ok(read) => extractor.push(&block[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
