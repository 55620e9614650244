//! Who may send when.
