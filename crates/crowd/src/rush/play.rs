//! Plays a roll against the server that has it: everybody lives their morning,
//! lessons are looked at in their second, and it ends when it must.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use admission::{Ladder, Level};
use base::clock::SECOND_MS;
use base::{Clock, Entropy, Time};
use sim::{Morning, Policy, Profile, Scenario};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::goodput::{self, Goodput, probe};
use super::limits::{LATE_S_MAX, LEAVE_WITHIN, MEDIA_LESSONS_MAX, PAGE_WITHIN, PEOPLE_MAX, STAY_S_MAX};
use super::media::Media;
use super::observer::Observer;
use super::person::live;
use super::report::{Progress, Seen};
use super::roll::{Roll, span_s, with_ceiling};
use super::server::Server;
use super::waiting::Frontier;
use crate::Error;
use crate::attack::{Attack, Attacks, Tally};
use crate::http::Site;
use crate::page::{Crowd, Place};

/// A morning to play once.
#[derive(Clone, Debug)]
pub struct Rush {
    /// Where the server is, `http://host:port`.
    pub base_url: String,
    /// What was written into its store.
    pub roll: Roll,
    /// Who decides there; what is seen is counted as the simulator counts that policy.
    pub policy: Policy,
    /// The ceiling of its door.
    pub ceiling_mbit_s: u32,
    /// Lessons with real media.
    pub media_lessons: usize,
    /// How long everybody stays after the last look.
    pub stay_s: u32,
    /// From then on lessons end one after the other, over so many seconds; nobody counts any more.
    pub leave_s: u32,
    /// What is done to the server from the first who comes to the last look.
    pub attacks: Vec<Attack>,
    /// Its counts, `host:port`, and its process: what it spends and takes is read along.
    pub watched: Option<Watch>,
}

/// Where to look at a server from outside.
#[derive(Clone, Debug)]
pub struct Watch {
    /// `host:port` of `GET /metrics`.
    pub metrics: String,
    /// The process.
    pub pid: u32,
}

/// What everybody of a rush shares.
pub(super) struct Stage {
    pub(super) site: Site,
    pub(super) scenario: Scenario,
    pub(super) morning: Morning,
    pub(super) cards: Vec<String>,
    /// By lesson.
    is_over: Vec<watch::Receiver<bool>>,
    starts_at: Time,
    clock: Clock,
    entropy: Entropy,
    observer: Mutex<Observer>,
    goodbyes: Mutex<BTreeMap<String, u64>>,
    /// Pages that came in time, by second of the morning.
    pages: Mutex<BTreeMap<u32, u32>>,
    media: Option<Media>,
}

