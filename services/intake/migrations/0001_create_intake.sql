-- A station, or a person there, has two live keys at most: the old one and its replacement.
-- `used_at` is exact to the hour; without `added_by` or `revoked_by` it was the command line.
CREATE TABLE station_key (
    kid text PRIMARY KEY,
    station_code text NOT NULL,
    public_x text NOT NULL,
    person_id uuid,
    added_at timestamptz NOT NULL,
    revoked_at timestamptz,
    used_at timestamptz,
    added_by uuid,
    revoked_by uuid,
    place smallint NOT NULL CHECK (place IN (1, 2))
);
CALL deny_service('DELETE', 'station_key');
CREATE UNIQUE INDEX station_key_live ON station_key (station_code, person_id, place)
    NULLS NOT DISTINCT WHERE revoked_at IS NULL;
CREATE INDEX station_key_station ON station_key (station_code);

CREATE TABLE enterprise (
    key uuid PRIMARY KEY,
    credit_code text,
    name text NOT NULL,
    folded text NOT NULL,
    division_code text NOT NULL
);
CREATE INDEX enterprise_begins ON enterprise (folded text_pattern_ops);

-- A table somebody is about to import, kept from the preview until it is entered; for a day.
CREATE TABLE upload (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    file_name text NOT NULL,
    body text NOT NULL,
    uploaded_by uuid NOT NULL,
    uploaded_at timestamptz NOT NULL
);

-- The last number of a division and year. Numbers are never reused; there may be gaps.
CREATE TABLE number_series (
    division_code text NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (division_code, year)
) WITH (fillfactor = 50);
CALL deny_service('DELETE', 'number_series');

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
    policy_codes text[] NOT NULL DEFAULT '{}',
    confidential boolean NOT NULL DEFAULT false,
    self_interest boolean NOT NULL DEFAULT false,
    entered_by_proxy boolean NOT NULL DEFAULT false,
    occurred_at timestamptz,
    clock_ahead boolean NOT NULL DEFAULT false,
    received_at timestamptz,
    accepted_at timestamptz,
    ended_at timestamptz,
    profile text NOT NULL DEFAULT 'station_item',
    complexity text NOT NULL DEFAULT 'normal',
    number text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    merged_into uuid,
    members uuid[] NOT NULL DEFAULT '{}',
    solved_on_spot boolean NOT NULL DEFAULT false,
    solved_by uuid,
    body_digest text NOT NULL DEFAULT '',
    digests text[] NOT NULL DEFAULT '{}',
    request_ids text[] NOT NULL DEFAULT '{}',
    erased_at timestamptz,
    paused_at timestamptz,
    pauses json NOT NULL DEFAULT '[]',
    ratings json NOT NULL DEFAULT '[]',
    tellings json NOT NULL DEFAULT '[]',
    is_told boolean NOT NULL DEFAULT false,
    reopen_requests json NOT NULL DEFAULT '[]',
    open_calls integer NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
) WITH (fillfactor = 70);
CREATE INDEX item_station ON item (station_id, key);
-- What waits at a station, and what it rejected, transferred, merged or gave back.
CREATE INDEX item_state ON item (station_id, state, key) WHERE state <> 'ACCEPTED';
CREATE INDEX item_untold ON item (station_id, ended_at)
    WHERE state IN ('REJECTED', 'TRANSFERRED') AND NOT is_told;
CREATE INDEX item_called ON item (station_id, key) WHERE open_calls > 0;
CREATE INDEX item_number ON item (station_id, number text_pattern_ops) WHERE number <> '';
CREATE INDEX item_erased ON item (key) WHERE erased_at IS NOT NULL;

CREATE INDEX item_division ON item (division_code, received_at);

-- What strangers reported at a station on a day.
CREATE INDEX item_scanned ON item (station_id, received_at) WHERE source_kind = 'scan';

CREATE TABLE item_text (
    key uuid PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL,
    supplements text[] NOT NULL,
    ratings json NOT NULL,
    decision_note text NOT NULL,
    other_channel_ref text NOT NULL,
    members json NOT NULL,
    masks text[] NOT NULL,
    spare_masks text[] NOT NULL
);

