//! The run: lessons begin one after the other, everybody comes in, media are
//! measured for a while, everybody leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use str0m::config::DtlsCert;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use crate::Error;
use crate::clock::{Epoch, instant};
use crate::http::Site;
use crate::janus;
use crate::page::{self, Crowd, Page, Place};
use crate::plan::{Part, Person, Plan, Signalling};
use crate::process::{Look, busy_s};
use crate::pump::{Collected, Command, Pump};
use crate::report::{Report, Watched, kinds, pace};
use crate::stream::{Kind, STREAMS, streams_of};

/// Runs a crowd against a server and tells what it saw. It ends by itself; the
/// first participant who can't come in ends it with the reason.
///
/// # Errors
/// When the plan can't be carried out, the server is not there, or somebody is refused.
pub async fn run(mut plan: Plan) -> Result<Report, Error> {
    let lessons = plan.lessons()?;
    let (over, is_over) = watch::channel(false);
    let crowd = Arc::new(gather(&plan, lessons.len()).await?);
    let mut stays = Vec::new();
    let mut classes = JoinSet::new();
    for (number, lesson) in lessons.iter().enumerate() {
        let (crowd, places) = (Arc::clone(&crowd), places(&plan.people, number, lesson));
        let (is_over, signalling) = (is_over.clone(), plan.signalling);
        let start_in = plan.ramp * u32::try_from(number).unwrap_or(u32::MAX);
        classes.spawn(async move {
            tokio::time::sleep(start_in).await;
            let class = begin(&crowd, signalling, places, is_over).await?;
            Ok::<_, Error>((number, class))
        });
    }
    let mut join_all_ms = vec![None; lessons.len()];
    while let Some(class) = classes.join_next().await {
        let (number, class) = class.map_err(|error| Error::Media(std::io::Error::other(error)))??;
        join_all_ms[number] = class.join_all_ms;
        stays.extend(class.pages.into_iter().map(|page| page.stay));
    }
    let report = measure(&plan, &crowd, (lessons.len(), join_all_ms)).await;
    over.send_replace(true);
    // Who does not get away in time is let go with the process.
    let left = async {
        for stay in stays {
            let _ = stay.await;
        }
    };
    let _ = tokio::time::timeout(LEAVE_MAX, left).await;
    report
}

/// A lesson in which everybody is.
struct Class {
    pages: Vec<Page>,
    join_all_ms: Option<u64>,
}

async fn gather(plan: &Plan, lessons: usize) -> Result<Crowd, Error> {
    let site = Site::find(&plan.base_url).await?;
    let seats_each = if plan.signalling == Signalling::Janus { janus::SEATS_EACH } else { 1 };
    Ok(Crowd {
        site,
        patience: plan.patience,
        seed: plan.seed,
        certificate: certificate()?,
        pump: Pump::start(plan.people.len() * seats_each, lessons, Epoch::now())?,
        fallen: AtomicU32::new(0),
    })
}

/// The certificate that all participants of this process show.
pub(crate) fn certificate() -> Result<DtlsCert, Error> {
    let made = str0m::crypto::from_feature_flags().dtls_provider.generate_certificate();
    made.ok_or_else(|| Error::Negotiation("no certificate could be made".into()))
}

/// The people of a lesson with the streams that each sends and is to receive, teacher first.
pub(crate) fn places(people: &[Person], number: usize, lesson: &[usize]) -> Vec<Place> {
    let mut voices = 0;
    let mut places: Vec<Place> = lesson
        .iter()
        .map(|at| {
            let person = people[*at].clone();
            let sends = streams_of(person.part, voices);
            voices += usize::from(person.part == Part::Voice);
            Place { at: *at, lesson: u16::try_from(number).unwrap_or(u16::MAX), person, sends, expects: 0 }
        })
        .collect();
    let mask = |place: &Place| {
        let received = place.sends.iter().filter(|stream| STREAMS[**stream].is_received);
        received.fold(0_u8, |mask, stream| mask | 1 << stream)
    };
    let all = places.iter().fold(0, |all, place| all | mask(place));
    for place in &mut places {
        let pictures = (0..STREAMS.len()).filter(|stream| STREAMS[*stream].kind != Kind::Voice);
        let hidden = pictures.fold(0, |mask, stream| mask | 1 << stream);
        place.expects = all & !mask(place) & if place.person.only_listens { !hidden } else { !0 };
    }
    places
}

