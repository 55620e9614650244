#![doc = include_str!("../README.md")]

mod answer;
mod arrivals;
mod bystander;
mod catalogue;
mod clock;
mod content;
mod delivery;
mod digest;
mod fault;
mod nowhere;
mod profile;
mod quota;
mod report;
mod sample;
mod server;
mod settings;
mod simulator;
mod splice;
#[cfg(feature = "tls")]
mod tls;
mod transport;
mod users;

pub use answer::QuotaCode;
pub use arrivals::{Arrival, Stats};
pub use bystander::Bystander;
pub use catalogue::{IgnoredReport, ReportsError};
pub use fault::{Fault, FaultError, Gzip, NoConnection, Part, Trigger};
pub use nowhere::Nowhere;
pub use quota::{Limits, Minute};
pub use sample::{FIRST_ORDINARY, Sample, Specimen, sample};
pub use server::Running;
pub use settings::{
    BuildError, Builder, DEFAULT_DETECTED, DEFAULT_ENGINES, DEFAULT_SAMPLES, DEFAULT_UNKNOWN,
    Latency,
};
pub use simulator::{BrokenConnection, Simulator, Standing};
#[cfg(feature = "tls")]
pub use tls::{Authority, TlsError};
