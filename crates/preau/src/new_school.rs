//! `preau new-school`: a school and its digital lead, whose card link opens the
//! rest. For a folder that no server has open.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, ensure};
use base::clock::DAY_MS;
use base::{Clock, Entropy, PersonId, Role, SchoolId, Time};
use jiff::tz::TimeZone;
use school::card_links::{self, CardLink};
use store::{Batch, Error, Store, params};

use crate::config::Config;

store::statements! {
    /// The school.
    INSERT_SCHOOL = "INSERT INTO school (id, code, name, time_zone) VALUES ($1, $2, $3, $4)";
    /// A school of that code.
    FIND_SCHOOL = "SELECT id FROM school WHERE code = $1";
    /// Its digital lead, or an operator.
    INSERT_PERSON = "INSERT INTO person (id, school, role, given_name, family_name, login, password, card_epoch, \
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
    check_texts(&texts)?;
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
    let school = SchoolId(entropy.id());
    let mut batch = Batch::new();
    batch.run(INSERT_SCHOOL, params![school, code, options.name.trim(), &options.time_zone]);
    let path = add_person(
        &mut batch,
        (school, Role::DigitalLead),
        (&options.given, &options.family),
        (now, &entropy),
    );
    store
        .apply(batch)
        .await
        .map_err(|error: Error| anyhow::anyhow!("the school could not be written: {error}"))?;
    Ok(path)
}

/// Fails on the first text that is empty, too long, or no plain line.
pub(crate) fn check_texts(texts: &[(&str, &String)]) -> anyhow::Result<()> {
    for (what, text) in texts {
        let chars = text.trim().chars().count();
        let is_plain = !text.chars().any(char::is_control);
        ensure!(
            (1..=TEXT_CHARS_MAX).contains(&chars) && is_plain,
            "{what} takes 1 to {TEXT_CHARS_MAX} characters"
        );
    }
    Ok(())
}

/// Adds somebody of a school, and returns the path of their first card's link.
pub(crate) fn add_person(
    batch: &mut Batch,
    (school, role): (SchoolId, Role),
    (given, family): (&str, &str),
    (now, entropy): (Time, &Entropy),
) -> String {
    let person = PersonId(entropy.id());
    batch.run(INSERT_PERSON, params![person, school, role.word(), given.trim(), family.trim(), now]);
    let link =
        CardLink { person, made_by: None, created_at: now, expires_at: now + LINK_LIFE_MS, reusable: false };
    card_links::add(batch, entropy, &link)
}
