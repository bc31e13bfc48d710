//! Levers that an operator pulls over HTTP in the middle of a small morning with
//! people on real sockets: what each does to lessons, and that nobody who is in
//! is ever put out.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod stage;

use std::time::Duration;

use admission::{Lever, Moment};
use base::{Level, SlotId};
use crowd::rush::{self, Operator, Rush, Seen};
use gate::DoorPolicy;
use sim::{Morning, Policy, Scenario};
use stage::{Stage, get, serve, small};
use tokio::task::JoinHandle;

const BEST: usize = Level::Cameras as usize;

/// A morning under way, and its operator.
struct Played {
    stage: Stage,
    morning: Morning,
    operator: Operator,
    seen: JoinHandle<Seen>,
}

impl Played {
    async fn begin(scenario: &Scenario, levers: &[Lever]) -> Played {
        let stage = serve(scenario, DoorPolicy::Lesson, levers).await;
        let base_url = format!("http://{}", stage.address);
        let operator = Operator::arrive(&base_url, &stage.roll).await.unwrap();
        let rush = Rush {
            base_url,
            roll: stage.roll.clone(),
            policy: Policy::LessonQuality,
            ceiling_mbit_s: rush::ceiling_mbit_s(scenario),
            media_lessons: 0,
            // Longer than what is done meanwhile.
            stay_s: 40,
            leave_s: 0,
            attacks: Vec::new(),
            watched: None,
        };
        let seen = tokio::spawn(async { rush::play(rush, &mut |_| {}).await.unwrap() });
        Played { stage, morning: Morning::draw(scenario), operator, seen }
    }

    /// The last second of the door.
    fn moment(&self) -> Moment {
        *self.stage.door.picture().moments.back().unwrap()
    }

    /// The first second of the door that fits.
    async fn until(&self, what: &str, is_so: impl Fn(&Moment) -> bool) -> Moment {
        let mut last = self.moment();
        for _ in 0..SECONDS_MAX {
            if is_so(&last) {
                return last;
            }
            last = self.next(&last).await;
        }
        let Stage { door, live, .. } = &self.stage;
        panic!("never {what}: {last:?}, {:?} waits, {:?}", door.picture().waiting, live.presence())
    }

