-- The directory as it was last put; what changed is said on router.directory.v1.
CREATE TABLE entry (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    type text NOT NULL DEFAULT '',
    body text NOT NULL DEFAULT ''
);

-- What changed in an entry of the directory; no other event of the outbox is in this.
CREATE INDEX outbox_entry ON outbox (key, seq) WHERE topic = 'router.directory.v1';

-- A table somebody is about to import, kept from the preview until it is entered; for a day.
CREATE TABLE upload (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    file_name text NOT NULL,
    body text NOT NULL,
    uploaded_by uuid NOT NULL,
    uploaded_at timestamptz NOT NULL
);

CREATE TABLE item (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    division_code text NOT NULL DEFAULT '',
    number text NOT NULL DEFAULT '',
    intake_state text NOT NULL DEFAULT '',
    accepted_at timestamptz,
    profile text NOT NULL DEFAULT 'station_item',
    complexity text NOT NULL DEFAULT 'normal',
    confidential boolean NOT NULL DEFAULT false,
    self_interest boolean NOT NULL DEFAULT false,
    erased_at timestamptz,
    confidence text NOT NULL DEFAULT '',
    matter_code text NOT NULL DEFAULT '',
    case_seq bigint NOT NULL DEFAULT 0,
    returned integer NOT NULL DEFAULT 0,
    replied_seq bigint NOT NULL DEFAULT 0,
    closed boolean NOT NULL DEFAULT false,
    leader text NOT NULL DEFAULT '',
    level text NOT NULL DEFAULT '',
    organ_id uuid,
    climbed_at timestamptz,
    dispatch_no integer NOT NULL DEFAULT 0,
    given integer NOT NULL DEFAULT 0,
    given_matter text NOT NULL DEFAULT '',
    given_complexity text NOT NULL DEFAULT 'normal',
    duty text NOT NULL DEFAULT '',
    duty_since timestamptz
) WITH (fillfactor = 70);
-- What each organ has to do, the oldest first.
CREATE INDEX item_duty ON item (organ_id, duty_since) WHERE duty <> '';

CREATE TABLE task (
    task_id uuid PRIMARY KEY,
    key uuid NOT NULL,
    unit_id uuid NOT NULL,
    role text NOT NULL,
    dispatch_no integer NOT NULL,
    external boolean NOT NULL,
    ended boolean NOT NULL,
    objection_seq bigint NOT NULL,
    objected_at timestamptz,
    suggested_unit uuid,
    decided_seq bigint NOT NULL,
    homeless_since timestamptz
);
CREATE INDEX task_item ON task (key);
-- What a unit has to do: when it is abolished, and whether anybody is there for it.
CREATE INDEX task_unit ON task (unit_id) WHERE NOT ended;

CREATE TABLE reason (
    key uuid NOT NULL,
    n integer NOT NULL,
    dispatch_no integer NOT NULL,
    zh text NOT NULL,
    en text NOT NULL,
    note text NOT NULL,
    confirmed_by uuid,
    PRIMARY KEY (key, n)
);

CREATE TABLE item_text (
    key uuid PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL
);
