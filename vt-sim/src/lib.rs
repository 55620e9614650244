#![doc = include_str!("../README.md")]

mod answer;
mod arrivals;
mod catalogue;
mod clock;
mod digest;
mod fault;
mod profile;
mod quota;
mod report;
mod sample;
mod server;
mod settings;
mod simulator;
mod transport;
mod users;

pub use answer::QuotaCode;
pub use arrivals::{Arrival, Stats};
pub use catalogue::{IgnoredReport, ReportsError};
pub use fault::{Fault, Trigger};
pub use quota::{Limits, Minute};
pub use sample::{FIRST_ORDINARY, Sample, Specimen, sample};
pub use server::Running;
pub use settings::{
    BuildError, Builder, DEFAULT_DETECTED, DEFAULT_ENGINES, DEFAULT_SAMPLES, DEFAULT_UNKNOWN,
    Latency,
};
pub use simulator::{BrokenConnection, Simulator, Standing};