-- Titles as a station's search compares them, in the order of its list: a search reads the index
-- alone, of pages that were vacuumed since they were written.
CREATE TABLE search_title (
    station_id uuid NOT NULL,
    key uuid NOT NULL,
    folded text NOT NULL,
    PRIMARY KEY (station_id, key) INCLUDE (folded)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.01);
CALL deny_service('DELETE', 'search_title');

-- Finds the erasures among all events.
CREATE INDEX outbox_erasure ON outbox (id) WHERE type IN ('item.erased', 'activity.erased');

-- Who raised an item, the first one at place 1. Contacts are sealed for their item: first the
-- present one, then those it replaced, which the text may still name.
CREATE TABLE proposer (
    key uuid NOT NULL REFERENCES item,
    place integer NOT NULL,
    proposer_id uuid NOT NULL UNIQUE,
    kind text NOT NULL,
    enterprise_id uuid,
    enterprise_code text,
    person_id uuid,
    sealed text[] NOT NULL,
    PRIMARY KEY (key, place)
);
CALL deny_service('DELETE', 'proposer');
CREATE INDEX proposer_enterprise ON proposer (enterprise_id, key) WHERE enterprise_id IS NOT NULL;
CREATE INDEX proposer_person ON proposer (person_id, key) WHERE person_id IS NOT NULL;

-- The links of proposers: of a secret only its SHA-256. At most one of a proposer opens anything.
CREATE TABLE proposer_secret (
    digest text PRIMARY KEY,
    proposer_id uuid NOT NULL REFERENCES proposer (proposer_id),
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    why text NOT NULL,
    revoked_at timestamptz,
    revoked_by text,
    why_revoked text
);
CALL deny_service('DELETE', 'proposer_secret');
CREATE UNIQUE INDEX proposer_secret_live ON proposer_secret (proposer_id) WHERE revoked_at IS NULL;
CREATE INDEX proposer_secret_of ON proposer_secret (proposer_id);

-- Ratings that proposers gave on the phone; they count once a second person has checked them.
CREATE TABLE call_back (
    key uuid NOT NULL REFERENCES item,
    n integer NOT NULL,
    proposer_id uuid NOT NULL,
    reply_no integer NOT NULL,
    result text NOT NULL,
    attitude text,
    words text NOT NULL,
    channel text NOT NULL,
    number text NOT NULL,
    called_at timestamptz NOT NULL,
    called_by text NOT NULL,
    state text NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamptz,
    why text NOT NULL,
    PRIMARY KEY (key, n)
);
CALL deny_service('DELETE', 'call_back');
CREATE INDEX call_back_open ON call_back (key) WHERE state = 'open';

-- What proposers and stations are told outside of the system, one row an event, recipient and
-- channel: what waits, and the log of what was sent. No address and no words are kept. `item` is no
-- foreign key: what happened to an item's progress would lock the item after it.
CREATE TABLE notice (
    id uuid PRIMARY KEY,
    item uuid NOT NULL,
    recipient uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('proposer', 'station')),
    channel text NOT NULL,
    occasion text NOT NULL,
    made_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    tries integer NOT NULL,
    why text,
    outcome text,
    ended_at timestamptz,
    CHECK (num_nonnulls(outcome, ended_at) IN (0, 2))
) WITH (fillfactor = 80);
CALL deny_service('DELETE', 'notice');
CREATE INDEX notice_waiting ON notice (channel, next_at) WHERE outcome IS NULL;
CREATE INDEX notice_failed ON notice (ended_at) WHERE outcome IN ('rejected', 'given_up');
CREATE INDEX notice_item ON notice (item);

-- Files of an item; each lies in the attachments' folder under its `file_id` until it is erased
-- or removed by somebody for a reason.
CREATE TABLE attachment (
    key uuid NOT NULL REFERENCES item,
    attachment_id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    size integer NOT NULL,
    sha256 text NOT NULL,
    file_id uuid UNIQUE,
    added_at timestamptz NOT NULL,
    added_by text NOT NULL,
    proposer_id uuid,
    removed_at timestamptz,
    removed_by text NOT NULL,
    why_removed text NOT NULL,
    PRIMARY KEY (key, attachment_id)
);
CALL deny_service('DELETE', 'attachment');

