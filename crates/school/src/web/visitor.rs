//! Who is calling, from the card cookie alone, and in which language.
//!
//! [`Visitor`] may be a stranger; [`Caller`] carries a card that is signed, in
//! time and not revoked. No database is asked. The card says who somebody is,
//! never what they may do with a given lesson or pupil: slices decide that.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use base::{Card, Lang, PersonId, Role, SchoolId};

use super::{PageError, cookies};
use crate::context::Context;
use crate::texts::Texts;

/// Whoever asks for a page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visitor {
    /// Their card; `None` for a stranger.
    pub card: Option<Card>,
    /// Their language.
    pub lang: Lang,
}

/// Somebody with a card.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Their card.
    pub card: Card,
    /// Their language.
    pub lang: Lang,
}

impl Visitor {
    /// Reads the cookies and the preferred languages of a request.
    pub(crate) fn identify(context: &Context, headers: &HeaderMap) -> Visitor {
        let card = cookies::find(headers, cookies::CARD)
            .and_then(|text| Card::open(&context.keys, text, context.clock.now()).ok())
            .filter(|card| !context.revoked.is_card_void(card));
        let lang = cookies::find(headers, cookies::LANG)
            .and_then(Lang::from_tag)
            .or_else(|| headers.get(ACCEPT_LANGUAGE)?.to_str().ok().and_then(Lang::preferred))
            .unwrap_or_default();
        Visitor { card, lang }
    }

    /// The texts in their language.
    pub fn texts(&self) -> Texts {
        Texts::new(self.lang)
    }
}

impl Caller {
    /// Who.
    pub fn person(&self) -> PersonId {
        self.card.person
    }

    /// What they are in their school.
    pub fn role(&self) -> Role {
        self.card.role
    }

    /// Their school.
    pub fn school(&self) -> SchoolId {
        self.card.school
    }

    /// The texts in their language.
    pub fn texts(&self) -> Texts {
        Texts::new(self.lang)
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visitor, Self::Rejection> {
        Ok(parts.extensions.get::<Visitor>().copied().unwrap_or_default())
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, PageError> {
        let visitor = parts.extensions.get::<Visitor>().copied().unwrap_or_default();
        let card = visitor.card.ok_or(PageError::SignedOut)?;
        Ok(Caller { card, lang: visitor.lang })
    }
}
