//! The page itself.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use store::params;

use super::rules::{self, Fault};
use super::store::{Account, FIND_ACCOUNT};
use crate::cards::{self, Device};
use crate::context::App;
use crate::web::{Caller, Frame, PageError, page_with};

#[derive(Template)]
#[template(path = "account/account.html")]
struct AccountPage {
    frame: Frame,
    caller: Caller,
    devices: Vec<Device>,
    login: Option<String>,
    has_password: bool,
    chars_min: usize,
    fault: Option<Fault>,
}

/// The caller's account.
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    frame: Frame,
) -> Result<Response, PageError> {
    render(&app, caller, frame, None).await
}

/// The page, with what was wrong with the new password.
pub(super) async fn render(
    app: &App,
    caller: Caller,
    frame: Frame,
    fault: Option<Fault>,
) -> Result<Response, PageError> {
    let account: Option<Account> = app.store.row(FIND_ACCOUNT, &params![caller.person()]).await?;
    let account = account.ok_or(PageError::SignedOut)?;
    let devices = cards::devices(app, caller.person()).await?;
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = AccountPage {
        frame,
        caller,
        devices,
        has_password: account.password.is_some(),
        login: account.login,
        chars_min: rules::chars_min(caller.role()),
        fault,
    };
    page_with(status, &shown)
}

impl AccountPage {
    /// What is wrong with the present password.
    fn current_fault(&self) -> Option<&'static str> {
        (self.fault? == Fault::CurrentWrong).then(|| self.frame.t.account_fault_current())
    }

    /// What is wrong with the new one.
    fn new_fault(&self) -> Option<String> {
        let t = self.frame.t;
        match self.fault? {
            Fault::TooShort => Some(t.account_fault_short(self.chars_min)),
            Fault::TooLong => Some(t.account_fault_long().to_owned()),
            Fault::TooEasy => Some(t.account_fault_easy().to_owned()),
            Fault::CurrentWrong | Fault::NotRepeated => None,
        }
    }

    /// What is wrong with the new one typed again.
    fn again_fault(&self) -> Option<&'static str> {
        (self.fault? == Fault::NotRepeated).then(|| self.frame.t.account_fault_again())
    }

    fn is_here(&self, device: &Device) -> bool {
        device.id == self.caller.card.device
    }
}
