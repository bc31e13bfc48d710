//! What people do inside: chat, hands, and what only a lead may do.

use base::clock::SECOND_MS;
use base::{PersonId, Seat, Time};

use super::{Connection, Lesson, Sends};
use crate::audience::Audience;
use crate::event::{Event, Right};
use crate::limits::{CHAT_ENTRIES_MAX, NETWORK_PAUSE_MS, SLOW_CHAT_S_MAX};
use crate::wire::{ClientMessage, Network, No, ServerMessage};

impl Lesson {
    pub(super) fn handle_class(&mut self, now: Time, connection: Connection, message: ClientMessage) {
        let Some(guest) = self.connections.get(&connection) else { return };
        let (person, is_lead) = (guest.person, guest.seat == Seat::Teacher);
        let key = message.key();
        let done = match message {
            ClientMessage::Media { mic, camera, screen } => {
                self.declare(person, is_lead, Sends { mic, camera, screen });
                Ok(())
            }
            ClientMessage::Hand { up } => {
                if self.state.hands.contains(&person) != up {
                    self.log(now, Event::Hand { person, up });
                }
                Ok(())
            }
            ClientMessage::Say { key, text, thread } => self.say(now, person, is_lead, (key, text, thread)),
            ClientMessage::React { emoji } => {
                self.publish(Audience::Class, &ServerMessage::Reaction { person, emoji: &emoji });
                Ok(())
            }
            ClientMessage::Network { level } => self.take_network(now, connection, level),
            message if is_lead => self.handle_lead(now, person, message),
            _ => Err(No::Forbidden),
        };
        if let Err(why) = done {
            self.refuse_message(connection, why, key);
        }
    }

    fn handle_lead(&mut self, now: Time, by: PersonId, message: ClientMessage) -> Result<(), No> {
        match message {
            ClientMessage::Allow { what, on } => self.allow(now, by, what, on),
            ClientMessage::Floor { person, on } => self.give_floor(now, by, person, on)?,
            ClientMessage::Mute { person } => self.stop(person, Sends { mic: true, ..Sends::default() }),
            ClientMessage::MuteAll => self.stop_all(Sends { mic: true, ..Sends::default() }),
            ClientMessage::Lower { person } => {
                if self.state.hands.contains(&person) {
                    self.log(now, Event::Hand { person, up: false });
                }
            }
            ClientMessage::LowerAll => {
                if !self.state.hands.is_empty() {
                    self.log(now, Event::HandsLowered { by });
                }
            }
            ClientMessage::Remove { person } => self.remove(now, by, person)?,
            ClientMessage::Pardon { person } => {
                if !self.state.barred.contains(&person) {
                    return Err(No::Gone);
                }
                self.log(now, Event::Pardoned { person, by });
            }
            ClientMessage::Lock { on } => {
                if self.state.is_locked != on {
                    self.log(now, Event::Locked { on, by });
                }
            }
            ClientMessage::Admit { person } => self.admit(now, by, person)?,
            ClientMessage::Refuse { person } => self.turn_away(now, by, person)?,
            ClientMessage::Delete { message } => {
                let is_there = self.state.chat.iter().any(|said| said.seq == message && !said.deleted);
                if !is_there {
                    return Err(No::Gone);
                }
                self.log(now, Event::Deleted { message, by });
            }
            ClientMessage::Slow { seconds } => {
                let seconds = seconds.min(SLOW_CHAT_S_MAX);
                if self.state.slow_s != seconds {
                    self.log(now, Event::Slowed { seconds, by });
                }
            }
            ClientMessage::End => self.end(now, Some(by)),
            _ => return Err(No::Forbidden),
        }
        Ok(())
    }

    fn say(
        &mut self,
        now: Time,
        from: PersonId,
        is_lead: bool,
        (key, text, thread): (u64, String, Option<PersonId>),
    ) -> Result<(), No> {
        // Sent again after a reconnection: said once, and the page has it from the welcome.
        if self.state.chat.iter().rev().any(|said| said.from == from && said.key == key) {
            return Ok(());
        }
        if let Some(pupil) = thread {
            let is_theirs = if is_lead { !self.state.is_lead(pupil) } else { pupil == from };
            if !is_theirs || !self.state.people.contains_key(&pupil) {
                return Err(No::Forbidden);
            }
        }
        if !is_lead {
            if thread.is_none() && !self.state.permissions.chat {
                return Err(No::NotAllowed);
            }
            let pause_ms = i64::from(self.state.slow_s) * SECOND_MS;
            if self.last_said_at.get(&from).is_some_and(|last| now.since_ms(*last) < pause_ms) {
                return Err(No::Slow);
            }
        }
        if self.state.chat.len() >= CHAT_ENTRIES_MAX {
            return Err(No::Full);
        }
        self.last_said_at.insert(from, now);
        self.log(now, Event::Said { from, key, thread, text });
        Ok(())
    }

    /// The class hears of a lead's network; a pupil's is their own business.
    fn take_network(&mut self, now: Time, connection: Connection, level: Network) -> Result<(), No> {
        let Some(guest) = self.connections.get_mut(&connection) else { return Ok(()) };
        let (person, last) = (guest.person, guest.network);
        if guest.seat != Seat::Teacher || last.is_some_and(|(told, _)| told == level) {
            return Ok(());
        }
        if last.is_some_and(|(_, at)| now.since_ms(at) < NETWORK_PAUSE_MS) {
            return Err(No::Slow);
        }
        guest.network = Some((level, now));
        self.publish(Audience::Class, &ServerMessage::Network { person, level });
        Ok(())
    }

    fn give_floor(&mut self, now: Time, by: PersonId, person: PersonId, on: bool) -> Result<(), No> {
        if on && (self.state.is_lead(person) || !self.state.is_inside(person)) {
            return Err(No::Gone);
        }
        if self.state.floor.contains(&person) != on {
            self.log(now, Event::Floor { person, on, by });
            if !on {
                self.stop(person, Sends { mic: true, ..Sends::default() });
            }
        }
        Ok(())
    }

    fn allow(&mut self, now: Time, by: PersonId, what: Right, on: bool) {
        if self.state.allows(what) == on {
            return;
        }
        self.log(now, Event::Allowed { what, on, by });
        if !on {
            match what {
                Right::Mic => self.stop_all(Sends { mic: true, ..Sends::default() }),
                Right::Camera => self.stop_all(Sends { camera: true, ..Sends::default() }),
                Right::Screen => self.stop_all(Sends { screen: true, ..Sends::default() }),
                Right::Chat => {}
            }
        }
    }
}
