//! What the page after a write says was done: a key in the address, out of a
//! fixed list, so that no session is kept and no address can make us say
//! anything else. One line a sentence; slices add theirs.

use crate::texts::Texts;

macro_rules! said {
    ($($variant:ident $key:literal $text:ident;)*) => {
        /// Something that was just done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Said {
            $(#[doc = $key] $variant,)*
        }

        impl Said {
            /// The word in the address.
            pub fn key(self) -> &'static str {
                match self { $(Said::$variant => $key,)* }
            }

            /// What a word in an address stands for.
            pub fn from_key(key: &str) -> Option<Said> {
                match key { $($key => Some(Said::$variant),)* _ => None }
            }

            /// The sentence.
            pub fn sentence(self, t: Texts) -> &'static str {
                match self { $(Said::$variant => t.$text(),)* }
            }
        }
    };
}

said! {
    SignedOut           "signed-out"            sign_in_said_signed_out;
    SignedOutEverywhere "signed-out-everywhere" sign_in_said_signed_out_everywhere;
    PasswordChanged     "password-changed"      account_said_password_changed;
    DeviceRevoked       "device-revoked"        account_said_device_revoked;
    CardsRevoked        "cards-revoked"         people_said_cards_revoked;
    SubstituteSet       "substitute-set"        slot_said_substitute_set;
    SubstituteCleared   "substitute-cleared"    slot_said_substitute_cleared;
    SlotCancelled       "slot-cancelled"        slot_said_cancelled;
    SlotRestored        "slot-restored"         slot_said_restored;
    RollCorrected       "roll-corrected"        rollcall_said_corrected;
    RollUnchanged       "roll-unchanged"        rollcall_said_unchanged;
    RollValidated       "roll-validated"        rollcall_said_validated;
    LeverPulled         "lever-pulled"          regie_said_pulled;
    LeverAlready        "lever-already"         regie_said_already;
}
