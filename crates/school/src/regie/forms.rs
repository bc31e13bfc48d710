//! A lever's form that comes back: what was typed, what of it is wrong, and where.
//!
//! A form that is shown for the first time is one in which nothing is typed. What
//! belongs to no form of the page (a button of a list) has its fault above them all.

use axum::http::StatusCode;

use super::rules::{Fault, Pulled, in_words};
use crate::texts::Texts;

/// A lever that was not pulled.
pub(super) struct Refused {
    pub(super) pulled: Pulled,
    /// At least one.
    pub(super) faults: Vec<Fault>,
}

/// A field of a form.
#[derive(Default)]
pub(super) struct Field {
    /// What was typed, in a form that comes back.
    pub(super) typed: Option<String>,
    pub(super) fault: Option<String>,
    /// Names the fault.
    pub(super) fault_id: String,
    /// The first wrong one.
    has_focus: bool,
}

impl Refused {
    /// The status of the page.
    pub(super) fn status(&self) -> StatusCode {
        match self.faults.iter().all(|fault| fault.is_missing()) {
            true => StatusCode::NOT_FOUND,
            false => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// What is wrong and belongs to no field of the page, on which there is the form or not.
    pub(super) fn elsewhere(&self, t: Texts, has_form: bool) -> Option<String> {
        let is_elsewhere = |fault: &&Fault| !has_form || fault.field().is_none();
        self.faults.iter().find(is_elsewhere).map(|fault| in_words(t, *fault))
    }

    /// A field of a form, by the names of both.
    pub(super) fn field(&self, t: Texts, form: &str, name: &'static str) -> Field {
        if self.form() != Some(form) {
            return Field::default();
        }
        let fault = self.faults.iter().position(|fault| fault.field() == Some(name));
        Field {
            typed: Some(self.pulled.typed(name).to_owned()),
            fault: fault.map(|at| in_words(t, self.faults[at])),
            fault_id: format!("fault-{form}-{name}"),
            has_focus: fault == Some(0),
        }
    }

    /// The form of the page in which it was typed.
    pub(super) fn form(&self) -> Option<&'static str> {
        Some(match self.pulled.lever.as_str() {
            "ceiling" => "ceiling",
            "pause" | "freeze" | "drain" => "doors",
            "message" => "message",
            "school" => "school",
            "lane" => "lane",
            "site-seats" | "site-pause" => "site",
            _ => return None,
        })
    }
}

impl Field {
    /// Its attributes, if it is wrong.
    pub(super) fn marks(&self) -> String {
        if self.fault.is_none() {
            return String::new();
        }
        let focus = if self.has_focus { " autofocus" } else { "" };
        format!(" aria-invalid=\"true\" aria-describedby=\"{}\"{focus}", self.fault_id)
    }

    /// What was typed, or else this.
    pub(super) fn typed_or(&self, value: &str) -> String {
        self.typed.clone().unwrap_or_else(|| value.to_owned())
    }

    /// Whether this one of a list was chosen.
    pub(super) fn is_chosen(&self, value: &str) -> bool {
        self.typed.as_deref() == Some(value)
    }
}
