-- The lessons of a day, of all schools at once: what the door plans with.
CREATE INDEX slot_by_start ON slot (starts_at);
