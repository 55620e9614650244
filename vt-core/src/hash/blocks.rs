//! Searches a text block by block on several threads, and puts together what they
//! find in its order.

use std::{
    fs::File,
    io,
    ops::Range,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread,
};

use super::{
    Encoding, Occurrence, encoding,
    reading::Rest,
    sieve::{CONTEXT, Finds, Sieve, is_blank, is_line_end},
    skips::Skips,
};

/// What a thread searches before it hands over what it found, in bytes: threads that
/// wake each other more often have no time for more.
pub(super) const BLOCK: usize = 512 * 1024;

/// What is read at a time, in bytes: what a processor's second cache holds beside the
/// rest.
pub(super) const READ: usize = 128 * 1024;

/// What is read at a time where only the next character that is no blank matters.
/// No text makes that often: each stretch of blanks is read once for the run before
/// it and once for the run after it.
const PEEK: usize = 4096;

/// What can be read at any place.
pub(super) trait ReadAt: Sync {
    /// Reads some bytes from an offset on; none at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Fills the buffer, or as much of it as there is.
    fn fill_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_at(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl ReadAt for File {
    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

/// What was found in one block. Lines are counted from where it begins.
#[derive(Debug, Default)]
struct Searched {
    finds: Finds,
    lines: u64,
    bytes: u64,
    is_last: bool,
}

/// A thread's results, and the way back for what they were in.
struct Worker {
    results: Receiver<io::Result<Searched>>,
    emptied: Sender<Vec<Occurrence>>,
}

/// Searches a text, if it is one whose blocks of so many bytes can be read on their
/// own.
pub(super) fn search(
    text: &impl ReadAt,
    threads: usize,
    size: usize,
    take: &mut impl FnMut(&[Occurrence]),
) -> io::Result<Option<Rest>> {
    let mut head = [0; encoding::HEAD];
    let count = text.fill_at(&mut head, 0)?;
    let (encoding, mark) = match Encoding::recognise(&head[..count], true) {
        Some((Encoding::Utf8, mark)) => (Encoding::Utf8, mark as u64),
        _ => return Ok(None),
    };
    let room = AtomicUsize::new(Skips::default().room());
    thread::scope(|scope| {
        let workers: Vec<Worker> = (0..threads)
            .map(|first| {
                // One result waits while the next one is made, and no more: what
                // is held does not grow with the text.
                let (sender, results) = sync_channel(1);
                let (emptied, spare) = channel();
                let blocks = Blocks {
                    text,
                    begin: mark,
                    size,
                    room: &room,
                };
                let numbers = (first..).step_by(threads);
                scope.spawn(move || blocks.work(numbers, &sender, &spare));
                Worker { results, emptied }
            })
            .collect();
        let mut rest = put_together(&workers, &room, take)?;
        rest.bytes += mark;
        rest.encoding = encoding;
        Ok(Some(rest))
    })
}

/// Takes the blocks' results in the order of the text.
fn put_together(
    workers: &[Worker],
    room: &AtomicUsize,
    take: &mut impl FnMut(&[Occurrence]),
) -> io::Result<Rest> {
    let mut rest = Rest {
        skips: Skips::default(),
        lines: 0,
        bytes: 0,
        encoding: Encoding::Utf8,
    };
    for worker in workers.iter().cycle() {
        let Ok(result) = worker.results.recv() else {
            // It panicked, which the scope passes on.
            break;
        };
        let mut block = result?;
        for one in &mut block.finds.found {
            one.line += rest.lines;
        }
        take(&block.finds.found);
        rest.skips.append(block.finds.skips, rest.lines);
        room.store(rest.skips.room(), Ordering::Relaxed);
        rest.lines += block.lines;
        rest.bytes += block.bytes;
        if block.is_last {
            break;
        }
        // If nobody is there any more, nobody needs it.
        let _ = worker.emptied.send(block.finds.found);
    }
    Ok(rest)
}

/// A text in blocks of one size, the last but shorter.
struct Blocks<'a, T> {
    text: &'a T,
    begin: u64,
    size: usize,
    /// How many skipped runs are still wanted, at most: there may be many in each block.
    room: &'a AtomicUsize,
}

impl<T: ReadAt> Blocks<'_, T> {
    /// Searches some blocks until one ends the text, or nobody wants to know.
    fn work(
        &self,
        numbers: impl Iterator<Item = usize>,
        results: &SyncSender<io::Result<Searched>>,
        spare: &Receiver<Vec<Occurrence>>,
    ) {
        let mut buffer = vec![0; CONTEXT + self.size.min(READ)];
        for number in numbers {
            let mut found = spare.try_recv().unwrap_or_default();
            found.clear();
            let result = self.search(number, &mut buffer, found);
            let is_over = result.as_ref().map_or(true, |searched| searched.is_last);
            if results.send(result).is_err() || is_over {
                return;
            }
        }
    }

    /// Searches a block for the runs that end in it.
    fn search(
        &self,
        number: usize,
        buffer: &mut [u8],
        found: Vec<Occurrence>,
    ) -> io::Result<Searched> {
        let offset = number as u64 * self.size as u64;
        let before = usize::try_from(offset).map_or(CONTEXT, |offset| offset.min(CONTEXT));
        let (begin, size) = (self.begin + offset, self.size.min(READ));
        let (from, end) = (begin - before as u64, begin + self.size as u64);
        let count = self.text.fill_at(&mut buffer[..before + size], from)?;
        let (context, piece) = buffer[..count].split_at(before.min(count));
        let mut finds = Finds {
            found,
            skips: Skips::keeping(self.room.load(Ordering::Relaxed)),
        };
        let mut sieve = Sieve::after(context, self.begins_blank(from, context, piece, end)?);
        sieve.sift(piece, &mut finds);
        let mut at = begin + piece.len() as u64;
        if piece.len() == size {
            at = self.sift_rest(at..end, buffer, &mut sieve, &mut finds)?;
        }
        let is_last = at < end;
        let lines = if is_last {
            sieve.finish(&mut finds)
        } else {
            if sieve.is_waiting() {
                sieve.settle(self.first_within(end..u64::MAX)?, &mut finds);
            }
            sieve.line_ends()
        };
        Ok(Searched {
            finds,
            lines,
            bytes: at - begin,
            is_last,
        })
    }

    /// Sifts what else there is of a block, and says where that ends.
    fn sift_rest(
        &self,
        rest: Range<u64>,
        buffer: &mut [u8],
        sieve: &mut Sieve,
        finds: &mut Finds,
    ) -> io::Result<u64> {
        let mut at = rest.start;
        while at < rest.end {
            let left = usize::try_from(rest.end - at).unwrap_or(READ);
            let piece = &mut buffer[..left.min(READ)];
            let count = self.text.fill_at(piece, at)?;
            sieve.sift(&piece[..count], finds);
            at += count as u64;
            if count < piece.len() {
                break;
            }
        }
        Ok(at)
    }

    /// Says whether nothing but blanks is on the line before `context`, if that may
    /// matter for the block that begins with `piece`.
    fn begins_blank(&self, from: u64, context: &[u8], piece: &[u8], end: u64) -> io::Result<bool> {
        let is_other = |byte: &u8| !byte.is_ascii_hexdigit();
        let before_run = context.iter().rposition(is_other).map_or(0, |at| at + 1);
        let is_blank_so_far = context[..before_run].iter().all(|byte| is_blank(*byte));
        if !is_blank_so_far {
            return Ok(false);
        }
        let mut known = context[before_run..].iter().chain(piece).copied();
        let mut next = known.find(|byte| !is_blank(*byte));
        if next.is_none() {
            let read = from + (context.len() + piece.len()) as u64;
            next = self.first_within(read..end)?;
        }
        if next.as_ref().is_none_or(is_other) {
            // Then no run on that line has it for itself.
            return Ok(false);
        }
        Ok(self.last_before(from)?.is_none_or(is_line_end))
    }

    /// The last byte before an offset that is no blank.
    fn last_before(&self, before: u64) -> io::Result<Option<u8>> {
        let mut buffer = [0; PEEK];
        let mut before = before;
        while before > self.begin {
            let from = before.saturating_sub(PEEK as u64).max(self.begin);
            let wanted = usize::try_from(before - from).unwrap_or(PEEK);
            let count = self.text.fill_at(&mut buffer[..wanted], from)?;
            let last = buffer[..count].iter().rfind(|byte| !is_blank(**byte));
            if let Some(byte) = last {
                return Ok(Some(*byte));
            }
            before = from;
        }
        Ok(None)
    }

    /// The first byte of a range that is no blank.
    fn first_within(&self, range: Range<u64>) -> io::Result<Option<u8>> {
        let mut buffer = [0; PEEK];
        let mut from = range.start;
        while from < range.end {
            let wanted = usize::try_from(range.end - from).map_or(PEEK, |left| left.min(PEEK));
            let count = self.text.fill_at(&mut buffer[..wanted], from)?;
            let first = buffer[..count].iter().find(|byte| !is_blank(**byte));
            if first.is_some() || count < wanted {
                return Ok(first.copied());
            }
            from += count as u64;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
