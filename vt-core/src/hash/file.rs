//! The hashes of a file, found by several threads at once.

use std::{fs::File, io, num::NonZeroUsize};

use super::{
    Extraction, Occurrence,
    blocks::{self, ReadAt},
    extraction::Findings,
    reading::{Reading, Rest},
};

/// Finds the file hashes in a file; the [module docs](super) say what counts as one.
///
/// The file is read from its beginning, wherever it stands. Large ones are searched
/// by so many `threads`, while the calling one puts together what they find: the
/// answer does not depend on how many there are. What is kept in memory is the
/// distinct hashes, about 50 bytes each, and less than 3 MiB for each thread. UTF-16
/// and what is no regular file is searched by the calling thread alone.
///
/// # Errors
///
/// When the file cannot be read to its end.
///
/// # Examples
///
/// ```
/// use std::{fs::File, num::NonZeroUsize};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("proxy.log");
/// # std::fs::write(&path, "GET /a 44d88612fea8a8f36de82e1278abb02f\n")?;
/// let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
/// let extraction = vt_core::hash::extract_file(&File::open(path)?, threads)?;
/// assert_eq!(extraction.hashes().len(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn extract_file(file: &File, threads: NonZeroUsize) -> io::Result<Extraction> {
    let mut findings = Findings::default();
    let rest = search(file, threads, |batch| findings.take(batch))?;
    Ok(findings.finish(rest))
}

/// Hands every hash in a file to `visit`, each time it stands there, in the order of
/// the file and many at a time, on the calling thread.
///
/// Nothing is kept, so that memory does not grow with the file. The extraction that
/// comes back has no hashes, and all else there is to say. Apart from that it is
/// like [`extract_file`].
///
/// # Errors
///
/// When the file cannot be read to its end. What was visited until then is right.
pub fn visit_file(
    file: &File,
    threads: NonZeroUsize,
    visit: impl FnMut(&[Occurrence]),
) -> io::Result<Extraction> {
    let rest = search(file, threads, visit)?;
    Ok(Findings::default().finish(rest))
}

fn search(
    file: &File,
    threads: NonZeroUsize,
    mut take: impl FnMut(&[Occurrence]),
) -> io::Result<Rest> {
    let metadata = file.metadata()?;
    let blocks = metadata.len() / blocks::BLOCK as u64;
    let threads = threads
        .get()
        .min(usize::try_from(blocks).unwrap_or(usize::MAX));
    if !metadata.is_file() {
        return read(|buffer, _| io::Read::read(&mut &*file, buffer), &mut take);
    }
    if threads > 1
        && let Some(rest) = blocks::search(file, threads, blocks::BLOCK, &mut take)?
    {
        return Ok(rest);
    }
    read(|buffer, offset| file.read_at(buffer, offset), &mut take)
}

/// Searches what can be read piece by piece.
fn read(
    mut next: impl FnMut(&mut [u8], u64) -> io::Result<usize>,
    take: &mut impl FnMut(&[Occurrence]),
) -> io::Result<Rest> {
    let mut reading = Reading::default();
    let mut buffer = vec![0; blocks::READ];
    let mut offset = 0;
    loop {
        match next(&mut buffer, offset) {
            Ok(0) => return Ok(reading.finish(take)),
            Ok(count) => {
                reading.push(&buffer[..count], take);
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
