//! Reports as people and programs get them.

mod corpus;
mod csv;
mod failing;
mod json;
mod rows;
mod sample;
mod snapshots;
mod table;
