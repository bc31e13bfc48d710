-- Ids are drawn by the program (positive, below 2^53); times are milliseconds
-- since the Unix epoch, UTC, bound by the program. Nothing has a default.

CREATE TABLE signing_key (
    id          BIGINT PRIMARY KEY,
    secret      BLOB   NOT NULL,
    created_at  BIGINT NOT NULL,
    retired_at  BIGINT
);

CREATE TABLE school (
    id          BIGINT PRIMARY KEY,
    code        TEXT   NOT NULL UNIQUE,
    name        TEXT   NOT NULL,
    time_zone   TEXT   NOT NULL
);

CREATE TABLE person (
    id          BIGINT PRIMARY KEY,
    school      BIGINT NOT NULL REFERENCES school (id),
    role        TEXT   NOT NULL,
    given_name  TEXT   NOT NULL,
    family_name TEXT   NOT NULL,
    login       TEXT   UNIQUE,
    password    TEXT,
    card_epoch  BIGINT NOT NULL,
    lang        TEXT,
    created_at  BIGINT NOT NULL
);
CREATE INDEX person_by_name ON person (school, role, family_name, given_name);

CREATE TABLE guardian_of (
    guardian    BIGINT NOT NULL REFERENCES person (id),
    pupil       BIGINT NOT NULL REFERENCES person (id),
    PRIMARY KEY (guardian, pupil)
);

CREATE TABLE class_group (
    id          BIGINT PRIMARY KEY,
    school      BIGINT NOT NULL REFERENCES school (id),
    name        TEXT   NOT NULL
);

CREATE TABLE member (
    group_id    BIGINT NOT NULL REFERENCES class_group (id),
    person      BIGINT NOT NULL REFERENCES person (id),
    PRIMARY KEY (group_id, person)
);
CREATE INDEX member_by_person ON member (person);

CREATE TABLE subject (
    id          BIGINT PRIMARY KEY,
    school      BIGINT NOT NULL REFERENCES school (id),
    name        TEXT   NOT NULL,
    hue         BIGINT NOT NULL
);

-- One dated timetable cell; the lesson held live in it has the same id.
CREATE TABLE slot (
    id           BIGINT PRIMARY KEY,
    school       BIGINT NOT NULL REFERENCES school (id),
    group_id     BIGINT NOT NULL REFERENCES class_group (id),
    subject      BIGINT NOT NULL REFERENCES subject (id),
    teacher      BIGINT NOT NULL REFERENCES person (id),
    substitute   BIGINT REFERENCES person (id),
    room_name    TEXT   NOT NULL,
    starts_at    BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    cancelled_at BIGINT
);
CREATE INDEX slot_by_group ON slot (group_id, starts_at);
CREATE INDEX slot_by_teacher ON slot (teacher, starts_at);
CREATE INDEX slot_by_substitute ON slot (substitute, starts_at);
CREATE INDEX slot_by_school ON slot (school, starts_at);

CREATE TABLE device (
    id          BIGINT PRIMARY KEY,
    person      BIGINT NOT NULL REFERENCES person (id),
    label       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    revoked_at  BIGINT
);
CREATE INDEX device_by_person ON device (person, created_at);

CREATE TABLE card_link (
    id          BIGINT PRIMARY KEY,
    secret_hash BLOB   NOT NULL UNIQUE,
    person      BIGINT NOT NULL REFERENCES person (id),
    made_by     BIGINT,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    reusable    BIGINT NOT NULL,
    spent_at    BIGINT
);

CREATE TABLE guest_link (
    id          BIGINT PRIMARY KEY,
    slot        BIGINT NOT NULL REFERENCES slot (id),
    secret_hash BLOB   NOT NULL UNIQUE,
    made_by     BIGINT NOT NULL REFERENCES person (id),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    revoked_at  BIGINT
);
CREATE INDEX guest_link_by_slot ON guest_link (slot, expires_at);

-- The log of a lesson, as the crate `lesson` writes it.
CREATE TABLE lesson_event (
    slot        BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    body        TEXT   NOT NULL,
    PRIMARY KEY (slot, seq)
);

-- What the teacher made of the presence that the log shows.
CREATE TABLE roll_call (
    slot         BIGINT PRIMARY KEY REFERENCES slot (id),
    version      BIGINT NOT NULL,
    validated_by BIGINT REFERENCES person (id),
    validated_at BIGINT
);

-- An entry is marked wrong and replaced, never deleted.
CREATE TABLE roll_entry (
    id          BIGINT PRIMARY KEY,
    slot        BIGINT NOT NULL REFERENCES slot (id),
    pupil       BIGINT NOT NULL REFERENCES person (id),
    status      TEXT   NOT NULL,
    minutes     BIGINT NOT NULL,
    made_by     BIGINT REFERENCES person (id),
    made_at     BIGINT NOT NULL,
    wrong_by    BIGINT REFERENCES person (id),
    wrong_at    BIGINT
);
CREATE INDEX roll_entry_by_slot ON roll_entry (slot, pupil);

-- Every access to a pupil's data by an adult who is not their teacher, and
-- every act on somebody else's credentials.
CREATE TABLE access_log (
    id          BIGINT PRIMARY KEY,
    school      BIGINT NOT NULL,
    person      BIGINT NOT NULL,
    action      TEXT   NOT NULL,
    subject     BIGINT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX access_log_by_subject ON access_log (subject, at);
