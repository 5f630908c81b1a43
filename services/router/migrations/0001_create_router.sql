-- The current directory; changes are published on router.directory.v1.
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
    policy_codes text[] NOT NULL DEFAULT '{}',
    confidential boolean NOT NULL DEFAULT false,
    self_interest boolean NOT NULL DEFAULT false,
    erased_at timestamptz,
    confidence text NOT NULL DEFAULT '',
    matter_code text NOT NULL DEFAULT '',
    case_seq bigint NOT NULL DEFAULT 0,
    handed_back integer NOT NULL DEFAULT 0,
    replied_seq bigint NOT NULL DEFAULT 0,
    closed boolean NOT NULL DEFAULT false,
    leader text NOT NULL DEFAULT '',
    announced_matter text NOT NULL DEFAULT '',
    announced_level text NOT NULL DEFAULT '',
    level text NOT NULL DEFAULT '',
    organ_id uuid,
    escalated_at timestamptz,
    dispatch_no integer NOT NULL DEFAULT 0,
    handed_over integer NOT NULL DEFAULT 0,
    dispatched_matter text NOT NULL DEFAULT '',
    dispatched_complexity text NOT NULL DEFAULT 'normal',
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
    objected_by text NOT NULL,
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
    level text NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (key, n)
);

CREATE TABLE item_text (
    key uuid PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL
);

-- Who is signed in, in which browser; a session that ended is no longer here.
CREATE TABLE session (
    sid uuid PRIMARY KEY,
    person uuid NOT NULL,
    way text NOT NULL,
    begun_at timestamptz NOT NULL,
    renewed_at timestamptz NOT NULL,
    proved_at timestamptz NOT NULL,
    address text NOT NULL,
    program text NOT NULL
);
CREATE INDEX session_person ON session (person);
CREATE INDEX session_renewed ON session (renewed_at);

-- Browsers that were sent to the provider and did not come back yet.
CREATE TABLE at_provider (
    state text PRIMARY KEY,
    nonce text NOT NULL,
    verifier text NOT NULL,
    next text NOT NULL,
    begun_at timestamptz NOT NULL
);
CREATE INDEX at_provider_begun ON at_provider (begun_at);

-- Who may sign in with a password of their own. Names are lower case.
CREATE TABLE account (
    person uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    one_time_until timestamptz,
    failures integer NOT NULL,
    locks integer NOT NULL,
    locked_until timestamptz,
    changed_at timestamptz NOT NULL
);

-- Failed sign-ins with an account by source: an address, or a browser that signed in before.
CREATE TABLE source_lock (
    person uuid,
    source text,
    failures integer NOT NULL,
    locks integer NOT NULL,
    locked_until timestamptz,
    failed_at timestamptz NOT NULL,
    PRIMARY KEY (person, source)
);
CREATE INDEX source_lock_failed ON source_lock (failed_at);

-- Second factors; the secret is sealed, recovery codes are hashed.
CREATE TABLE second_factor (
    person uuid PRIMARY KEY,
    sealed text NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL,
    recovery text[] NOT NULL
);

-- Every try to sign in, for a year.
CREATE TABLE sign_in_record (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    person uuid,
    way text NOT NULL,
    result text NOT NULL,
    address text NOT NULL
);
CALL deny_service('UPDATE', 'sign_in_record');
CREATE INDEX sign_in_record_person ON sign_in_record (person, id);
CREATE INDEX sign_in_record_at ON sign_in_record (at);
CALL keep_lines('sign_in_record', 'at', '365 days');

-- What a page may read, the same as domain/rights.py decides.
CREATE FUNCTION is_handled(item uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM task WHERE key = item AND unit_id IN (SELECT seen_keys('units')))
$$;
REVOKE ALL ON FUNCTION is_handled FROM PUBLIC;
CALL allow_reader('EXECUTE', 'FUNCTION is_handled');

CALL show_rows('item', $$
    division_code IN (SELECT seen('divisions'))
    OR organ_id IN (SELECT seen_keys('organs'))
    OR is_handled(key)
$$);
CALL show_rows('task', '(SELECT true FROM item WHERE item.key = task.key)');

-- What people wrote, for whoever may look into the item: above it some see only how far it is.
DO $do$
DECLARE
    readable constant text := $$(SELECT organ_id IN (SELECT seen_keys('organs'))
        OR division_code IN (SELECT seen('texts'))
        OR division_code || ' ' || level IN (SELECT seen('texts'))
        OR is_handled(key)
        FROM item WHERE item.key = %I.key)$$;
BEGIN
    CALL show_rows('reason', format(readable, 'reason'));
    CALL show_rows('item_text', format(readable, 'item_text'));
    CALL show_rows('outbox', '(SELECT true FROM item WHERE item.key = outbox.key)'
        ' AND (topic NOT LIKE ''%.text.v1'' OR ' || format(readable, 'outbox') || ')');
END $do$;
