use super::*;
use crate::limits::DESK_SESSION_MS;

const NOW: Time = Time(1_000 * MINUTE_MS);

fn settings(seats: u32, school_seats: u32) -> DeskSettings {
    DeskSettings { seats, school_seats, session_ms: DESK_SESSION_MS }
}

fn desk(seats: u32) -> Desk {
    Desk::new(settings(seats, seats), Seed::of(1), Time(0))
}

/// Asks, and keeps the ticket as a client does.
fn ask(desk: &mut Desk, now: Time, lane: Lane, person: i64, came: &mut Option<u32>) -> bool {
    match desk.handle_request(now, lane, (PersonId(person), SchoolId(1)), *came) {
        DeskVerdict::Enter { .. } => true,
        DeskVerdict::Wait { place, ask_at, .. } => {
            assert!(ask_at > now && ask_at <= now + 2 * MINUTE_MS);
            *came = Some(place.minute);
            false
        }
    }
}

/// Everybody of `people` asks every ten seconds; who entered, in the order of their entering.
fn play(desk: &mut Desk, from: Time, minutes: i64, people: &[(Lane, i64, i64)]) -> Vec<(Lane, i64, Time)> {
    let mut tickets = vec![None; people.len()];
    let mut inside = Vec::new();
    for second in 0..minutes * 60 {
        let now = from + second * SECOND_MS;
        desk.handle_time(now);
        for (at, (lane, person, comes_s)) in people.iter().enumerate() {
            let is_in = inside.iter().any(|(_, other, _)| other == person);
            if !is_in
                && second >= *comes_s
                && (second - comes_s) % 10 == 0
                && ask(desk, now, *lane, *person, &mut tickets[at])
            {
                inside.push((*lane, *person, now));
            }
        }
        assert!(desk.inside() <= desk.seats(), "never more inside than there are seats");
    }
    inside
}

#[test]
fn while_there_is_room_nobody_waits_and_no_session_ends() {
    let mut desk = desk(2);
    assert!(ask(&mut desk, NOW, Lane::Guardians, 1, &mut None));
    assert!(!desk.is_anyone_waiting());
    assert!(ask(&mut desk, NOW, Lane::Strangers, 2, &mut None));
    assert!(!ask(&mut desk, NOW, Lane::Staff, 3, &mut None), "full");
    assert!(desk.is_anyone_waiting());
}

#[test]
fn sessions_end_while_others_wait_and_everybody_gets_their_turn() {
    let people: Vec<_> = (0..100).map(|person| (Lane::Guardians, person, person % 30)).collect();
    let inside = play(&mut desk(10), NOW, 150, &people);
    assert_eq!(inside.len(), 100, "ten at a time, twelve minutes each");
}

#[test]
fn whoever_has_waited_longer_than_the_head_start_goes_first() {
    // Staff comes all the time, more than there are seats for; one guardian came at the beginning.
    let mut people: Vec<_> = (1..400).map(|person| (Lane::Staff, person, person * 30)).collect();
    people.push((Lane::Guardians, 0, 300));
    let inside = play(&mut desk(5), NOW, 180, &people);
    let turn = inside.iter().position(|(lane, ..)| *lane == Lane::Guardians).expect("the guardian entered");
    let newest = inside[..turn].iter().map(|(_, person, _)| person * 30 / 60).max();
    assert!(newest <= Some(5 + 21), "staff that came {newest:?} minutes in went first");
}

#[test]
fn a_crowd_of_strangers_takes_no_turn_from_those_who_are_known() {
    let mut people: Vec<_> = (1_000..3_000).map(|person| (Lane::Strangers, person, 0)).collect();
    people.extend((0..20).map(|person| (Lane::Guardians, person, 60)));
    let inside = play(&mut desk(10), NOW, 40, &people);
    let last = inside.iter().rposition(|(lane, ..)| *lane == Lane::Guardians).expect("guardians");
    let strangers_before = inside[..last].iter().filter(|(lane, ..)| *lane == Lane::Strangers).count();
    assert_eq!(inside.iter().filter(|(lane, ..)| *lane == Lane::Guardians).count(), 20);
    assert!(strangers_before <= 10, "those who sat there already: {strangers_before}");
}

