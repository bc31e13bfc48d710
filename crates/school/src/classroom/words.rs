//! The sentences that the scripts of the class page say, in the reader's language.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::texts::Texts;

/// All of them, as one JSON object: key, as the scripts call it, and sentence.
pub(super) struct Words(pub Texts);

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(WORDS.len()))?;
        for (key, sentence) in WORDS {
            map.serialize_entry(&key[PREFIX.len()..], sentence(self.0))?;
        }
        map.end()
    }
}

/// What their keys begin with in the text files.
const PREFIX: &str = "class_say_";

macro_rules! words {
    ($($key:ident)+) => {
        /// Key and sentence.
        const WORDS: &[(&str, fn(Texts) -> &'static str)] = &[$((stringify!($key), Texts::$key)),+];
    };
}

words! {
    class_say_connecting
    class_say_lost
    class_say_restart
    class_say_unsent
    class_say_media_lost
    class_say_teacher_away
    class_say_paused
    class_say_unsaved
    class_say_saved
    class_say_quality_cameras
    class_say_quality_teacher
    class_say_quality_screen
    class_say_quality_voice
    class_say_reach_teacher
    class_say_reach_screen
    class_say_reach_voice
    class_say_network
    class_say_network_none
    class_say_network_good
    class_say_network_weak
    class_say_network_bad
    class_say_network_cut
    class_say_network_mine
    class_say_network_cut_mine
    class_say_network_lead
    class_say_network_none_then
    class_say_network_good_then
    class_say_network_weak_then
    class_say_network_bad_then
    class_say_network_cut_then
    class_say_network_not_you
    class_say_door_closed
    class_say_door_start
    class_say_door_lead
    class_say_door_lead_open
    class_say_door_open
    class_say_door_ready
    class_say_door_press
    class_say_door_pause
    class_say_door_seats
    class_say_door_guest
    class_say_door_guest_open
    class_say_door_knocking
    class_say_door_full
    class_say_mic_wait
    class_say_mic_test
    class_say_mic_heard
    class_say_mic_none
    class_say_mic_denied
    class_say_mic_busy
    class_say_camera_none
    class_say_camera_denied
    class_say_camera_busy
    class_say_device
    class_say_screen_failed
    class_say_mic_closed
    class_say_camera_closed
    class_say_screen_closed
    class_say_chat_closed
    class_say_mic_opened
    class_say_camera_opened
    class_say_screen_opened
    class_say_chat_opened
    class_say_mic_stopped
    class_say_camera_stopped
    class_say_screen_stopped
    class_say_hand_up
    class_say_hand_lowered
    class_say_hand_rank
    class_say_floor
    class_say_floor_mine
    class_say_floor_give
    class_say_floor_take
    class_say_mic_given
    class_say_floor_speak
    class_say_mic_over
    class_say_knocks_now
    class_say_knock_late
    class_say_removed
    class_say_refused
    class_say_undo
    class_say_lock_on
    class_say_lock_off
    class_say_me
    class_say_you
    class_say_teacher
    class_say_away
    class_say_left
    class_say_barred
    class_say_mic_on
    class_say_mic_off
    class_say_mic_unheard
    class_say_camera_on
    class_say_unseen
    class_say_screen_of
    class_say_screen_kept
    class_say_picture_kept
    class_say_screen_yours
    class_say_more_people
    class_say_more_of
    class_say_to_class
    class_say_to_teacher
    class_say_to_one
    class_say_field_class
    class_say_field_teacher
    class_say_field_one
    class_say_private_teacher
    class_say_private_one
    class_say_slow
    class_say_sending
    class_say_deleted
    class_say_delete
    class_say_no_slow
    class_say_no_full
    class_say_no_long
    class_say_no_other
    class_say_from_one
    class_say_link_until
    class_say_link_none
    class_say_link_copied
    class_say_link_failed
    class_say_bye_ended
    class_say_bye_ended_then
    class_say_bye_ended_lead
    class_say_bye_left
    class_say_bye_left_then
    class_say_bye_replaced
    class_say_bye_replaced_then
    class_say_bye_removed
    class_say_bye_removed_then
    class_say_bye_expired
    class_say_bye_expired_then
    class_say_bye_no_card
    class_say_bye_no_card_then
    class_say_bye_not_yours
    class_say_bye_not_yours_then
    class_say_bye_crowded
    class_say_bye_crowded_then
    class_say_bye_early
    class_say_bye_early_then
    class_say_bye_cancelled
    class_say_bye_cancelled_then
    class_say_bye_guests
    class_say_bye_guests_then
    class_say_bye_full
    class_say_bye_full_then
    class_say_bye_misuse
    class_say_bye_misuse_then
    class_say_go_home
    class_say_go_rollcall
    class_say_go_here
    class_say_go_back
    class_say_go_sign_in
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_given_every_sentence_that_the_text_files_hold() {
        let file = include_str!("texts.fr.ftl");
        let keys =
            file.lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key.replace('-', "_"));
        let written: Vec<String> = keys.filter(|key| key.starts_with(PREFIX)).collect();
        let given: Vec<&str> = WORDS.iter().map(|(key, _)| *key).collect();
        assert_eq!(given, written);
    }

    #[test]
    fn the_scripts_say_nothing_that_they_were_not_given() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/classroom");
        let mut said = 0;
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().extension().is_none_or(|ending| ending != "js") {
                continue;
            }
            let script = std::fs::read_to_string(entry.path()).unwrap();
            let calls = script.split("say('").skip(1).chain(script.split("toast('").skip(1));
            for rest in calls {
                let (key, _) = rest.split_once('\'').unwrap();
                let is_given = WORDS.iter().any(|(given, _)| given[PREFIX.len()..] == *key);
                assert!(is_given, "{}: {key}", entry.path().display());
                said += 1;
            }
        }
        assert!(said > 40, "the scripts were read");
    }
}
