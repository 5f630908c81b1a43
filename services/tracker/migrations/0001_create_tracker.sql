-- One row an item: up to erased_at from intake, up to units from the router, then our own.
CREATE TABLE "case" (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    division_code text NOT NULL DEFAULT '',
    station_id uuid,
    intake_state text NOT NULL DEFAULT '',
    submitted_at timestamptz,
    received_at timestamptz,
    paused_at timestamptz,
    pauses json NOT NULL DEFAULT '[]',
    station_steps json NOT NULL DEFAULT '[]',
    proposers uuid[] NOT NULL DEFAULT '{}',
    other_ratings json NOT NULL DEFAULT '[]',
    item_type text,
    source_kind text,
    policy_codes text[] NOT NULL DEFAULT '{}',
    number text NOT NULL DEFAULT '',
    accepted_at timestamptz,
    passed_on_at timestamptz,
    profile text,
    solved_on_spot boolean NOT NULL DEFAULT false,
    solved_by uuid,
    merged_into uuid,
    confidential boolean NOT NULL DEFAULT false,
    self_interest boolean NOT NULL DEFAULT false,
    erased_at timestamptz,
    routed_division text NOT NULL DEFAULT '',
    organ_id uuid,
    escalated_at timestamptz,
    escalations json NOT NULL DEFAULT '[]',
    escalating_organs uuid[] NOT NULL DEFAULT '{}',
    owner_level text,
    dispatch_no integer NOT NULL DEFAULT 0,
    dispatched_at timestamptz,
    dispatcher_organ uuid,
    complexity text NOT NULL DEFAULT 'normal',
    matter_code text NOT NULL DEFAULT '',
    rule_id text NOT NULL DEFAULT '',
    reason_code text NOT NULL DEFAULT '',
    automatic boolean NOT NULL DEFAULT false,
    units uuid[] NOT NULL DEFAULT '{}',
    handed_back_no integer NOT NULL DEFAULT 0,
    phase text NOT NULL DEFAULT 'handling',
    round integer NOT NULL DEFAULT 1,
    rework_at timestamptz,
    reply_no integer NOT NULL DEFAULT 0,
    outcome text,
    promised_on date,
    replied_at timestamptz,
    rating_until timestamptz,
    rating text,
    rated_at timestamptz,
    supervision text NOT NULL DEFAULT 'none',
    key_candidate text NOT NULL DEFAULT '',
    key_candidate_at timestamptz,
    leader text NOT NULL DEFAULT '',
    closed_at timestamptz,
    closed_how text NOT NULL DEFAULT '',
    place text NOT NULL DEFAULT '',
    waits_until timestamptz,
    next_due timestamptz
) WITH (fillfactor = 80);
CREATE INDEX case_number ON "case" (number text_pattern_ops);
CREATE INDEX case_waiting ON "case" (dispatcher_organ, waits_until, key)
    WHERE phase <> 'closed' AND waits_until IS NOT NULL;
CREATE INDEX case_escalated ON "case" USING gin (escalating_organs)
    WHERE escalating_organs <> '{}' AND phase <> 'closed' AND next_due IS NOT NULL;
CREATE INDEX case_place ON "case" (place, key);
CREATE INDEX case_open ON "case" (place, coalesce(next_due, 'infinity'), key)
    WHERE phase <> 'closed' AND intake_state <> ALL ('{withdrawn,rejected,transferred,merged}');
CREATE INDEX case_station ON "case" (station_id, key);
CREATE INDEX case_candidate ON "case" (key) WHERE key_candidate = 'open';
CREATE INDEX case_leader ON "case" (leader) WHERE leader <> '';

CREATE TABLE task (
    key uuid NOT NULL REFERENCES "case",
    task_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    role text NOT NULL,
    external boolean NOT NULL,
    dispatch_no integer NOT NULL,
    given_at timestamptz NOT NULL,
    organ_id uuid,
    sign_n integer NOT NULL,
    sign_kind text NOT NULL,
    reply_n integer NOT NULL,
    reply_kind text NOT NULL,
    object_until timestamptz NOT NULL,
    signed_at timestamptz,
    by_silence boolean NOT NULL,
    objection text NOT NULL,
    objected_at timestamptz,
    objected_round integer NOT NULL,
    decided_at timestamptz,
    contacted_at timestamptz,
    contacted_round integer NOT NULL,
    opinion_at timestamptz,
    drafted_at timestamptz,
    drafted_round integer NOT NULL,
    draft_outcome text,
    draft_promised_on date,
    draft_waived boolean NOT NULL,
    replied_round integer NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (key, task_id)
) WITH (fillfactor = 80);
CREATE INDEX task_unit ON task (unit_id, key);