/// Plays the morning and tells what was seen. `progress` hears of every second.
///
/// # Errors
/// When the roll is none, the server is not there, or the media have no socket.
pub async fn play(rush: Rush, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Seen, Error> {
    let scenario = scenario_of(&rush)?;
    let morning = Morning::draw(&scenario);
    check(&rush, &scenario, &morning)?;
    let site = Site::find(&rush.base_url).await?;
    knock(&site, &rush.roll.cards[0]).await?;
    let budget = f64::from(rush.ceiling_mbit_s) * 1_000.0;
    let ladder = if rush.policy == Policy::LessonQuality { Ladder::CLASS } else { Ladder::TOP_ONLY };
    let observer = Observer::new(&morning, rush.policy, budget, ladder.floor_cost() as f64);
    let (over, is_over): (Vec<_>, Vec<_>) = morning.lessons.iter().map(|_| watch::channel(false)).unzip();
    let media = Media::start(&site, &morning, &rush.roll.cards, (rush.media_lessons, scenario.seed))?;
    let stage = Arc::new(Stage {
        media,
        site,
        cards: rush.roll.cards,
        is_over,
        starts_at: rush.roll.starts_at,
        clock: Clock::system(),
        entropy: Entropy::seeded(scenario.seed),
        observer: Mutex::new(observer),
        goodbyes: Mutex::default(),
        pages: Mutex::default(),
        scenario,
        morning,
    });
    let mut people = JoinSet::new();
    for person in 0..stage.morning.people() {
        people.spawn(live(Arc::clone(&stage), person));
    }
    let mut server = Server::new(rush.watched);
    let probing = tokio::spawn(probe(Arc::clone(&stage)));
    let attacks = watch_over(&stage, &mut server, (&rush.attacks, rush.stay_s, budget), progress).await?;
    let media = match &stage.media {
        Some(media) => Some(media.collect().await?),
        None => None,
    };
    let observer = std::mem::replace(
        &mut *lock(&stage.observer),
        Observer::new(&stage.morning, rush.policy, budget, 1.0),
    );
    let seats = [Level::Cameras, Level::Voice].map(|level| budget / Ladder::CLASS.cost(level) as f64);
    let (outcome, requests, unheld) =
        observer.outcome(&stage.scenario, &stage.morning, rush.policy, (seats[0], seats[1]));
    probing.abort();
    let goodput = stage.goodput();
    let each = Duration::from_secs(rush.leave_s.into()) / u32::try_from(over.len()).unwrap_or(1).max(1);
    for lesson in &over {
        sleep(each).await;
        lesson.send_replace(true);
    }
    // Who does not get away in time is let go.
    let _ = timeout(LEAVE_WITHIN, async { while people.join_next().await.is_some() {} }).await;
    people.abort_all();
    let goodbyes = std::mem::take(&mut *lock(&stage.goodbyes));
    let people = stage.morning.people();
    Ok(Seen {
        outcome,
        people,
        hurry: stage.scenario.hurry,
        unheld,
        requests,
        goodbyes,
        media,
        attacks,
        goodput,
        server: server.seen(),
    })
}

fn scenario_of(rush: &Rush) -> Result<Scenario, Error> {
    let read = Scenario::parse(&rush.roll.scenario, Profile::P0);
    let scenario = read.map_err(|error| Error::Plan(format!("the roll's scenario: {error}")))?;
    Ok(with_ceiling(&scenario, rush.ceiling_mbit_s.max(1)))
}

fn check(rush: &Rush, scenario: &Scenario, morning: &Morning) -> Result<(), Error> {
    let refuse = |what: String| Err(Error::Plan(what));
    if morning.people() as usize != rush.roll.cards.len() || rush.roll.cards.is_empty() {
        return refuse(format!(
            "the roll has {} cards for {} people",
            rush.roll.cards.len(),
            morning.people()
        ));
    }
    let (first, _) = span_s(scenario, morning);
    let late_s = Clock::system().now().since_ms(rush.roll.starts_at) / SECOND_MS - i64::from(first);
    if late_s > LATE_S_MAX {
        return refuse(format!("its first person was to come {late_s} seconds ago; write its people anew"));
    }
    if morning.people() > PEOPLE_MAX {
        return refuse(format!("{} people come; {PEOPLE_MAX} at most are played", morning.people()));
    }
    if rush.stay_s > STAY_S_MAX || rush.leave_s > STAY_S_MAX {
        return refuse(format!("people stay {STAY_S_MAX} seconds at most"));
    }
    if rush.media_lessons > MEDIA_LESSONS_MAX {
        return refuse(format!("{MEDIA_LESSONS_MAX} lessons at most have real media"));
    }
    Ok(())
}

/// The server is ours and has these people, or nobody need come.
async fn knock(site: &Site, card: &str) -> Result<(), Error> {
    let unreachable =
        |error: io::Error| Error::Unreachable { base_url: site.base_url.clone(), reason: error.to_string() };
    let ask = async |path, cookies: &str| match timeout(PAGE_WITHIN, site.get(path, cookies)).await {
        Ok(answer) => answer.map_err(unreachable),
        Err(_) => Err(unreachable(io::ErrorKind::TimedOut.into())),
    };
    let frontier = ask("/frontier", "").await?;
    if serde_json::from_str::<Frontier>(frontier.body()).is_err() {
        return Err(Error::NotOurs(site.base_url.clone()));
    }
    match ask("/timetable", &format!("card={card}")).await?.status {
        // Whoever's card is of other keys is sent to sign in.
        303 | 401 | 403 => Err(Error::Unknown(site.base_url.clone())),
        _ => Ok(()),
    }
}

/// Second by second to the end: looks, what the server spends, progress.
async fn watch_over(
    stage: &Stage,
    server: &mut Server,
    (attacks, stay_s, budget): (&[Attack], u32, f64),
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<BTreeMap<&'static str, Tally>, Error> {
    let (first, last) = span_s(&stage.scenario, &stage.morning);
    let end = last + stay_s;
    let mut looks: HashMap<u32, Vec<u32>> = HashMap::new();
    for (lesson, planned) in (0..).zip(&stage.morning.lessons) {
        looks.entry(planned.bell + stage.scenario.look_after_s()).or_default().push(lesson);
    }
    let from = (stage.second().max(0.0) as u32).min(first);
    let (mut raging, mut tallies) = (None, BTreeMap::new());
    for second in from..=end {
        sleep(Duration::from_secs_f64((f64::from(second) - stage.second()).max(0.0))).await;
        if second == first && !attacks.is_empty() {
            raging = Some(stage.attack(attacks, last - first)?);
        }
        for lesson in looks.remove(&second).unwrap_or_default() {
            stage.observe(|observer, morning, second| observer.look(morning, lesson, second));
        }
        if second == last {
            stage.media.iter().for_each(Media::open);
            tallies = raging.take().map(Attacks::stop).unwrap_or_default();
        }
        let spent = server.look().await;
        let (seated, came, whole) = stage.observe(|observer, _, _| {
            let (seated, came) = observer.people();
            let spent = spent.unwrap_or(seated as f64 * Ladder::CLASS.cost(Level::Cameras) as f64);
            observer.second(second as usize, (spent, budget));
            (seated, came, observer.whole_lessons())
        });
        let played = f64::from(second - from) / f64::from((end - from).max(1));
        progress(Progress { played, came, seated, whole_lessons: whole });
    }
    Ok(tallies)
}

impl Stage {
    pub(super) fn now(&self) -> Time {
        self.clock.now()
    }

    /// The second of the morning.
    pub(super) fn second(&self) -> f64 {
        self.now().since_ms(self.starts_at) as f64 / SECOND_MS as f64
    }

    pub(super) fn observe<T>(&self, what: impl FnOnce(&mut Observer, &Morning, f64) -> T) -> T {
        what(&mut lock(&self.observer), &self.morning, self.second())
    }

    fn attack(&self, attacks: &[Attack], lasts_s: u32) -> Result<Attacks, Error> {
        let lessons = u32::try_from(self.morning.lessons.len()).unwrap_or(u32::MAX);
        let lasts = Duration::from_secs(lasts_s.into());
        Attacks::start(attacks, &self.site, (lessons, lasts), &self.entropy)
    }

    /// A page that was asked for in a second.
    pub(super) fn note_page(&self, second: f64, is_good: bool) {
        *lock(&self.pages).entry(second as u32).or_default() += u32::from(is_good);
    }

    /// Up to now: of a second that ended later than this, pages are still to come.
    fn goodput(&self) -> Goodput {
        let to = (self.second() - goodput::PAGE_WITHIN.as_secs_f64()).max(0.0) as u32;
        let pages = lock(&self.pages);
        let from = pages.keys().next().copied().unwrap_or(0);
        let per_second = (from..to).map(|second| pages.get(&second).copied().unwrap_or(0)).collect();
        let (first, last) = span_s(&self.scenario, &self.morning);
        let place = |second: u32| second.saturating_sub(from) as usize;
        Goodput::of(per_second, (place(first), place(last)))
    }

    pub(super) fn note_goodbye(&self, person: u32, why: String) {
        self.observe(|observer, _, _| observer.send_away(person));
        *lock(&self.goodbyes).entry(why).or_default() += 1;
    }

    /// From 0 to 1.
    pub(super) fn chance(&self) -> f64 {
        self.entropy.below(1 << 20) as f64 / f64::from(1 << 20)
    }

    /// A time of chance up to so much.
    pub(super) async fn pause(&self, ms_max: u64) {
        sleep(Duration::from_millis((self.chance() * ms_max as f64) as u64)).await;
    }

    /// Tells when a person's lesson is over.
    pub(super) fn is_over(&self, person: u32) -> watch::Receiver<bool> {
        self.is_over[self.morning.lesson_of(person) as usize].clone()
    }

    pub(super) fn media_place(&self, person: u32) -> Option<(&Crowd, Place)> {
        self.media.as_ref()?.place(person)
    }
}

fn lock<T>(what: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
