//! The simulator as its clients see it.

mod answers;
mod ask;
mod faults;
mod files;
mod program;
mod quotas;
mod recorded;
mod socket;
mod statistics;
