-- A station has two live keys at most, so that a new one may stand beside the old while it changes.
CREATE TABLE station_key (
    kid text PRIMARY KEY,
    station_code text NOT NULL,
    public_x text NOT NULL,
    added_at timestamptz NOT NULL,
    revoked_at timestamptz,
    place smallint NOT NULL CHECK (place IN (1, 2))
);
REVOKE DELETE ON station_key FROM service_role;
CREATE UNIQUE INDEX station_key_live ON station_key (station_code, place) WHERE revoked_at IS NULL;
CREATE INDEX station_key_station ON station_key (station_code);

CREATE TABLE enterprise (
    key uuid PRIMARY KEY,
    credit_code text,
    name text NOT NULL,
    division_code text NOT NULL
);

-- The last number given in a division and year; a number is never given twice, gaps may be.
CREATE TABLE number_series (
    division_code text NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (division_code, year)
) WITH (fillfactor = 50);
REVOKE DELETE ON number_series FROM service_role;

CREATE TABLE item (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT '',
    client_id uuid,
    station_id uuid,
    division_code text NOT NULL DEFAULT '',
    item_type text NOT NULL DEFAULT 'problem',
    source_kind text NOT NULL DEFAULT 'station',
    enterprise_id uuid,
    enterprise_code text,
    deputy_id uuid,
    confidential boolean NOT NULL DEFAULT false,
    self_interest boolean NOT NULL DEFAULT false,
    occurred_at timestamptz,
    received_at timestamptz,
    accepted_at timestamptz,
    number text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    merged_into uuid,
    solved_on_spot boolean NOT NULL DEFAULT false,
    body_digest text NOT NULL DEFAULT '',
    last_digest text NOT NULL DEFAULT '',
    erased_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX item_station ON item (station_id, key);

CREATE TABLE item_text (
    key uuid PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL,
    supplements text[] NOT NULL,
    rating_reasons text[] NOT NULL,
    decision_note text NOT NULL
);

-- What was erased, when and by whom, is read from all that was said.
CREATE INDEX outbox_erasure ON outbox (id) WHERE type = 'item.erased';

-- Whom to call back; sealed with the contact keys, each for its own item.
CREATE TABLE contact (
    key uuid PRIMARY KEY REFERENCES item,
    sealed text NOT NULL
);

-- How far others are with an item; each column follows one topic.
CREATE TABLE progress (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    dispatch_no integer NOT NULL DEFAULT 0,
    owner_level text NOT NULL DEFAULT '',
    lead_unit uuid,
    tasks json NOT NULL DEFAULT '[]',
    reply_no integer NOT NULL DEFAULT 0,
    outcome text,
    promised_on date,
    rating text,
    is_closed boolean NOT NULL DEFAULT false,
    reply_plain text NOT NULL DEFAULT '',
    reply_text text NOT NULL DEFAULT ''
) WITH (fillfactor = 70);

CREATE TABLE activity (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    client_id uuid,
    station_id uuid,
    kind text NOT NULL DEFAULT '',
    organiser_division text NOT NULL DEFAULT '',
    place_division text NOT NULL DEFAULT '',
    partners text[] NOT NULL DEFAULT '{}',
    first_day date,
    last_day date,
    enterprise_ids uuid[] NOT NULL DEFAULT '{}',
    received_at timestamptz,
    body_digest text NOT NULL DEFAULT ''
);

CREATE TABLE attendance (
    activity_id uuid NOT NULL REFERENCES activity,
    person_id uuid NOT NULL,
    is_deputy boolean NOT NULL,
    is_street_rep boolean NOT NULL,
    PRIMARY KEY (activity_id, person_id)
);
REVOKE UPDATE, DELETE ON attendance FROM service_role;