-- Progress of an item in router and tracker; each column follows one topic, but for the item's
-- `station_id` and the last reply that its proposer heard of, which is written with the item.
CREATE TABLE progress (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    matched_matter text NOT NULL DEFAULT '',
    matched_level text NOT NULL DEFAULT '',
    dispatch_no integer NOT NULL DEFAULT 0,
    owner_level text NOT NULL DEFAULT '',
    lead_unit uuid,
    tasks json NOT NULL DEFAULT '[]',
    dispatched_at timestamptz,
    reply_due timestamptz,
    contacted_at timestamptz,
    replied_at timestamptz,
    closed_at timestamptz,
    reply_no integer NOT NULL DEFAULT 0,
    outcome text,
    promised_on date,
    rating text,
    rating_channel text NOT NULL DEFAULT '',
    rating_until timestamptz,
    rating_refused text NOT NULL DEFAULT '',
    is_closed boolean NOT NULL DEFAULT false,
    reply_plain text NOT NULL DEFAULT '',
    reply_text text NOT NULL DEFAULT '',
    reply_contact text NOT NULL DEFAULT '',
    reply_reason text NOT NULL DEFAULT '',
    reply_waiver text NOT NULL DEFAULT '',
    station_id uuid,
    heard_no integer NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
) WITH (fillfactor = 70);
CREATE INDEX progress_unrated ON progress (station_id, coalesce(rating_until, 'infinity'), key)
    WHERE reply_no > 0 AND rating IS NULL AND NOT is_closed;
CREATE INDEX progress_untold ON progress (station_id, replied_at, key) WHERE reply_no > heard_no;

-- The transaction that changed a row last: what a station has not seen yet is found by it.
CREATE FUNCTION stamp_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE TRIGGER item_changed BEFORE UPDATE ON item
    FOR EACH ROW EXECUTE FUNCTION stamp_change();
CREATE TRIGGER progress_changed BEFORE UPDATE ON progress
    FOR EACH ROW EXECUTE FUNCTION stamp_change();