#[test]
fn ten_tabs_and_hammering_draw_the_same_place() {
    let mut desk = desk(1);
    assert!(ask(&mut desk, NOW, Lane::Pupils, 1, &mut None));
    let mut places = Vec::new();
    for _ in 0..1_000 {
        let verdict = desk.handle_request(NOW, Lane::Pupils, (PersonId(2), SchoolId(1)), None);
        let DeskVerdict::Wait { place, .. } = verdict else { panic!("it is full") };
        places.push(place);
    }
    places.dedup();
    assert_eq!(places.len(), 1);
    assert_eq!(desk.lanes[Lane::Pupils as usize].given.front(), Some(&(1_000, 1)), "counted once");
}

#[test]
fn a_school_at_its_quota_waits_only_while_others_do() {
    let mut desk = Desk::new(settings(4, 2), Seed::of(1), Time(0));
    let enter = |desk: &mut Desk, person, school| {
        let verdict = desk.handle_request(NOW, Lane::Pupils, (PersonId(person), SchoolId(school)), None);
        matches!(verdict, DeskVerdict::Enter { .. })
    };
    assert!((1..=4).all(|person| enter(&mut desk, person, 1)), "nobody waits: a school may take all");
    assert!(!enter(&mut desk, 5, 2));
    let later = NOW + 13 * MINUTE_MS;
    desk.handle_time(later);
    let again = |desk: &mut Desk, person, school| {
        let verdict =
            desk.handle_request(later, Lane::Pupils, (PersonId(person), SchoolId(school)), Some(1_000));
        matches!(verdict, DeskVerdict::Enter { .. })
    };
    assert!(again(&mut desk, 5, 2));
}

#[test]
fn before_an_announced_opening_coming_early_gains_nothing() {
    let opens_at = NOW + 30 * MINUTE_MS;
    let mut desk = Desk::new(settings(50, 50), Seed::of(1), opens_at);
    let mut people: Vec<_> = (0..100).map(|person| (Lane::Pupils, person, 0)).collect();
    people.extend((100..200).map(|person| (Lane::Pupils, person, 29 * 60)));
    let inside = play(&mut desk, NOW, 35, &people);
    let early = inside.iter().filter(|(_, person, _)| *person < 100).count();
    assert_eq!(inside.len(), 50);
    assert!(inside.iter().all(|(.., at)| *at >= opens_at));
    assert!((15..=35).contains(&early), "half of them, give or take: {early}");
}

#[test]
fn a_ticket_outlives_a_restart() {
    let mut before = desk(1);
    assert!(ask(&mut before, NOW, Lane::Pupils, 1, &mut None));
    let mut came = None;
    assert!(!ask(&mut before, NOW, Lane::Pupils, 2, &mut came));
    let mut after = desk(1);
    let later = NOW + 5 * MINUTE_MS;
    assert!(ask(&mut after, later, Lane::Pupils, 3, &mut None));
    assert!(!ask(&mut after, later, Lane::Pupils, 4, &mut None));
    assert!(!ask(&mut after, later, Lane::Pupils, 2, &mut came), "full again");
    let freed = later + 13 * MINUTE_MS;
    after.handle_time(freed);
    assert!(ask(&mut after, freed, Lane::Pupils, 2, &mut came), "the oldest ticket goes first");
}

#[test]
fn one_person_takes_one_seat_however_often_they_ask() {
    let mut desk = desk(2);
    for _ in 0..1_000 {
        assert!(ask(&mut desk, NOW, Lane::Pupils, 1, &mut None));
    }
    assert_eq!(desk.inside(), 1);
    assert!(ask(&mut desk, NOW, Lane::Pupils, 2, &mut None));
}

#[test]
fn told_to_end_sessions_the_desk_is_empty_at_that_time() {
    let mut desk = desk(10);
    (0..10).for_each(|person| assert!(ask(&mut desk, NOW, Lane::Pupils, person, &mut None)));
    desk.set_paused(true);
    desk.end_sessions(NOW + MINUTE_MS);
    desk.handle_time(NOW + MINUTE_MS - 1);
    assert_eq!(desk.inside(), 10);
    desk.handle_time(NOW + MINUTE_MS);
    assert_eq!(desk.inside(), 0);
    assert!(!ask(&mut desk, NOW + MINUTE_MS, Lane::Pupils, 3, &mut None));
}

#[test]
fn a_lane_that_is_sent_first_goes_first() {
    let mut people: Vec<_> = (0..40).map(|person| (Lane::Staff, person, 0)).collect();
    people.extend((40..44).map(|person| (Lane::Guardians, person, 90)));
    let place = |inside: Vec<(Lane, i64, Time)>| {
        inside.iter().position(|(lane, ..)| *lane == Lane::Guardians).unwrap_or(usize::MAX)
    };
    let plain = place(play(&mut desk(4), NOW, 200, &people));
    let mut preferring = desk(4);
    preferring.set_first(Some(Lane::Guardians));
    assert_eq!(place(play(&mut preferring, NOW, 200, &people)), 4, "right after those who were inside");
    assert!(plain > 10, "{plain}");
}

