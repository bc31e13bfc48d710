//! Cards, passes and errands: only what we sealed opens, to the byte, as what it is.

use base::token::Key;
use base::{Card, DeviceId, Errand, Keyring, Pass, PersonId, Role, SchoolId, Seat, SlotId, Time};

const NOW: Time = Time(1_800_000_000_000);

/// A token that opens is, to the byte, one that we sealed; no change to one of
/// ours opens, and none opens as another kind.
pub fn card(data: &[u8]) {
    let keys = Keyring::new(&Key { id: 7, secret: [7; 32] }, &[]);
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(card) = Card::open(&keys, text, NOW) {
            assert_eq!(card.seal(&keys), text);
        }
        if let Ok(pass) = Pass::open(&keys, text, NOW) {
            assert_eq!(pass.seal(&keys), text);
        }
        if let Ok(errand) = Errand::open(&keys, text, "ent", NOW) {
            assert_eq!(errand.seal(&keys, "ent"), text);
        }
    }
    let Some((&[at, put, person, role, seat], name)) = data.split_first_chunk() else { return };
    let card = Card {
        person: PersonId(person.into()),
        school: SchoolId(1),
        device: DeviceId(i64::from(at) << 32),
        role: Role::from_code(role).unwrap_or(Role::Pupil),
        epoch: put.into(),
        issued_at: NOW,
    };
    let text = card.seal(&keys);
    assert_eq!(Card::open(&keys, &text, NOW), Ok(card));
    assert!(Pass::open(&keys, &text, NOW).is_err(), "a card is no pass");
    if let Some(changed) = change(&text, at, put) {
        assert!(Card::open(&keys, &changed, NOW).is_err(), "{text} became {changed}");
    }

    let pass = Pass {
        slot: SlotId(seat.into()),
        person: PersonId(person.into()),
        device: DeviceId(2),
        seat: [Seat::Teacher, Seat::Pupil, Seat::Guest][usize::from(seat) % 3],
        expires_at: NOW,
        guest_name: String::from_utf8_lossy(name).into_owned(),
    };
    let text = pass.seal(&keys);
    let opened = Pass::open(&keys, &text, NOW).expect("what we sealed opens");
    assert!(pass.guest_name.starts_with(&opened.guest_name), "a name is cut, not changed");
    assert_eq!(Pass { guest_name: pass.guest_name.clone(), ..opened }, pass);
    assert!(Card::open(&keys, &text, NOW).is_err(), "a pass is no card");
    assert!(Pass::open(&keys, &text, NOW + 1).is_err(), "its time is over");
    if let Some(changed) = change(&text, at, put) {
        assert!(Pass::open(&keys, &changed, NOW).is_err(), "{text} became {changed}");
    }

    let errand = Errand { number: u128::from(person) << 90, nonce: u64::from(seat) << 50, begun_at: NOW };
    let text = errand.seal(&keys, "ent");
    assert_eq!(Errand::open(&keys, &text, "ent", NOW), Ok(errand));
    assert!(Errand::open(&keys, &text, "moodle", NOW).is_err(), "of one site");
    assert!(Card::open(&keys, &text, NOW).is_err(), "an errand is no card");
    if let Some(changed) = change(&text, at, put) {
        assert!(Errand::open(&keys, &changed, "ent", NOW).is_err(), "{text} became {changed}");
    }
}

/// `text` with one character replaced; `None` when that changes nothing.
fn change(text: &str, at: u8, put: u8) -> Option<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = text.as_bytes().to_vec();
    let index = usize::from(at) % bytes.len();
    bytes[index] = ALPHABET[usize::from(put) % ALPHABET.len()];
    String::from_utf8(bytes).ok().filter(|changed| changed != text)
}