CREATE TABLE activity (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT '',
    client_id uuid,
    station_id uuid,
    organ_id uuid,
    kind text NOT NULL DEFAULT '',
    organiser_division text NOT NULL DEFAULT '',
    place_division text NOT NULL DEFAULT '',
    partners text[] NOT NULL DEFAULT '{}',
    first_day date,
    last_day date,
    enterprise_ids uuid[] NOT NULL DEFAULT '{}',
    theme_codes text[] NOT NULL DEFAULT '{}',
    function_codes text[] NOT NULL DEFAULT '{}',
    group_codes text[] NOT NULL DEFAULT '{}',
    expected uuid[] NOT NULL DEFAULT '{}',
    received_at timestamptz,
    changed_at timestamptz,
    erased_at timestamptz,
    body_digest text NOT NULL DEFAULT '',
    digests text[] NOT NULL DEFAULT '{}',
    request_ids text[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 80);
CREATE INDEX activity_station ON activity (station_id, first_day);
CREATE INDEX activity_organ ON activity (organ_id, first_day) WHERE organ_id IS NOT NULL;
CREATE INDEX activity_planned ON activity (station_id, last_day) WHERE state = 'PLANNED';
CREATE INDEX activity_planned_by_organ ON activity (organ_id, last_day)
    WHERE state = 'PLANNED' AND organ_id IS NOT NULL;
CREATE INDEX activity_place ON activity (place_division, first_day);
CREATE INDEX activity_enterprises ON activity USING gin (enterprise_ids);
CREATE INDEX activity_expected ON activity USING gin (expected);

-- What is written about an activity: it never leaves intake.
CREATE TABLE activity_text (
    key uuid PRIMARY KEY REFERENCES activity,
    enterprise_codes text[] NOT NULL,
    traders text[] NOT NULL,
    notes text NOT NULL,
    visit_reason text NOT NULL,
    cancel_reason text NOT NULL
);
CALL deny_service('DELETE', 'activity_text');

CREATE TABLE attendance (
    activity_id uuid NOT NULL REFERENCES activity,
    person_id uuid NOT NULL,
    is_deputy boolean NOT NULL,
    is_street_rep boolean NOT NULL,
    came boolean NOT NULL,
    revoke_reason text NOT NULL,
    PRIMARY KEY (activity_id, person_id)
);
CALL deny_service('DELETE', 'attendance');
CREATE INDEX attendance_person ON attendance (person_id);

-- What those who are expected answered: whether they come on these days, and if not, maybe why.
CREATE TABLE invitation (
    activity_id uuid NOT NULL REFERENCES activity,
    person_id uuid NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    coming boolean NOT NULL,
    reason text NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (activity_id, person_id)
);
CALL deny_service('DELETE', 'invitation');

-- What a page and a station may read: at least what domain/rights.py decides, which also weighs
-- how far up an item was escalated, and whether it is confidential.
CREATE FUNCTION is_handled(item uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM progress, json_array_elements(tasks) AS task
        WHERE key = item AND (task ->> 'unit_id')::uuid IN (SELECT seen_keys('units')))
$$;
REVOKE ALL ON FUNCTION is_handled FROM PUBLIC;
CALL allow_reader('EXECUTE', 'FUNCTION is_handled');

-- Whoever raised an item sees it: by the link of a proposer, or as a deputy who is signed in.
CREATE FUNCTION is_raised(item uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM proposer WHERE key = item AND (
            proposer_id IN (SELECT seen_keys('raisers'))
            OR kind IN ('deputy', 'street_rep') AND person_id IN (SELECT seen_keys('raisers'))))
$$;
REVOKE ALL ON FUNCTION is_raised FROM PUBLIC;
CALL allow_reader('EXECUTE', 'FUNCTION is_raised');

-- A deputy of the station reads what others raised there while it waits, to join it.
CREATE FUNCTION is_joinable(state text, source_kind text, confidential boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT state IN ('SUBMITTED', 'SUPPLEMENT') AND source_kind <> 'scan' AND NOT confidential
$$;
REVOKE ALL ON FUNCTION is_joinable FROM PUBLIC;
CALL allow_reader('EXECUTE', 'FUNCTION is_joinable');

CALL show_rows('item', $$
    station_id IN (SELECT seen_keys('stations'))
    OR division_code IN (SELECT seen('divisions'))
    OR ((SELECT count(*) FROM seen_keys('units')) > 0 AND is_handled(key))
    OR ((SELECT count(*) FROM seen_keys('raisers')) > 0 AND is_raised(key))
    OR (is_joinable(state, source_kind, confidential)
        AND station_id IN (SELECT seen_keys('joinable')))
$$);
CREATE INDEX item_merged ON item (merged_into) WHERE merged_into IS NOT NULL;
CALL show_rows('progress', $$
    (SELECT true FROM item WHERE item.key = progress.key)
    OR (SELECT true FROM item WHERE item.merged_into = progress.key LIMIT 1)
$$);
-- Who raised a confidential item is not for the unit that handles it; a proposer sees no other one.
CALL show_rows('proposer', $$
    proposer_id IN (SELECT seen_keys('raisers'))
    OR person_id IN (SELECT seen_keys('raisers'))
    OR (SELECT station_id IN (SELECT seen_keys('stations'))
            OR division_code IN (SELECT seen('divisions'))
            OR (NOT confidential AND (SELECT count(*) FROM seen_keys('raisers')) = 0)
        FROM item WHERE item.key = proposer.key)
$$);
-- A page tells whether its item is under repair.
CALL allow_reader('SELECT', 'position');

-- The texts as they were written are for the item's station and its proposers only.
CALL show_rows('item_text', $$
    (SELECT station_id IN (SELECT seen_keys('stations'))
        OR ((SELECT count(*) FROM seen_keys('raisers')) > 0 AND is_raised(key))
        OR (is_joinable(state, source_kind, confidential)
            AND station_id IN (SELECT seen_keys('joinable')))
    FROM item WHERE item.key = item_text.key)
$$);
CALL show_rows('call_back', $$
    (SELECT station_id IN (SELECT seen_keys('stations')) FROM item WHERE item.key = call_back.key)
$$);
-- A proposer sees what they were told, the station what was sent about its items.
CALL show_rows('notice', $$
    recipient IN (SELECT seen_keys('raisers'))
    OR (SELECT station_id IN (SELECT seen_keys('stations')) FROM item WHERE item.key = notice.item)
$$);
CALL show_rows('proposer_secret', $$
    (SELECT true FROM proposer JOIN item ON item.key = proposer.key
        WHERE proposer.proposer_id = proposer_secret.proposer_id
            AND station_id IN (SELECT seen_keys('stations')))
$$);
-- A file shows more than masked words do: of a confidential item it is not for the unit. What was
-- merged into an item that it handles comes with that one.
CREATE FUNCTION hands_out_files(of_item uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM item WHERE key = of_item AND NOT confidential
            AND is_handled(coalesce(merged_into, key)))
$$;
REVOKE ALL ON FUNCTION hands_out_files FROM PUBLIC;
CALL allow_reader('EXECUTE', 'FUNCTION hands_out_files');
CALL show_rows('attachment', $$
    proposer_id IN (SELECT seen_keys('raisers'))
    OR added_by IN (SELECT seen('raisers'))
    OR (SELECT station_id IN (SELECT seen_keys('stations'))
        OR (NOT confidential OR division_code IN (SELECT seen('divisions')))
            AND (division_code IN (SELECT seen('texts'))
                OR division_code || ' ' ||
                    (SELECT owner_level FROM progress
                    WHERE progress.key = coalesce(merged_into, item.key))
                    IN (SELECT seen('texts')))
    FROM item WHERE item.key = attachment.key)
    OR hands_out_files(key)
$$);
-- What people wrote, for whoever may look into the item: above it some see only how far it is.
CALL show_rows('outbox', $$
    (SELECT topic NOT LIKE '%.text.v1'
        OR station_id IN (SELECT seen_keys('stations'))
        OR division_code IN (SELECT seen('texts'))
        OR division_code || ' ' || (SELECT owner_level FROM progress WHERE progress.key = item.key)
            IN (SELECT seen('texts'))
        OR is_handled(item.key)
    FROM item WHERE item.key = outbox.key)
$$);

-- An activity is shown to its station or its organ, to those who are asked to it and who came.
CREATE FUNCTION has_come(activity uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM attendance
        WHERE activity_id = activity AND came AND person_id IN (SELECT seen_keys('invited')))
$$;
REVOKE ALL ON FUNCTION has_come FROM PUBLIC;
CALL allow_reader('EXECUTE', 'FUNCTION has_come');
CALL show_rows('activity', $$
    station_id IN (SELECT seen_keys('stations'))
    OR organ_id IN (SELECT seen_keys('organs'))
    OR ((SELECT count(*) FROM seen_keys('invited')) > 0
        AND (expected && ARRAY(SELECT seen_keys('invited')) OR has_come(key)))
$$);
CALL show_rows('activity_text',
    '(SELECT true FROM activity WHERE activity.key = activity_text.key)');
CALL show_rows('attendance',
    '(SELECT true FROM activity WHERE activity.key = attendance.activity_id)');
CALL show_rows('invitation',
    '(SELECT true FROM activity WHERE activity.key = invitation.activity_id)');

-- A firm is shown with an item of its own.
CALL show_rows('enterprise', $$
    (SELECT true FROM proposer WHERE enterprise_id = enterprise.key LIMIT 1)
$$);

-- Readers of an item see the accesses to it; everyone sees their own accesses.
CREATE POLICY item ON access_log FOR SELECT USING (
    person_id IN (SELECT seen_keys('person'))
    OR (SELECT true FROM item WHERE item.key = access_log.subject));
CALL bind_to_reader('item', 'access_log');
-- An access is visible in the transaction that logs it; everyone logs only their own.
CALL allow_reader('INSERT', 'access_log');
CREATE POLICY own_access ON access_log FOR INSERT
    WITH CHECK (person_id IN (SELECT seen_keys('person')));
CALL bind_to_reader('own_access', 'access_log');
