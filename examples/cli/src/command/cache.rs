//! `vt-batch cache`

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
};

use chrono::{DateTime, TimeDelta, Utc};
use vt_cache_sqlite::{Error, SqliteStore};
use vt_core::{
    cache::Cache,
    time::{Clock, SystemClock},
};
use vt_setup::Database;

use crate::{
    args::{CacheCommand, CacheEvictArgs, CacheExportArgs, CacheImportArgs},
    exit::{Exit, Failure},
    input::is_stdin,
    output::{Output, broken_pipe_is_success},
};

pub(crate) async fn run(command: CacheCommand) -> Result<Exit, Failure> {
    match command {
        CacheCommand::Stats(args) => stats(&Database::kept(&args.database).await?).await,
        CacheCommand::Evict(args) => evict(&Database::kept(&args.database).await?, &args).await,
        CacheCommand::Export(args) => export(&Database::kept(&args.database).await?, &args).await,
        CacheCommand::Import(args) => import(&Database::kept(&args.database).await?, &args).await,
    }
}

async fn stats(store: &SqliteStore) -> Result<Exit, Failure> {
    let stats = store
        .stats()
        .await
        .map_err(|error| Failure::failed(error.to_string()))?;
    Output::Stdout.write(|out| {
        writeln!(out, "file       {store}")?;
        writeln!(out, "size       {} bytes", stats.bytes)?;
        writeln!(out, "reports    {}", stats.found)?;
        writeln!(out, "not found  {}", stats.not_found)?;
        writeln!(out, "oldest     {}", time(stats.oldest))?;
        writeln!(out, "newest     {}", time(stats.newest))
    })?;
    Ok(Exit::Complete)
}

fn time(time: Option<DateTime<Utc>>) -> String {
    time.map_or_else(
        || "-".to_owned(),
        |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

async fn evict(store: &SqliteStore, args: &CacheEvictArgs) -> Result<Exit, Failure> {
    let age = TimeDelta::from_std(args.older_than).unwrap_or(TimeDelta::MAX);
    let before = SystemClock
        .wall()
        .checked_sub_signed(age)
        .unwrap_or(DateTime::<Utc>::MIN_UTC);
    let evicted = store
        .evict(before)
        .await
        .map_err(|error| Failure::failed(error.to_string()))?;
    Output::Stdout.write(|out| writeln!(out, "{evicted} answers forgotten"))?;
    Ok(Exit::Complete)
}

async fn export(store: &SqliteStore, args: &CacheExportArgs) -> Result<Exit, Failure> {
    let output = Output::open(args.output.as_deref())?;
    match store.export(output.writer()?).await {
        Ok(answers) => {
            output.finish()?;
            tell!("{answers} answers exported");
            Ok(Exit::Complete)
        }
        Err(Error::Transfer(error)) => broken_pipe_is_success(error),
        Err(error) => Err(Failure::failed(error.to_string())),
    }
}

async fn import(store: &SqliteStore, args: &CacheImportArgs) -> Result<Exit, Failure> {
    let name = args.file.display();
    let lines: Box<dyn BufRead> = if is_stdin(&args.file) {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let file = File::open(&args.file);
        let file = file.map_err(|error| Failure::failed(format!("cannot read {name}: {error}")))?;
        Box::new(BufReader::new(file))
    };
    let imported = store.import(lines).await;
    let imported = imported.map_err(|error| Failure::failed(format!("{name}: {error}")))?;
    Output::Stdout.write(|out| {
        let (taken, known) = (imported.taken, imported.known);
        writeln!(
            out,
            "{taken} answers taken in, {known} no newer than those that were there"
        )
    })?;
    let Some(line) = imported.first_refused else {
        return Ok(Exit::Complete);
    };
    let refused = imported.refused;
    tell!("{name}: {refused} lines hold no answer, the first is line {line}");
    Ok(Exit::Incomplete)
}
