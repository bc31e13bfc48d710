//! The operator of a rush, whose card is in the roll: pulls levers as the
//! control room's forms do, over HTTP. It decides nothing, and what it did
//! stands in the journal of the server.

use std::fmt::Display;

use super::roll::Roll;
use crate::Error;
use crate::http::Site;

/// Somebody at the control room.
#[derive(Clone, Debug)]
pub struct Operator {
    site: Site,
    cookies: String,
}

impl Operator {
    /// The operator of a roll, at the server `http://host:port` that has it.
    ///
    /// # Errors
    /// When nobody answers there.
    pub async fn arrive(base_url: &str, roll: &Roll) -> Result<Operator, Error> {
        Ok(Operator { site: Site::find(base_url).await?, cookies: format!("card={}", roll.operator) })
    }

    /// Pulls a lever, named as its form names it, with words that need no escaping.
    ///
    /// # Errors
    /// [`Error::Lever`] when it was not taken.
    pub async fn pull(&self, lever: &str, value: impl Display, why: &str) -> Result<(), Error> {
        let form = format!("lever={lever}&value={value}&why={}", why.replace(' ', "+"));
        let answer = self.site.post("/regie/lever", &self.cookies, &form).await?;
        match answer.status {
            TAKEN => Ok(()),
            status => Err(Error::Lever { lever: lever.to_owned(), status }),
        }
    }
}

/// The control room sends on to its page.
const TAKEN: u16 = 303;
