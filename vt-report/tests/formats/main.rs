//! Reports as people and programs get them.

mod attacks;
mod corpus;
mod csv;
mod failing;
mod html;
mod json;
#[cfg(feature = "pdf")]
mod pdf;
mod rows;
mod sample;
mod snapshots;
mod table;
