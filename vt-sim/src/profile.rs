//! What is so about a file, decided by its identity alone.

use crate::sample::Specimen;

/// How many of the files are of each kind, from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares {
    pub(crate) unknown: f64,
    pub(crate) detected: f64,
    pub(crate) pending: f64,
}

/// What the simulator holds of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) known: bool,
    pub(crate) detected: bool,
    pub(crate) pending: Option<Pending>,
    pub(crate) fortinet: Fortinet,
    pub(crate) manner: Manner,
}

/// How a report looks while the analysis runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    Empty,
    Bare,
}

/// What `Fortinet` says, the engine that reports look at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fortinet {
    /// Like any other engine.
    Ordinary,
    Detects,
    Absent,
    TimedOut,
}

/// How the descriptive attributes are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Ordinary,
    Sparse,
    Hostile,
    Huge,
}

impl Profile {
    const CLEAN: Self = Self {
        known: true,
        detected: false,
        pending: None,
        fortinet: Fortinet::Ordinary,
        manner: Manner::Ordinary,
    };

    /// Draws from the file's own random numbers.
    ///
    /// Each property has its own draw, so that changing one share leaves the other properties of a file alone.
    pub(crate) fn draw(identity: u64, shares: Shares) -> Self {
        let mut random = fastrand::Rng::with_seed(identity);
        let known = random.f64() >= shares.unknown;
        let detected = random.f64() < shares.detected;
        let pending = random.f64() < shares.pending;
        let manner_of_pending = if random.bool() {
            Pending::Empty
        } else {
            Pending::Bare
        };
        Self {
            known,
            detected,
            pending: pending.then_some(manner_of_pending),
            fortinet: match random.u8(0..100) {
                0..2 => Fortinet::Absent,
                2..4 => Fortinet::TimedOut,
                _ => Fortinet::Ordinary,
            },
            manner: Manner::Ordinary,
        }
    }

    pub(crate) fn of_specimen(specimen: Specimen) -> Self {
        let clean = Self::CLEAN;
        let detected = Self {
            detected: true,
            ..clean
        };
        match specimen {
            Specimen::Clean => clean,
            Specimen::Detected => Self {
                fortinet: Fortinet::Detects,
                ..detected
            },
            Specimen::Unknown => Self {
                known: false,
                ..clean
            },
            Specimen::Pending => Self {
                pending: Some(Pending::Empty),
                ..clean
            },
            Specimen::PendingBare => Self {
                pending: Some(Pending::Bare),
                ..clean
            },
            Specimen::EngineAbsent => Self {
                fortinet: Fortinet::Absent,
                ..detected
            },
            Specimen::EngineTimeout => Self {
                fortinet: Fortinet::TimedOut,
                ..detected
            },
            Specimen::Sparse => Self {
                manner: Manner::Sparse,
                ..clean
            },
            Specimen::HostileText => Self {
                fortinet: Fortinet::Detects,
                manner: Manner::Hostile,
                ..detected
            },
            Specimen::Huge => Self {
                manner: Manner::Huge,
                ..clean
            },
        }
    }
}
