//! The store as its users see it.

#[cfg(unix)]
#[path = "store/backup.rs"]
mod backup;
#[path = "store/books.rs"]
mod books;
#[path = "store/conformance.rs"]
mod conformance;
#[path = "store/damage.rs"]
mod damage;
#[path = "store/file.rs"]
mod file;
#[path = "store/folder.rs"]
mod folder;
#[path = "store/jobs.rs"]
mod jobs;
#[path = "store/model.rs"]
mod model;
#[path = "store/purpose.rs"]
mod purpose;
#[path = "store/suspicion.rs"]
mod suspicion;
#[path = "store/transfer.rs"]
mod transfer;