#[test]
fn a_session_lasts_as_long_as_the_settings_say() {
    let mut desk =
        Desk::new(DeskSettings { session_ms: 5 * MINUTE_MS, ..settings(1, 1) }, Seed::of(1), Time(0));
    let mut came = None;
    assert!(ask(&mut desk, NOW, Lane::Pupils, 1, &mut None));
    assert!(!ask(&mut desk, NOW, Lane::Pupils, 2, &mut came));
    desk.handle_time(NOW + 5 * MINUTE_MS - 1);
    assert!(!ask(&mut desk, NOW + 5 * MINUTE_MS - 1, Lane::Pupils, 2, &mut came));
    desk.handle_time(NOW + 5 * MINUTE_MS);
    assert!(ask(&mut desk, NOW + 5 * MINUTE_MS, Lane::Pupils, 2, &mut came));
}

#[test]
fn while_it_is_paused_nobody_new_enters_and_nobody_loses_anything() {
    let mut desk = desk(2);
    assert!(ask(&mut desk, NOW, Lane::Pupils, 1, &mut None));
    desk.set_paused(true);
    let mut came = None;
    assert!(!ask(&mut desk, NOW, Lane::Pupils, 2, &mut came), "there would be a seat");
    assert!(ask(&mut desk, NOW, Lane::Pupils, 1, &mut None), "still inside");
    let later = NOW + 2 * MINUTE_MS;
    desk.handle_time(later);
    assert!(!ask(&mut desk, later, Lane::Pupils, 2, &mut came));
    assert_eq!(desk.waiting()[Lane::Pupils as usize], (Lane::Pupils, 1));
    desk.set_paused(false);
    desk.handle_time(later);
    assert!(ask(&mut desk, later, Lane::Pupils, 2, &mut came));
    assert!(desk.waiting().iter().all(|(_, waiting)| *waiting == 0));
}

#[test]
fn a_seat_that_is_left_is_free_and_counted_once() {
    let mut desk = desk(1);
    let mut came = None;
    assert!(ask(&mut desk, NOW, Lane::Pupils, 1, &mut None));
    assert!(!ask(&mut desk, NOW, Lane::Pupils, 2, &mut came));
    assert_eq!(desk.leave(PersonId(1)), Some(NOW + DESK_SESSION_MS));
    assert_eq!(desk.leave(PersonId(1)), None);
    assert_eq!(desk.inside(), 0);
    desk.handle_time(NOW + MINUTE_MS);
    assert!(ask(&mut desk, NOW + MINUTE_MS, Lane::Pupils, 2, &mut came));
    desk.handle_time(NOW + DESK_SESSION_MS);
    assert_eq!(desk.inside(), 1, "the end of the session that was left ends no other");
}

#[test]
fn fewer_seats_send_nobody_away() {
    let mut desk = desk(3);
    assert!((1..=3).all(|person| ask(&mut desk, NOW, Lane::Pupils, person, &mut None)));
    desk.set_seats(1);
    assert_eq!(desk.inside(), 3);
    assert!(ask(&mut desk, NOW, Lane::Pupils, 2, &mut None));
    assert!(!ask(&mut desk, NOW, Lane::Pupils, 4, &mut None));
}

/// What somebody is told, who asks for the first time.
fn told(desk: &mut Desk, now: Time, lane: Lane, person: i64) -> Option<Outlook> {
    match desk.handle_request(now, lane, (PersonId(person), SchoolId(1)), None) {
        DeskVerdict::Enter { .. } => panic!("there was a seat for {person}"),
        DeskVerdict::Wait { outlook, .. } => outlook,
    }
}

