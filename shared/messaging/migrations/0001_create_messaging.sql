-- One row per consumed (topic, key): deduplication, order lock, zombie fence, and block of the key.
CREATE TABLE position (
    topic text NOT NULL,
    key uuid NOT NULL,
    seq bigint NOT NULL,
    event_id uuid,
    blocked boolean NOT NULL DEFAULT false,
    PRIMARY KEY (topic, key)
) WITH (fillfactor = 80);
CREATE INDEX position_blocked ON position (key) WHERE blocked;
CALL deny_service('DELETE', 'position');

-- Every event this service has published: insert-only, partitioned by month; only the payload of a
-- text may become null.
CREATE TABLE outbox (
    id bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    topic text NOT NULL,
    key uuid NOT NULL,
    seq bigint NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    occurred_at timestamptz NOT NULL,
    correlation_id uuid NOT NULL,
    prev_hash text NOT NULL,
    hash text NOT NULL,
    payload bytea,
    PRIMARY KEY (recorded_at, id)
) PARTITION BY RANGE (recorded_at);
-- Used for a subject's trail and for erasing its texts.
CREATE INDEX outbox_key ON outbox (key, id);
CREATE SEQUENCE outbox_id INCREMENT BY 10000;
CALL deny_service('UPDATE, DELETE', 'outbox');
CALL allow_service('UPDATE (payload)', 'outbox');

CREATE FUNCTION only_erase() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE erased record := OLD;
BEGIN
    erased.payload := NULL;
    IF TG_OP = 'UPDATE' AND OLD.topic LIKE '%.text.v%' AND NEW IS NOT DISTINCT FROM erased THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'published events are permanent: only the payload of a text may become null'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER outbox_only_erase BEFORE UPDATE OR DELETE ON outbox
    FOR EACH ROW EXECUTE FUNCTION only_erase();

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER outbox_keep BEFORE TRUNCATE ON outbox EXECUTE FUNCTION refuse();

-- What the record held: a hash over the hashes of all events whose ids lie in a range. Each is told
-- outside of this database too (the log), so that what is gone as a whole is missed.
CREATE TABLE audit_anchor (
    after bigint NOT NULL,
    upto bigint PRIMARY KEY,
    since timestamptz NOT NULL,
    events bigint NOT NULL,
    root text NOT NULL,
    anchored_at timestamptz NOT NULL
);
CALL deny_service('UPDATE, DELETE', 'audit_anchor');
CREATE TRIGGER anchor_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_anchor
    EXECUTE FUNCTION refuse();

CREATE TABLE outbox_pending (
    id bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL
);
CALL deny_service('UPDATE', 'outbox_pending');

CREATE TABLE relay (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    owner text NOT NULL DEFAULT '',
    since timestamptz
);
INSERT INTO relay DEFAULT VALUES;
CALL deny_service('INSERT, DELETE', 'relay');

-- When the clocks last ran, by the service's time and in real time, and when they did not.
CREATE TABLE pulse (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at timestamptz NOT NULL,
    real_at timestamptz NOT NULL
);
CALL deny_service('DELETE', 'pulse');
CREATE TABLE outage (
    began_at timestamptz NOT NULL,
    ended_at timestamptz PRIMARY KEY
);
CALL deny_service('UPDATE, DELETE', 'outage');

-- What could not be applied, and what waits behind it. Without a key: not even that was readable.
CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key uuid,
    seq bigint,
    event_id uuid,
    type text,
    reason text NOT NULL,
    traceback text NOT NULL DEFAULT '',
    headers json NOT NULL,
    payload bytea,
    dead_at timestamptz NOT NULL,
    -- Giving an event up takes two people: one asks with a reason, another one confirms.
    discard_asked_by text,
    discard_reason text,
    discard_asked_at timestamptz,
    UNIQUE (topic, partition, "offset"),
    CHECK (num_nonnulls(discard_asked_by, discard_reason, discard_asked_at) IN (0, 3))
);
CREATE INDEX dead_letter_key ON dead_letter (topic, key, seq);

CREATE TABLE dead_letter_decision (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    decided_at timestamptz NOT NULL,
    action text NOT NULL CHECK (action IN ('released', 'discarded')),
    topic text NOT NULL,
    key uuid,
    seq bigint,
    event_id uuid,
    reason text NOT NULL,
    decided_by text NOT NULL,
    confirmed_by text
);
CALL deny_service('UPDATE, DELETE', 'dead_letter_decision');
CREATE TRIGGER decision_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON dead_letter_decision
    EXECUTE FUNCTION refuse();

-- Partitions are made by whoever writes first into a month; the owner's rights, not the writer's.
CREATE FUNCTION ensure_outbox_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)',
        'outbox_' || to_char(month, 'YYYYMM'), month, (month + interval '1 month')::date
    );
EXCEPTION WHEN duplicate_table OR unique_violation THEN
    NULL;
END $$;
REVOKE ALL ON FUNCTION ensure_outbox_month FROM PUBLIC;
CALL allow_service('EXECUTE', 'FUNCTION ensure_outbox_month');
