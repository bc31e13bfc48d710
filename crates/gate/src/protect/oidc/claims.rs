//! Who somebody is to us, from what the provider says of them: a person, a
//! school and a role, as a card has them. Pure. The names themselves are kept nowhere.

use std::collections::{BTreeMap, HashSet};

use base::{Card, DeviceId, Keyring, PersonId, Role, SchoolId, Time};
use serde_json::Value;

use super::fault::SignInFault;
use super::id_token::Claims;
use super::settings::OidcSettings;

/// How claims are read.
pub(super) struct Reader {
    school_claim: String,
    schools: HashSet<String>,
    role_claim: String,
    roles: BTreeMap<String, Role>,
    default_role: Option<Role>,
}

impl Reader {
    pub(super) fn new(settings: &OidcSettings) -> Reader {
        Reader {
            school_claim: settings.school_claim.clone(),
            schools: settings.schools.iter().cloned().collect(),
            role_claim: settings.role_claim.clone(),
            roles: settings.roles.clone(),
            default_role: settings.default_role,
        }
    }

    /// Whether a claim that is read is missing; another answer may have it.
    pub(super) fn misses(&self, claims: &Claims) -> bool {
        let is_missing = |name: &str| !name.is_empty() && !claims.contains_key(name);
        is_missing(&self.school_claim) || is_missing(&self.role_claim)
    }

    /// Whom these claims are of: the same person whenever they come, on a new device.
    pub(super) fn read(
        &self,
        claims: &Claims,
        issuer: &str,
        (keys, device): (&Keyring, DeviceId),
        now: Time,
    ) -> Result<Card, SignInFault> {
        let subject = texts(claims, "sub").next().ok_or(SignInFault::Invalid("it names nobody"))?;
        let school = texts(claims, &self.school_claim)
            .find(|school| is_name(school) && (self.schools.is_empty() || self.schools.contains(*school)))
            .ok_or(SignInFault::NoSchool)?;
        let told = texts(claims, &self.role_claim).find_map(|value| self.roles.get(value));
        let role = told.copied().or(self.default_role).ok_or(SignInFault::NoRole)?;
        Ok(Card {
            person: PersonId(keys.id_of(&["person", issuer, subject])),
            school: SchoolId(keys.id_of(&["school", issuer, school])),
            device,
            role,
            epoch: 0,
            issued_at: now,
        })
    }
}

/// The texts of a claim, which is one or a list.
fn texts<'a>(claims: &'a Claims, name: &str) -> impl Iterator<Item = &'a str> {
    let value = claims.get(name).filter(|_| !name.is_empty());
    let all: &[Value] = match value {
        Some(Value::Array(all)) => all,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    all.iter().take(VALUES_MAX).filter_map(Value::as_str)
}

fn is_name(school: &str) -> bool {
    !school.trim().is_empty() && school.len() <= SCHOOL_BYTES_MAX
}

/// Values of a claim that are looked at: a teacher of a dozen schools.
const VALUES_MAX: usize = 100;

/// Bytes of what a provider calls a school: a code, or an address in a directory.
const SCHOOL_BYTES_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use base::token::Key;
    use serde_json::json;

    fn reader(schools: &[&str], default_role: Option<Role>) -> Reader {
        Reader::new(&OidcSettings {
            school_claim: "uai".into(),
            schools: schools.iter().map(|&school| school.to_owned()).collect(),
            role_claim: "profile".into(),
            roles: [("National_ELV".to_owned(), Role::Pupil), ("National_ENS".to_owned(), Role::Teacher)]
                .into(),
            default_role,
            ..OidcSettings::default()
        })
    }

    fn read(reader: &Reader, claims: Value) -> Result<Card, SignInFault> {
        let keys = Keyring::new(&Key { id: 1, secret: [1; 32] }, &[]);
        let Value::Object(claims) = claims else { panic!("{claims}") };
        reader.read(&claims, "https://a.fr", (&keys, DeviceId(5)), Time(9))
    }

    #[test]
    fn a_person_is_the_same_each_time_and_of_their_school() {
        let one = reader(&["0750001A"], None);
        let card = read(&one, json!({"sub": "7", "uai": "0750001A", "profile": "National_ENS"})).unwrap();
        assert_eq!((card.role, card.device, card.issued_at), (Role::Teacher, DeviceId(5), Time(9)));
        let again = json!({"sub": "7", "uai": ["x", "0750001A"], "profile": ["other", "National_ELV"]});
        let again = read(&one, again).unwrap();
        assert_eq!((again.person, again.school, again.role), (card.person, card.school, Role::Pupil));
        let other = read(&one, json!({"sub": "8", "uai": "0750001A", "profile": "National_ENS"})).unwrap();
        assert!(other.person != card.person && other.school == card.school);
    }

    #[test]
    fn whoever_has_no_school_or_no_role_does_not_come_in() {
        let strict = reader(&["0750001A"], None);
        for (claims, fault) in [
            (json!({"sub": "7", "profile": "National_ELV"}), SignInFault::NoSchool),
            (json!({"sub": "7", "uai": "0690001B", "profile": "National_ELV"}), SignInFault::NoSchool),
            (json!({"sub": "7", "uai": 750, "profile": "National_ELV"}), SignInFault::NoSchool),
            (json!({"sub": "7", "uai": "0750001A"}), SignInFault::NoRole),
            (json!({"sub": "7", "uai": "0750001A", "profile": "operator"}), SignInFault::NoRole),
        ] {
            assert_eq!(read(&strict, claims.clone()), Err(fault), "{claims}");
        }
        let any = reader(&[], Some(Role::Pupil));
        assert_eq!(read(&any, json!({"sub": "7", "uai": "anything"})).unwrap().role, Role::Pupil);
        assert_eq!(read(&any, json!({"sub": "7", "uai": " "})), Err(SignInFault::NoSchool));
        assert_eq!(read(&any, json!({"sub": "7", "uai": "x".repeat(201)})), Err(SignInFault::NoSchool));
    }
}
