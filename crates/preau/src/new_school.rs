//! `preau new-school`: a school and its digital lead, whose card link opens the
//! rest. For a folder that no server has open.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, ensure};
use base::clock::DAY_MS;
use base::{Clock, Entropy, PersonId, Role, SchoolId};
use jiff::tz::TimeZone;
use school::card_links::{self, CardLink};
use store::{Batch, Error, Store, params};

use crate::config::Config;

store::statements! {
    /// The school.
    INSERT_SCHOOL = "INSERT INTO school (id, code, name, time_zone) VALUES ($1, $2, $3, $4)";
    /// A school of that code.
    FIND_SCHOOL = "SELECT id FROM school WHERE code = $1";
    /// Its digital lead.
    INSERT_LEAD = "INSERT INTO person (id, school, role, given_name, family_name, login, password, card_epoch, \
                   lang, created_at) VALUES ($1, $2, $3, $4, $5, NULL, NULL, 0, NULL, $6)";
}

/// What is asked on the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The settings file: its data folder takes the school, its address the link
    #[arg(long, default_value = "preau.toml")]
    config: PathBuf,
    /// The school's code, such as the UAI 0750001A
    #[arg(long)]
    code: String,
    /// The school's name
    #[arg(long)]
    name: String,
    /// The time zone on its wall
    #[arg(long, default_value = "Europe/Paris")]
    time_zone: String,
    /// The given name of its digital lead
    #[arg(long)]
    given: String,
    /// The family name of its digital lead
    #[arg(long)]
    family: String,
}

/// The link of the first card opens this long.
const LINK_LIFE_MS: i64 = 14 * DAY_MS;

/// Characters of a name or a code at most.
const TEXT_CHARS_MAX: usize = 80;

/// Writes the school and prints the link.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let texts = [
        ("--code", &options.code),
        ("--name", &options.name),
        ("--given", &options.given),
        ("--family", &options.family),
    ];
    for (what, text) in texts {
        let chars = text.trim().chars().count();
        let is_plain = !text.chars().any(char::is_control);
        ensure!(
            (1..=TEXT_CHARS_MAX).contains(&chars) && is_plain,
            "{what} takes 1 to {TEXT_CHARS_MAX} characters"
        );
    }
    let zone = TimeZone::get(&options.time_zone);
    ensure!(zone.is_ok(), "--time-zone {} is not known; an example is Europe/Paris", options.time_zone);
    let config = Config::load(&options.config)?;
    let store = Store::open(&config.data.folder)?;
    let path = write(&store, &options).await;
    store.close().await;
    let path = path?;
    let address = format!("{}{path}", config.http.base_url.as_str());
    let said = format!(
        "{} est créé. / {} is made.\nCarte du référent numérique, une fois, pendant 14 jours. / The digital \
         lead's card, once, for 14 days:\n{address}\n",
        options.name.trim(),
        options.name.trim()
    );
    io::stdout().write_all(said.as_bytes()).context("the link could not be printed")
}

async fn write(store: &Store, options: &Options) -> anyhow::Result<String> {
    let code = options.code.trim();
    let found: Option<i64> = store.row(FIND_SCHOOL, &params![code]).await?;
    ensure!(found.is_none(), "there is a school with the code {code} already");
    let (now, entropy) = (Clock::system().now(), Entropy::system());
    let (school, lead) = (SchoolId(entropy.id()), PersonId(entropy.id()));
    let mut batch = Batch::new();
    batch.run(INSERT_SCHOOL, params![school, code, options.name.trim(), &options.time_zone]);
    let (given, family) = (options.given.trim(), options.family.trim());
    batch.run(INSERT_LEAD, params![lead, school, Role::DigitalLead.word(), given, family, now]);
    let link = CardLink {
        person: lead,
        made_by: None,
        created_at: now,
        expires_at: now + LINK_LIFE_MS,
        reusable: false,
    };
    let path = card_links::add(&mut batch, &entropy, &link);
    store
        .apply(batch)
        .await
        .map_err(|error: Error| anyhow::anyhow!("the school could not be written: {error}"))?;
    Ok(path)
}
