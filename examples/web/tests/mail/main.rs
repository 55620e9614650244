//! Mails, from the upload to whoever takes them: by the clock of the test where
//! no socket is needed, and to a mail server of its own where one is.

mod contents;
mod desk;
mod encryption;
mod limits;
mod office;
mod outages;
mod program;
#[expect(dead_code, reason = "one of its ways is for tests of the program")]
mod server;
mod smtp;
mod store;
