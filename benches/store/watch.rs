//! How long something takes, by the clock and of the processors.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How many there were, how long that took, and how long of all processors
/// together: on that, other work of the machine has less influence.
#[derive(Clone, Copy)]
pub(crate) struct Took {
    count: usize,
    wall: Duration,
    busy: Duration,
}

impl Took {
    pub(crate) fn a_second(&self) -> f64 {
        self.count as f64 / self.wall.as_secs_f64()
    }

    /// Of all processors, in nanoseconds for each.
    pub(crate) fn busy_ns(&self) -> f64 {
        self.busy.as_secs_f64() * 1e9 / self.count as f64
    }

    /// With what came after it.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            wall: self.wall + other.wall,
            busy: self.busy + other.busy,
        }
    }
}

/// When something began.
pub(crate) struct Watch {
    wall: Duration,
    busy: Duration,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let [wall, busy] = now();
        Self { wall, busy }
    }

    pub(crate) fn stop(&self, count: usize) -> Took {
        let [wall, busy] = now();
        Took {
            count,
            wall: wall - self.wall,
            busy: busy - self.busy,
        }
    }
}

fn now() -> [Duration; 2] {
    [ClockId::Monotonic, ClockId::ProcessCPUTime].map(|clock| {
        let time = clock_gettime(clock);
        let seconds = u64::try_from(time.tv_sec).expect("after the start");
        let nanos = u32::try_from(time.tv_nsec).expect("less than a second");
        Duration::new(seconds, nanos)
    })
}
