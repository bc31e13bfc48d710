//! `preau new-operator`: somebody who works the gate, whose card link opens the
//! control room. Works while the server serves: an operator who lost their card
//! has another made without a stop.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use base::{Clock, Entropy, Role, SchoolId};
use store::{Batch, OpenError, Store, params};

use crate::config::Config;
use crate::new_school::{FIND_SCHOOL, add_person, check_texts};

/// What is asked on the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The settings file: its data folder takes the operator, its address the link
    #[arg(long, default_value = "preau.toml")]
    config: PathBuf,
    /// The code of a school of this server: the operator's card is issued there, and works for all
    #[arg(long)]
    code: String,
    /// The operator's given name
    #[arg(long)]
    given: String,
    /// The operator's family name
    #[arg(long)]
    family: String,
}

/// Writes the operator and prints the link.
pub async fn run(options: Options) -> anyhow::Result<()> {
    check_texts(&[("--given", &options.given), ("--family", &options.family)])?;
    let config = Config::load(&options.config)?;
    let store = match Store::open(&config.data.folder) {
        Err(OpenError::InUse { .. }) => Store::open_beside(&config.data.folder),
        opened => opened,
    }?;
    let path = write(&store, &options).await;
    store.close().await;
    let address = format!("{}{}", config.http.base_url.as_str(), path?);
    let said = format!(
        "Carte de l'exploitant, une fois, pendant 14 jours ; la régie est à /regie. / The operator's card, \
         once, for 14 days; the control room is at /regie:\n{address}\n"
    );
    io::stdout().write_all(said.as_bytes()).context("the link could not be printed")
}

async fn write(store: &Store, options: &Options) -> anyhow::Result<String> {
    let code = options.code.trim();
    let found: Option<i64> = store.row(FIND_SCHOOL, &params![code]).await?;
    let school = found.with_context(|| format!("there is no school with the code {code}"))?;
    let mut batch = Batch::new();
    let (now, entropy) = (Clock::system().now(), Entropy::system());
    let names = (options.given.as_str(), options.family.as_str());
    let path = add_person(&mut batch, (SchoolId(school), Role::Operator), names, (now, &entropy));
    store.apply(batch).await.context("the operator could not be written")?;
    Ok(path)
}
