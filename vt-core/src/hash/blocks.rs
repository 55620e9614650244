//! Searches a text block by block on several threads, and puts together what they
//! find in its order.

use std::{
    fs::File,
    io,
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    thread,
};

use super::{
    Encoding, Occurrence, encoding,
    reading::Rest,
    sieve::{CONTEXT, Finds, Sieve, is_blank, is_line_end},
    skips::Skips,
};

/// What a thread reads at a time, in bytes: it stays in the caches of a processor
/// until it is searched.
pub(super) const BLOCK: usize = 256 * 1024;

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
    bytes: usize,
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
                };
                let numbers = (first..).step_by(threads);
                scope.spawn(move || blocks.work(numbers, &sender, &spare));
                Worker { results, emptied }
            })
            .collect();
        let mut rest = put_together(&workers, take)?;
        rest.bytes += mark;
        rest.encoding = encoding;
        Ok(Some(rest))
    })
}

/// Takes the blocks' results in the order of the text.
fn put_together(workers: &[Worker], take: &mut impl FnMut(&[Occurrence])) -> io::Result<Rest> {
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
        rest.lines += block.lines;
        rest.bytes += block.bytes as u64;
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
}

impl<T: ReadAt> Blocks<'_, T> {
    /// Searches some blocks until one ends the text, or nobody wants to know.
    fn work(
        &self,
        numbers: impl Iterator<Item = usize>,
        results: &SyncSender<io::Result<Searched>>,
        spare: &Receiver<Vec<Occurrence>>,
    ) {
        let mut buffer = vec![0; CONTEXT + self.size];
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
        let from = self.begin + offset - before as u64;
        let count = self.text.fill_at(&mut buffer[..before + self.size], from)?;
        let (context, block) = buffer[..count].split_at(before.min(count));
        let mut finds = Finds {
            found,
            skips: Skips::default(),
        };
        let mut sieve = Sieve::after(context, self.begins_blank(from, context, block)?);
        sieve.sift(block, &mut finds);
        let is_last = block.len() < self.size;
        let lines = if is_last {
            sieve.finish(&mut finds)
        } else {
            if sieve.is_waiting() {
                sieve.settle(self.first_after(from + count as u64)?, &mut finds);
            }
            sieve.line_ends()
        };
        Ok(Searched {
            finds,
            lines,
            bytes: block.len(),
            is_last,
        })
    }

    /// Says whether nothing but blanks is on the line before `context`, if that may
    /// matter.
    fn begins_blank(&self, from: u64, context: &[u8], block: &[u8]) -> io::Result<bool> {
        let is_other = |byte: &u8| !byte.is_ascii_hexdigit();
        let before_run = context.iter().rposition(is_other).map_or(0, |at| at + 1);
        let mut rest = context[before_run..].iter().chain(block);
        let next = rest.find(|byte| !is_blank(**byte));
        let is_blank_so_far = context[..before_run].iter().all(|byte| is_blank(*byte));
        if !is_blank_so_far || next.is_none_or(is_other) {
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

    /// The first byte from an offset on that is no blank.
    fn first_after(&self, from: u64) -> io::Result<Option<u8>> {
        let mut buffer = [0; PEEK];
        let mut from = from;
        loop {
            let count = self.text.fill_at(&mut buffer, from)?;
            let first = buffer[..count].iter().find(|byte| !is_blank(**byte));
            if first.is_some() || count < buffer.len() {
                return Ok(first.copied());
            }
            from += count as u64;
        }
    }
}

#[cfg(test)]
mod tests;
