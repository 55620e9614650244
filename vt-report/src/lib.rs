//! A finished report in every format.
