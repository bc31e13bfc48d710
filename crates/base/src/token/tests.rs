use proptest::prelude::*;

use super::*;

fn keys(id: u8) -> Keyring {
    Keyring::new(&Key { id, secret: [id; 32] }, &[])
}

fn card() -> Card {
    Card {
        person: PersonId(7),
        school: SchoolId(1),
        device: DeviceId(99),
        role: Role::Teacher,
        epoch: 3,
        issued_at: Time(1_000),
    }
}

fn pass() -> Pass {
    Pass {
        slot: SlotId(5),
        person: PersonId(7),
        device: DeviceId(99),
        seat: Seat::Guest,
        expires_at: Time(10_000),
        guest_name: "Zoé Lefèvre".into(),
    }
}

#[test]
fn tokens_come_back_as_they_went() {
    let keys = keys(1);
    assert_eq!(Card::open(&keys, &card().seal(&keys), Time(2_000)), Ok(card()));
    assert_eq!(Pass::open(&keys, &pass().seal(&keys), Time(10_000)), Ok(pass()));
}

#[test]
fn time_ends_them() {
    let keys = keys(1);
    assert_eq!(Pass::open(&keys, &pass().seal(&keys), Time(10_001)), Err(Void::Expired));
    let too_late = card().issued_at + CARD_LIFE_MS + 1;
    assert_eq!(Card::open(&keys, &card().seal(&keys), too_late), Err(Void::Expired));
}

#[test]
fn a_card_is_not_a_pass_and_another_key_opens_nothing() {
    let (ours, theirs) = (keys(1), keys(2));
    assert_eq!(Pass::open(&ours, &card().seal(&ours), Time(0)), Err(Void::Forged));
    assert_eq!(Card::open(&ours, &card().seal(&theirs), Time(0)), Err(Void::Forged));
}

#[test]
fn a_ticket_is_of_its_day_and_a_stay_of_its_person() {
    let keys = keys(1);
    let ticket = Ticket { person: PersonId(7), lane: 2, minute: 1_000 };
    let came_at = Time(1_000 * MINUTE_MS);
    let text = ticket.seal(&keys, DESK);
    let open = |at| Ticket::open(&keys, &text, DESK, at);
    assert_eq!(open(came_at), Ok(ticket));
    assert_eq!(open(came_at + TICKET_LIFE_MS), Ok(ticket));
    assert_eq!(open(came_at + TICKET_LIFE_MS + 1), Err(Void::Expired));
    assert_eq!(open(came_at - MINUTE_MS - 1), Err(Void::Expired), "from the future");
    assert_eq!(Ticket::open(&keys, &text, "ent", came_at), Err(Void::Forged), "another site's");
    let stay = Stay { person: PersonId(7), until: Time(5) };
    assert_eq!(Stay::open(&keys, &stay.seal(&keys, "ent"), "ent"), Ok(stay));
    for other in [DESK, "en", "entente"] {
        assert_eq!(Stay::open(&keys, &stay.seal(&keys, "ent"), other), Err(Void::Forged), "another site's");
    }
    assert_eq!(Stay::open(&keys, &text, DESK), Err(Void::Forged), "another kind");
}

#[test]
fn the_seed_of_a_day_is_the_same_after_a_restart_and_tells_nothing_of_another() {
    assert_eq!(keys(1).seed_of_day(3), keys(1).seed_of_day(3));
    assert_ne!(keys(1).seed_of_day(3), keys(1).seed_of_day(4));
    assert_ne!(keys(1).sign(b"a"), keys(1).sign(b"b"));
}

#[test]
fn a_rotated_key_still_opens_what_it_signed() {
    let (old, new) = (Key { id: 1, secret: [1; 32] }, Key { id: 2, secret: [2; 32] });
    let before = Keyring::new(&old, &[]);
    let after = Keyring::new(&new, &[old]);
    assert_eq!(Card::open(&after, &card().seal(&before), Time(2_000)), Ok(card()));
    assert_eq!(Card::open(&before, &card().seal(&after), Time(2_000)), Err(Void::Forged));
}

proptest! {
    #[test]
    fn no_changed_byte_passes(at in 0usize..80, to in any::<u8>()) {
        let keys = keys(1);
        let text = card().seal(&keys);
        let mut bytes = text.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = to;
        let changed = String::from_utf8_lossy(&bytes).into_owned();
        prop_assume!(changed != text);
        prop_assert_eq!(Card::open(&keys, &changed, Time(2_000)), Err(Void::Forged));
    }

    #[test]
    fn garbage_is_refused_and_never_panics(text in "\\PC{0,300}") {
        prop_assert_eq!(Card::open(&keys(1), &text, Time(0)), Err(Void::Forged));
        prop_assert_eq!(Pass::open(&keys(1), &text, Time(0)), Err(Void::Forged));
        prop_assert_eq!(Ticket::open(&keys(1), &text, DESK, Time(0)), Err(Void::Forged));
        prop_assert_eq!(Stay::open(&keys(1), &text, DESK), Err(Void::Forged));
    }
}