/// The teacher opens the lesson, then all pupils come in the same moment. Where a room
/// has no teacher it is made, and then everybody comes.
async fn begin(
    crowd: &Arc<Crowd>,
    signalling: Signalling,
    mut places: Vec<Place>,
    is_over: watch::Receiver<bool>,
) -> Result<Class, Error> {
    let mut pages = Vec::with_capacity(places.len());
    let mut room = None;
    match signalling {
        Signalling::Preau => {
            for teacher in places.drain(..1) {
                pages.push(page::come(crowd, teacher, is_over.clone()).await?);
            }
        }
        Signalling::Janus => room = Some(janus::open_room(crowd, &places).await?),
    }
    let started = instant();
    let mut coming = JoinSet::new();
    for place in places {
        let (crowd, is_over) = (Arc::clone(crowd), is_over.clone());
        coming.spawn(async move {
            match room {
                None => page::come(&crowd, place, is_over).await,
                Some(room) => janus::come(&crowd, place, room, is_over).await,
            }
        });
    }
    while let Some(page) = coming.join_next().await {
        pages.push(page.map_err(|error| Error::Media(std::io::Error::other(error)))??);
    }
    let last = tokio::time::timeout(crowd.patience, complete(&mut pages)).await.ok().flatten();
    let join_all_ms =
        last.and_then(|last| u64::try_from(last.saturating_duration_since(started).as_millis()).ok());
    Ok(Class { pages, join_all_ms })
}

/// When the last of them had something of everything; `None` when one never will.
async fn complete(pages: &mut [Page]) -> Option<Instant> {
    let mut last = None;
    for page in pages {
        last = last.max(Some((&mut page.complete).await.ok()?));
    }
    last
}

async fn measure(
    plan: &Plan,
    crowd: &Crowd,
    (lessons, join_all_ms): (usize, Vec<Option<u64>>),
) -> Result<Report, Error> {
    tokio::time::sleep(SETTLE).await;
    let look = |pid: Option<u32>| pid.and_then(Look::at);
    let own = Some(std::process::id());
    let before = (look(plan.watched), look(own), busy_s());
    let opened = instant();
    crowd.pump.tell(Command::Open);
    tokio::time::sleep(Duration::from_secs(u64::from(plan.seconds))).await;
    crowd.pump.tell(Command::Close);
    let seconds = instant().saturating_duration_since(opened).as_secs_f64();
    let after = (look(plan.watched), look(own), busy_s());
    tokio::time::sleep(REPAIR).await;
    let (reply, answer) = oneshot::channel();
    crowd.pump.tell(Command::Collect(reply));
    let collected: Collected =
        answer.await.map_err(|_| Error::Media(std::io::Error::other("the media thread has ended")))?;
    let crowd_cpu_share = before.1.zip(after.1).map(|(before, after)| after.share_since(&before));
    let (kinds, delays) = kinds(&collected);
    let expected: u64 = kinds.iter().map(|kind| kind.expected).sum();
    let lost: u64 = kinds.iter().map(|kind| kind.lost).sum();
    let ledger = &collected.ledger;
    let watched = before.0.zip(after.0).map(|(before, after)| {
        let (cpu_s, share) = (after.cpu_s_since(&before), after.share_since(&before));
        Watched::new(cpu_s, share, after.resident_mb, (ledger.bytes, ledger.packets))
    });
    Ok(Report {
        lessons,
        people: plan.people.len(),
        seconds,
        join_all_ms,
        expected,
        lost,
        lost_share: if expected > 0 { lost as f64 / expected as f64 } else { 0.0 },
        pace: pace(&collected, seconds),
        latency_ms_p50: delays.quantile_ms(0.50),
        latency_ms_p99: delays.quantile_ms(0.99),
        packets_s: ledger.packets as f64 / seconds,
        bit_s: ledger.bytes as f64 * 8.0 / seconds,
        twice: ledger.twice,
        strays: ledger.strays,
        keyframes: collected.keyframes,
        fallen: crowd.fallen.load(Ordering::Relaxed),
        crowd_cpu_share,
        others_cpu_share: before.2.zip(after.2).map(|(before, after)| {
            let ours = crowd_cpu_share.unwrap_or(0.0) + watched.map_or(0.0, |watched| watched.cpu_share);
            ((after - before) / seconds - ours).max(0.0)
        }),
        watched,
        kinds,
    })
}

/// Between the last arrival and the measure: keyframes and handshakes are over.
const SETTLE: Duration = Duration::from_millis(1_000);

/// What was asked again has come by then, or never will.
const REPAIR: Duration = Duration::from_millis(1_000);

/// For everybody together to say that they leave.
const LEAVE_MAX: Duration = Duration::from_secs(5);
