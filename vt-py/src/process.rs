//! Whose a thing is: threads, sockets and locks do not survive a fork.

use std::{mem, process};

use pyo3::PyResult;

use crate::error;

/// Something that works in the process that made it only.
#[derive(Debug)]
pub(crate) struct Owned<T> {
    process: u32,
    // None only while it is dropped.
    content: Option<T>,
}

impl<T> Owned<T> {
    pub(crate) fn new(content: T) -> Self {
        Self {
            process: process::id(),
            content: Some(content),
        }
    }

    /// The content, unless this process was forked off the one that made it.
    pub(crate) fn get(&self) -> PyResult<&T> {
        match &self.content {
            Some(content) if self.process == process::id() => Ok(content),
            _ => Err(error::forked()),
        }
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        let content = self.content.take();
        // To drop it would wait for threads that are not there, and close what
        // the other process works with.
        if self.process != process::id() {
            mem::forget(content);
        }
    }
}