    /// The second after another.
    async fn next(&self, before: &Moment) -> Moment {
        loop {
            let moment = self.moment();
            if moment.at > before.at {
                return moment;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Pulls a lever; the second in which it takes effect, the next.
    async fn pull(&self, lever: &str, value: i64) -> Moment {
        let before = self.moment();
        self.operator.pull(lever, value, "un essai").await.unwrap();
        let next = self.next(&before).await;
        // The second that was being counted as the lever was pulled, and the whole one after it.
        self.next(&next).await
    }

    fn people(&self) -> u64 {
        self.morning.people().into()
    }

    fn is_waiting(&self, slot: SlotId) -> bool {
        self.stage.door.picture().waiting.iter().any(|waiting| waiting.slot == slot)
    }
}

/// Seconds of the door that a test looks at most.
const SECONDS_MAX: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_ceiling_takes_quality_and_nobody_and_a_freeze_keeps_it_there() {
    let scenario = small(1, 0.5);
    let played = Played::begin(&scenario, &[]).await;
    let people = played.people();
    let full = played.until("everybody in", |moment| moment.present == people).await;
    let paused = played.pull("pause", 0).await;
    assert_eq!((paused.present, paused.held), (people, full.held), "nobody who is in is put out");
    played.pull("pause-off", 0).await;
    let lessons = full.held[BEST];
    assert!(lessons >= 2 && full.held[..BEST].iter().sum::<usize>() == 0, "{full:?}");

    let ceiling = i64::from(rush::ceiling_mbit_s(&scenario)) / 10;
    let low = played.pull("ceiling", ceiling).await;
    assert_eq!((low.present, low.held[BEST], low.waiting), (people, 0, 0), "{low:?}");
    assert!(low.spent_kbit_s <= low.budget_kbit_s && low.budget_kbit_s == ceiling as u64 * 1_000, "{low:?}");
    assert_eq!(low.held.iter().sum::<usize>(), lessons, "every lesson goes on: {low:?}");

    played.pull("freeze", 0).await;
    let mut frozen = played.pull("ceiling-off", 0).await;
    for _ in 0..4 {
        assert_eq!((frozen.held, frozen.present), (low.held, people), "quality does not rise");
        frozen = played.next(&frozen).await;
    }
    let free = played.pull("freeze-off", 0).await;
    assert_eq!((free.held, free.present), (full.held, people), "and comes back at once");

    let seen = played.seen.await.unwrap();
    assert!(seen.goodbyes.is_empty(), "{seen:?}");
    assert_eq!(seen.outcome.lessons_held, seen.outcome.lessons_demanded, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lesson_sent_first_enters_first_and_a_drain_puts_nobody_out() {
    // At the floor there are seats for half of them.
    let scenario = small(1, 60.0);
    let played = Played::begin(&scenario, &[Lever::Pause(true)]).await;
    let without = played.stage.twin.picture().waiting;
    let late = without.first().unwrap().slot;
    assert!(played.is_waiting(late), "in a pause every lesson waits");
    played.operator.pull("lesson", late, "un essai").await.unwrap();
    played.pull("pause-off", 0).await;
    assert!(!played.is_waiting(late), "{:?}", played.stage.door.picture());
    let in_late = |live: &live::Live| live.presence().iter().find(|(slot, _)| *slot == late).map(|one| one.1);
    let of_late = |person: &u32| i64::from(played.morning.lesson_of(*person)) + 1 == late.0;
    let all_of_late = (0..played.morning.people()).filter(of_late).count();
    let all_of_late = u32::try_from(all_of_late).unwrap();
    let is_whole =
        |_: &Moment| in_late(&played.stage.live).is_some_and(|people| people * 10 >= all_of_late * 9);
    played.until("whole", is_whole).await;

    let inside = played.pull("drain", 0).await.present;
    let refused = played.stage.door.picture().waiting;
    assert!(!refused.is_empty(), "others wait");
    let waiting = refused[0].slot;
    let pupil =
        (0..played.morning.people()).find(|one| i64::from(played.morning.lesson_of(*one)) + 1 == waiting.0);
    let card = &played.stage.roll.cards[pupil.unwrap() as usize];
    let answer = get(played.stage.address, &format!("/lesson/{waiting}"), card).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    // There are seats for all now, and the drain keeps them shut.
    let mut moment = played.pull("ceiling", 1_000).await;
    for _ in 0..4 {
        assert!(moment.present >= inside, "nobody who is in is put out: {moment:?}");
        assert!(played.is_waiting(waiting), "{moment:?}");
        moment = played.next(&moment).await;
    }
    played.pull("drain-off", 0).await;
    assert!(!played.is_waiting(waiting), "{:?}", played.moment());
    let seen = played.seen.await.unwrap();
    // A teacher who would open before there are seats is told so; nobody who was in is sent away.
    assert!(seen.goodbyes.keys().all(|why| why == "crowded"), "{seen:?}");
    let (held, demanded) = (seen.outcome.lessons_held, seen.outcome.lessons_demanded);
    assert!((1..demanded).contains(&held), "{seen:?}");
    // Whoever waits keeps a line of news, and the report says why lessons did not take place.
    assert!(seen.requests.lines_most > 10 && seen.requests.news > 10, "{seen:?}");
    let missing = seen.unheld.missing;
    assert!(u64::from(seen.unheld.lessons()) == demanded - held && missing.at_gate > 0, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_school_sent_first_waits_for_nobody_and_the_other_waits() {
    let scenario = small(2, 60.0);
    let played = Played::begin(&scenario, &[Lever::Pause(true)]).await;
    let school_of = |slot: SlotId| i64::from(played.morning.lessons[slot.0 as usize - 1].school) + 1;
    // One of whose lessons would wait.
    let preferred = school_of(played.stage.twin.picture().waiting[0].slot);
    played.operator.pull("school", preferred, "un essai").await.unwrap();
    played.pull("pause-off", 0).await;
    let waiting = || -> Vec<i64> {
        let waiting = played.stage.door.picture().waiting;
        waiting.into_iter().map(|waiting| school_of(waiting.slot)).collect()
    };
    let others_wait = |moment: &Moment| {
        assert!(!waiting().contains(&preferred), "school {preferred} goes first: {:?}", waiting());
        moment.present > 20 && !waiting().is_empty()
    };
    played.until("the other school at the door", others_wait).await;
    played.seen.abort();
}
