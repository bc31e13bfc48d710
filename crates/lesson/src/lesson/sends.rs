//! What people send: microphones, cameras and screens, as far as they may.
//!
//! Invariant: the media room is told of what flows before the page is asked for less,
//! and while the class is paused nothing of those who do not lead flows. What they had
//! on comes back with the lead.

use base::{PersonId, Time};

use super::{Lesson, Output, RoomChange, Sends};
use crate::audience::Audience;
use crate::wire::ServerMessage;

impl Lesson {
    /// Somebody declares what they send. What is not allowed is switched off, and they are told.
    pub(super) fn declare(&mut self, person: PersonId, is_lead: bool, wanted: Sends) {
        let screen_free = is_lead || !self.someone_else_shares(person);
        let granted = Sends {
            mic: wanted.mic && (is_lead || self.state.may_speak(person)),
            camera: wanted.camera && (is_lead || self.state.permissions.camera),
            screen: wanted.screen && (is_lead || self.state.permissions.screen) && screen_free,
        };
        // A lead who shares takes the stage from whoever shared.
        if granted.screen && is_lead {
            for other in self.sharers(person) {
                self.stop(other, Sends { screen: true, ..Sends::default() });
            }
        }
        self.set_sends(person, granted);
        if granted != wanted {
            self.tell_stopped(
                person,
                Sends {
                    mic: wanted.mic && !granted.mic,
                    camera: wanted.camera && !granted.camera,
                    screen: wanted.screen && !granted.screen,
                },
            );
        }
    }

    pub(super) fn stop_all(&mut self, what: Sends) {
        let all: Vec<PersonId> = self.sends.keys().copied().filter(|one| !self.state.is_lead(*one)).collect();
        for person in all {
            self.stop(person, what);
        }
    }

    /// Pauses what pupils send, or lets it flow again, when that is due.
    pub(super) fn watch_pause(&mut self, now: Time) {
        let on = self.state.is_paused(now);
        // What was paused stays so to the end.
        if self.is_paused == on || !self.state.is_open() {
            return;
        }
        self.publish(Audience::Class, &ServerMessage::Paused { on });
        let before: Vec<(PersonId, Sends)> =
            self.sends.keys().map(|person| (*person, self.flowing(*person))).collect();
        self.is_paused = on;
        for (person, flowed) in before {
            self.tell_flowing(person, flowed);
        }
    }

    /// What of somebody's flows now.
    pub(super) fn flowing(&self, person: PersonId) -> Sends {
        if self.is_paused && !self.state.is_lead(person) {
            return Sends::default();
        }
        self.sends.get(&person).copied().unwrap_or_default()
    }

    /// Somebody goes on from elsewhere: what flowed ends with the older connection, and
    /// the class is told, as the newer one may not switch it on again.
    pub(super) fn forget_sends(&mut self, person: PersonId) {
        let flowed = self.flowing(person);
        self.sends.remove(&person);
        if flowed != Sends::default() {
            let Sends { mic, camera, screen } = Sends::default();
            self.publish(Audience::Class, &ServerMessage::Media { person, mic, camera, screen });
        }
    }

    /// Switches off what somebody sends, at the server first.
    pub(super) fn stop(&mut self, person: PersonId, what: Sends) {
        let Some(now_sent) = self.sends.get(&person).copied() else { return };
        let kept = Sends {
            mic: now_sent.mic && !what.mic,
            camera: now_sent.camera && !what.camera,
            screen: now_sent.screen && !what.screen,
        };
        if kept != now_sent {
            self.set_sends(person, kept);
            self.tell_stopped(person, what);
        }
    }

    fn set_sends(&mut self, person: PersonId, sends: Sends) {
        if !self.by_person.contains_key(&person) {
            return;
        }
        let flowed = self.flowing(person);
        self.sends.insert(person, sends);
        self.tell_flowing(person, flowed);
    }

    /// Tells the room and the class what flows now, if it is not what did.
    fn tell_flowing(&mut self, person: PersonId, flowed: Sends) {
        let (sends, connection) = (self.flowing(person), self.by_person.get(&person).copied());
        let Some(connection) = connection.filter(|_| sends != flowed) else { return };
        self.outputs.push(Output::Room(RoomChange::Sends { connection, sends }));
        let Sends { mic, camera, screen } = sends;
        self.publish(Audience::Class, &ServerMessage::Media { person, mic, camera, screen });
    }

    fn tell_stopped(&mut self, person: PersonId, what: Sends) {
        let Sends { mic, camera, screen } = what;
        // With the news: the page is told first that it is closed to everybody, if it is.
        self.publish(Audience::One(person), &ServerMessage::Stopped { mic, camera, screen });
    }

    fn someone_else_shares(&self, person: PersonId) -> bool {
        self.sends.iter().any(|(other, sends)| *other != person && sends.screen)
    }

    fn sharers(&self, but: PersonId) -> Vec<PersonId> {
        self.sends.iter().filter(|(one, sends)| **one != but && sends.screen).map(|(one, _)| *one).collect()
    }
}
