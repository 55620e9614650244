//! Mails, from the upload to whoever takes them: by the clock of the test where
//! no socket is needed, and to a mail server of its own where one is.

#[path = "mail/contents.rs"]
mod contents;
#[path = "mail/desk.rs"]
mod desk;
#[path = "mail/encryption.rs"]
mod encryption;
#[path = "mail/limits.rs"]
mod limits;
#[path = "mail/office.rs"]
mod office;
#[path = "mail/outages.rs"]
mod outages;
#[path = "mail/program.rs"]
mod program;
#[path = "mail/server.rs"]
#[expect(dead_code, reason = "one of its ways is for tests of the program")]
mod server;
#[path = "mail/smtp.rs"]
mod smtp;
#[path = "mail/store.rs"]
mod store;