-- Duties that run; one fulfilled leaves no row. At most two indexes beside the key.
CREATE TABLE clock (
    key uuid NOT NULL,
    kind text NOT NULL,
    task_id uuid NOT NULL,
    round integer NOT NULL,
    debtor text NOT NULL,
    started_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    limit_n integer NOT NULL,
    limit_kind text NOT NULL,
    provisional boolean NOT NULL,
    paused boolean NOT NULL,
    step integer NOT NULL,
    next_at timestamptz,
    PRIMARY KEY (key, kind, task_id, round)
) WITH (fillfactor = 80);
CREATE INDEX clock_next ON clock (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX clock_debtor ON clock (debtor, due_at);

CREATE TABLE words (
    key uuid PRIMARY KEY REFERENCES "case",
    replies json NOT NULL,
    objections json NOT NULL,
    contacts json NOT NULL,
    opinions json NOT NULL,
    drafts json NOT NULL
);

CREATE TABLE timeline_entry (
    key uuid NOT NULL REFERENCES "case",
    seq bigint NOT NULL,
    type text NOT NULL,
    happened_at timestamptz NOT NULL,
    actor text NOT NULL,
    task_id uuid,
    detail text NOT NULL,
    PRIMARY KEY (key, seq)
);
CALL deny_service('UPDATE, DELETE', 'timeline_entry');

CREATE TABLE item_text (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    title text NOT NULL DEFAULT '',
    body text NOT NULL DEFAULT '',
    supplements json NOT NULL DEFAULT '[]',
    ratings json NOT NULL DEFAULT '[]',
    decision_note text NOT NULL DEFAULT '',
    members json NOT NULL DEFAULT '[]',
    reasons json NOT NULL DEFAULT '[]'
);

-- The pairs of neighbours in a folded text and, if asked, its single characters, each as four signed
-- bytes. Rare characters may share a gram, so what the index finds is compared once more.
CREATE FUNCTION grams(folded text, singles boolean) RETURNS integer[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    WITH character AS MATERIALIZED (
        SELECT ascii(c) AS code, lead(ascii(c)) OVER (ORDER BY n) AS next
        FROM string_to_table(folded, NULL) WITH ORDINALITY AS parts (c, n)
    )
    SELECT array_agg(gram) FROM (
        SELECT code AS gram FROM character WHERE singles
        UNION
        SELECT ((((code::bigint << 16) | next) + 2147483648) % 4294967296 - 2147483648)::integer
        FROM character WHERE next IS NOT NULL
    ) AS found
$$;

-- The fewest grams that every text with these folded words has.
CREATE FUNCTION grams_of_words(words text[]) RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT gram), '{}')
    FROM unnest(words) AS word CROSS JOIN unnest(grams(word, length(word) = 1)) AS gram
$$;

-- Texts as the search compares them (domain/search.py); made of item_text after the fold's
-- transaction, which leaves the key in search_pending. The reader role cannot read them: under row
-- security PostgreSQL would not use the index, for its operator may betray what it compares.
CREATE TABLE search_text (
    key uuid PRIMARY KEY,
    folded text NOT NULL
);
CREATE INDEX search_grams ON search_text USING gin (grams(folded, true))
    WITH (gin_pending_list_limit = 1024);
-- Every analyze would compute the grams of 30,000 texts, which no plan needs.
ALTER INDEX search_grams ALTER COLUMN 1 SET STATISTICS 0;

CREATE TABLE search_pending (
    key uuid PRIMARY KEY,
    since timestamptz NOT NULL
);

CREATE TABLE report (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    filer text NOT NULL DEFAULT '',
    period_start date,
    period_end date,
    due_at timestamptz,
    stage text NOT NULL DEFAULT '',
    stage_at timestamptz,
    checked_by text NOT NULL DEFAULT '',
    confirmed_by text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 0,
    late_days integer NOT NULL DEFAULT 0
);
CREATE INDEX report_filer ON report (filer, period_end);

-- What a page may read, the same as domain/rights.py decides. Counts read whole lists of duties and
-- cases: what costs least and is mostly true is asked first.
CALL show_rows('"case"', $$
    dispatcher_organ IN (SELECT seen_keys('organs'))
    OR units && ARRAY(SELECT seen_keys('units'))
    OR place IN (SELECT seen('divisions'))
    OR station_id IN (SELECT seen_keys('stations'))
    OR leader || ' ' || place IN (SELECT seen('leads'))
$$);
CALL show_rows('clock', $$
    debtor IN (SELECT seen('debtors'))
    OR (SELECT true FROM "case" WHERE "case".key = clock.key)
$$);
CALL show_rows('task', '(SELECT true FROM "case" WHERE "case".key = task.key)');
CALL show_rows('timeline_entry', '(SELECT true FROM "case" WHERE "case".key = timeline_entry.key)');

-- What people wrote, for whoever may look into the case: above it some see only how far it is.
DO $do$
DECLARE
    readable constant text := $$(SELECT dispatcher_organ IN (SELECT seen_keys('organs'))
        OR units && ARRAY(SELECT seen_keys('units'))
        OR place IN (SELECT seen('texts'))
        OR place || ' ' || owner_level IN (SELECT seen('texts'))
        OR station_id IN (SELECT seen_keys('stations'))
        OR leader || ' ' || place IN (SELECT seen('leads'))
        FROM "case" WHERE "case".key = %I.key)$$;
BEGIN
    CALL show_rows('words', format(readable, 'words'));
    CALL show_rows('item_text', format(readable, 'item_text'));
    CALL show_rows('outbox', '(SELECT true FROM "case" WHERE "case".key = outbox.key)'
        ' AND (topic NOT LIKE ''%.text.v1'' OR ' || format(readable, 'outbox') || ')');
END $do$;
CALL show_rows('report', $$filer IN (SELECT seen('filers'))$$);

-- How far a key is, and whether it is under repair: nothing of what it holds.
CALL allow_reader('SELECT', 'position');
CALL allow_reader('SELECT', 'outage');
