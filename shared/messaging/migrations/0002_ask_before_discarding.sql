-- Giving an event up takes two people: one asks with a reason, another one confirms.
ALTER TABLE dead_letter
    ADD COLUMN discard_asked_by text,
    ADD COLUMN discard_reason text,
    ADD COLUMN discard_asked_at timestamptz,
    ADD CHECK (num_nonnulls(discard_asked_by, discard_reason, discard_asked_at) IN (0, 3));
