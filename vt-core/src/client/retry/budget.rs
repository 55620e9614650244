//! How many retries there may be.

/// A token for each retry: some to begin with, and a tenth for each success.
///
/// While most requests succeed nobody notices it. Where everything fails it
/// keeps retries from tripling the load.
///
/// # Examples
///
/// ```
/// use vt_core::client::retry::Budget;
///
/// let mut budget = Budget::default();
/// let retries = (0..100).filter(|_| budget.take()).count();
/// assert_eq!(retries, 10);
/// (0..10).for_each(|_| budget.earn());
/// assert!(budget.take() && !budget.take());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    tenths: u32,
}

impl Budget {
    const MOST: u32 = 100;
    const RETRY: u32 = 10;
    const SUCCESS: u32 = 1;

    /// Whether there is a token.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        self.tenths >= Self::RETRY
    }

    /// Takes a token, if there is one.
    pub const fn take(&mut self) -> bool {
        let may_retry = self.may_retry();
        if may_retry {
            self.tenths -= Self::RETRY;
        }
        may_retry
    }

    /// Adds a tenth of a token, for a success.
    pub const fn earn(&mut self) {
        if self.tenths < Self::MOST {
            self.tenths += Self::SUCCESS;
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self { tenths: Self::MOST }
    }
}
