-- One row a (topic, key) heard: dedupe, order lock, zombie fence and parking lock at once.
CREATE TABLE position (
    topic text NOT NULL,
    key uuid NOT NULL,
    seq bigint NOT NULL,
    event_id uuid,
    parked boolean NOT NULL DEFAULT false,
    PRIMARY KEY (topic, key)
) WITH (fillfactor = 80);
CREATE INDEX position_parked ON position (key) WHERE parked;

-- Everything this service ever said: insert-only, by month; only a text's payload may become null.
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
CREATE SEQUENCE outbox_id INCREMENT BY 10000;

CREATE TABLE outbox_pending (
    id bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE relay (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    owner text NOT NULL DEFAULT '',
    since timestamptz
);
INSERT INTO relay DEFAULT VALUES;

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
    parked_at timestamptz NOT NULL,
    UNIQUE (topic, partition, "offset")
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
