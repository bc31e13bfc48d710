//! Whom the demonstration introduces: a teacher who has a lesson now, two of
//! her pupils, a guardian of the first, the head, the operator. Each gets a fresh card link.

use base::clock::DAY_MS;
use base::{Entropy, PersonId, Role, Time};
use serde::Serialize;
use store::{Batch, Error, Store};

use super::calendar::{Calendar, Slot};
use super::data;
use super::plan::{Group, Person, Plan};

/// Somebody to try the school as.
#[derive(Debug, Serialize)]
pub(super) struct Introduced {
    pub(super) name: String,
    pub(super) role: &'static str,
    /// The address that puts the card on the device.
    pub(super) card: String,
    #[serde(skip)]
    pub(super) login: Option<String>,
    /// What there is to see, in French.
    #[serde(skip)]
    pub(super) about: String,
}

/// The lesson that the introduced people have now.
pub(super) struct Scene<'a> {
    slot: &'a Slot,
    group: &'a Group,
    subject: &'static str,
}

/// The lesson with the most time left, of those that nobody has used yet.
pub(super) fn scene<'a>(plan: &'a Plan, calendar: &'a Calendar, now: Time) -> Option<Scene<'a>> {
    let slot = calendar
        .slots
        .iter()
        .filter(|slot| slot.starts_at <= now)
        .max_by_key(|slot| (slot.is_running(now), slot.ends_at, slot.id))?;
    let group = plan.groups.iter().find(|group| group.id == slot.group)?;
    let subject = plan.subjects.iter().find(|subject| subject.id == slot.subject)?.name;
    Some(Scene { slot, group, subject })
}

/// Makes the links and tells whose they are: teacher, two pupils, guardian, head, operator.
pub(super) async fn introduce(
    store: &Store,
    plan: &Plan,
    scene: &Scene<'_>,
    base_url: &str,
    now: Time,
) -> Result<Vec<Introduced>, Error> {
    let entropy = Entropy::system();
    let mut batch = Batch::new();
    data::drop_old_links(&mut batch, now);
    let mut introduced = Vec::new();
    for (person, about) in cast(plan, scene) {
        let link = school::card_links::CardLink {
            person: person.id,
            made_by: None,
            created_at: now,
            expires_at: now + LINK_LIFE_MS,
            reusable: true,
        };
        let path = school::card_links::add(&mut batch, &entropy, &link);
        introduced.push(Introduced {
            name: person.name(),
            role: person.role.word(),
            card: format!("{base_url}{path}"),
            login: person.login.clone(),
            about,
        });
    }
    store.apply(batch).await?;
    Ok(introduced)
}

fn cast<'a>(plan: &'a Plan, scene: &Scene<'a>) -> Vec<(&'a Person, String)> {
    let lesson = format!("{} en {}", scene.subject, scene.group.name);
    let pupils: Vec<PersonId> = scene.group.pupils.iter().take(2).copied().collect();
    let guardian = plan.guardians.iter().find(|(_, pupil)| pupils.first() == Some(pupil));
    let child = pupils.first().and_then(|pupil| plan.person(*pupil)).map(Person::name).unwrap_or_default();
    let mut cast = vec![(plan.person(scene.slot.teacher), format!("{lesson}, en ce moment"))];
    cast.extend(pupils.iter().map(|pupil| (plan.person(*pupil), format!("élève de {}", scene.group.name))));
    cast.push((guardian.and_then(|(guardian, _)| plan.person(*guardian)), format!("responsable de {child}")));
    cast.push((plan.first(Role::Head), "direction de l'établissement".to_owned()));
    cast.push((plan.first(Role::Operator), "la régie : /regie".to_owned()));
    cast.into_iter().filter_map(|(person, about)| Some((person?, about))).collect()
}

/// A demonstration link opens for a month.
const LINK_LIFE_MS: i64 = 30 * DAY_MS;
