-- What operators did at the gate. The levers in force are the fold of those
-- that were done, in the order of their times and ids.

CREATE TABLE lever (
    id          BIGINT PRIMARY KEY,
    at          BIGINT NOT NULL,
    person      BIGINT NOT NULL REFERENCES person (id),
    lever       TEXT   NOT NULL,
    undoing     TEXT   NOT NULL,
    about       TEXT   NOT NULL,
    why         TEXT   NOT NULL,
    is_done     BIGINT NOT NULL
);
CREATE INDEX lever_by_time ON lever (at, id);
