//! One file for each thing the program does.

pub(crate) mod cache;
pub(crate) mod completions;
pub(crate) mod extract;
pub(crate) mod jobs;
pub(crate) mod lookup;
pub(crate) mod quota;
pub(crate) mod report;