#[test]
fn whoever_waits_is_told_when_they_enter() {
    // One a minute, so that no draw decides; staff came before anybody else and has gone first.
    let mut people: Vec<_> = (0..50).map(|person| (Lane::Guardians, person, 50 + person * 60)).collect();
    people.extend((100..108).map(|person| (Lane::Staff, person, person - 100)));
    let (mut desk, mut tickets) = (desk(5), HashMap::new());
    let (mut told, mut late_ms) = (HashMap::new(), Vec::new());
    for second in 0..4 * 3_600 {
        let now = NOW + second * SECOND_MS;
        desk.handle_time(now);
        for (lane, person, _) in people.iter().filter(|(_, _, comes_s)| *comes_s <= second) {
            let is_in = tickets.get(person) == Some(&None);
            if is_in || second % 10 != 0 {
                continue;
            }
            let came = tickets.get(person).copied().flatten();
            match desk.handle_request(now, *lane, (PersonId(*person), SchoolId(1)), came) {
                DeskVerdict::Enter { .. } => {
                    tickets.insert(*person, None);
                    late_ms.extend(told.get(person).map(|at| now.since_ms(*at)));
                }
                DeskVerdict::Wait { place, outlook, .. } => {
                    tickets.insert(*person, Some(place.minute));
                    told.entry(*person).or_insert_with(|| outlook.expect("nothing is unknown").at);
                }
            }
        }
    }
    assert_eq!(late_ms.len(), people.len() - 5, "everybody but the first five waited, and entered");
    assert!(late_ms.iter().all(|late_ms| (-MINUTE_MS..=MINUTE_MS).contains(late_ms)), "{late_ms:?}");
}

#[test]
fn a_crowd_of_one_minute_counts_those_still_to_come() {
    let mut desk = desk(1);
    let mut ask = |at_ms: i64, person: i64| {
        desk.handle_request(NOW + at_ms, Lane::Pupils, (PersonId(person), SchoolId(1)), None)
    };
    ask(0, 0);
    for person in 1..=600 {
        ask(person * 100 - 1, person);
    }
    let told = (0..100).map(|person| match ask(MINUTE_MS, 1_000 + person) {
        DeskVerdict::Wait { outlook: Some(outlook), .. } => outlook.ahead,
        other => panic!("{other:?}"),
    });
    let mean = told.sum::<u32>() / 100;
    // All of the last minute, and on average half of about as many.
    assert!((850..=1_000).contains(&mean), "{mean}");
}

#[test]
fn the_first_in_line_has_nobody_before_them_and_the_first_seat() {
    let mut desk = desk(2);
    assert!(ask(&mut desk, NOW, Lane::Guardians, 1, &mut None));
    assert!(ask(&mut desk, NOW + MINUTE_MS, Lane::Guardians, 2, &mut None));
    // At the end of a minute, in which nobody else comes.
    let now = NOW + 3 * MINUTE_MS - SECOND_MS;
    let first = Outlook { ahead: 0, at: NOW + DESK_SESSION_MS };
    assert_eq!(told(&mut desk, now, Lane::Guardians, 3), Some(first));
    // A minute later; of those in the same minute it would be the draw that decides.
    let second = Outlook { ahead: 1, at: NOW + MINUTE_MS + DESK_SESSION_MS };
    assert_eq!(told(&mut desk, now + MINUTE_MS, Lane::Guardians, 4), Some(second));
    let third = Outlook { ahead: 2, at: NOW + 2 * DESK_SESSION_MS };
    assert_eq!(told(&mut desk, now + 2 * MINUTE_MS, Lane::Guardians, 5), Some(third));
    // A pupil's ten minutes of head start put them before all of these.
    assert_eq!(told(&mut desk, now + 3 * MINUTE_MS, Lane::Pupils, 6), Some(first));
    desk.set_first(Some(Lane::Guardians));
    assert_eq!(told(&mut desk, now + 4 * MINUTE_MS, Lane::Pupils, 7).map(|told| told.ahead), Some(4));
}

#[test]
fn nothing_is_told_of_what_nobody_knows() {
    let mut desk = Desk::new(settings(2, 1), Seed::of(1), Time(0));
    assert!(ask(&mut desk, NOW, Lane::Guardians, 1, &mut None));
    desk.handle_request(NOW, Lane::Guardians, (PersonId(9), SchoolId(9)), None);
    assert_eq!(told(&mut desk, NOW, Lane::Guardians, 2), None, "their school has what it may have");
    let other = desk.handle_request(NOW, Lane::Guardians, (PersonId(3), SchoolId(3)), None);
    assert!(matches!(other, DeskVerdict::Wait { outlook: Some(_), .. }), "{other:?}");
    desk.set_paused(true);
    let other = desk.handle_request(NOW, Lane::Guardians, (PersonId(4), SchoolId(4)), None);
    assert!(matches!(other, DeskVerdict::Wait { outlook: None, .. }), "a pause has no end: {other:?}");
}
