-- Items with their text.

-- name: create_items
INSERT INTO item (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_items
SELECT * FROM item WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: forget_items
DELETE FROM item
WHERE key = ANY ($1::uuid[]) AND xmin = pg_current_xact_id()::xid;

-- name: load_texts
SELECT * FROM item_text WHERE key = ANY ($1::uuid[]);

-- name: read_proposers
SELECT proposer.*, coalesce(enterprise.name, '') AS firm
FROM proposer LEFT JOIN enterprise ON enterprise.key = proposer.enterprise_id
WHERE proposer.key = ANY ($1::uuid[]) ORDER BY proposer.key, proposer.place;

-- name: count_proposers
SELECT count(*)::int AS n FROM proposer WHERE key = $1;

-- name: read_call_backs
SELECT * FROM call_back WHERE key = ANY ($1::uuid[]) ORDER BY key, n;

-- name: read_attachments
SELECT * FROM attachment WHERE key = ANY ($1::uuid[]) ORDER BY key, added_at, attachment_id;

-- name: list_used_files
SELECT file_id FROM attachment WHERE file_id = ANY ($1::uuid[]);

-- name: list_items_of_proposer
SELECT * FROM item
WHERE state <> '' AND key IN (
    SELECT $1::uuid
    UNION SELECT key FROM proposer WHERE enterprise_id = $1
    UNION SELECT key FROM proposer WHERE person_id = $1
) ORDER BY key;

-- name: list_activities_about
SELECT * FROM activity
WHERE state <> '' AND (key = $1 OR enterprise_ids @> ARRAY[$1::uuid] OR key IN (
    SELECT activity_id FROM attendance WHERE person_id = $1 AND revoke_reason <> ''
    UNION SELECT activity_id FROM invitation WHERE person_id = $1 AND reason <> ''
)) ORDER BY key;

-- name: list_erasures
SELECT key, recorded_at, type, payload FROM outbox
WHERE type IN ('item.erased', 'activity.erased') ORDER BY id;

-- name: read_items
SELECT * FROM item WHERE key = ANY ($1::uuid[]);

-- name: read_merges
SELECT key, merged_into FROM item WHERE key = ANY ($1::uuid[]) AND merged_into IS NOT NULL;

-- name: list_items
SELECT key FROM unnest($1::uuid[]) AS at (id) CROSS JOIN LATERAL (
    SELECT key FROM item
    WHERE station_id = at.id AND state <> '' AND ($2 = '' OR state = $2) AND key < $3
    ORDER BY key DESC LIMIT $4) AS here
ORDER BY key DESC LIMIT $4;

-- What waits at stations, the longest first, with how many there are.

-- name: list_waiting
SELECT key, count(*) OVER () AS total FROM item
WHERE station_id = ANY ($1::uuid[]) AND state = $2 AND state IN ('SUBMITTED', 'SUPPLEMENT')
ORDER BY received_at, key LIMIT $3;

-- name: list_unrated
SELECT key, count(*) OVER () AS total FROM progress
WHERE station_id = ANY ($1::uuid[]) AND reply_no > 0 AND rating IS NULL AND NOT is_closed
    AND coalesce(rating_until, 'infinity') > $2
ORDER BY rating_until, key LIMIT $3;

-- Replies, and decisions that ended an item; not of strangers who left nothing to reach them by but
-- the link at which they read it.

-- name: list_untold
SELECT untold.key, count(*) OVER () AS total FROM (
    SELECT key, replied_at AS since FROM progress
    WHERE station_id = ANY ($1::uuid[]) AND reply_no > heard_no
    UNION ALL
    SELECT key, ended_at FROM item
    WHERE station_id = ANY ($1::uuid[]) AND state IN ('REJECTED', 'TRANSFERRED')
        AND NOT is_told) AS untold
WHERE untold.key NOT IN (SELECT key FROM item WHERE erased_at IS NOT NULL)
    AND EXISTS (
        SELECT FROM (
            SELECT untold.key UNION ALL
            SELECT key FROM item WHERE merged_into = untold.key) AS together
        JOIN proposer USING (key)
        WHERE kind <> 'scan' OR enterprise_id IS NOT NULL OR sealed <> '{}')
ORDER BY since, untold.key LIMIT $2;

-- name: list_unchecked
SELECT key, count(*) OVER () AS total FROM item
WHERE station_id = ANY ($1::uuid[]) AND open_calls > 0 AND erased_at IS NULL
ORDER BY key LIMIT $2;

-- The search walks down the titles of its stations, the newest first, in the index alone.

-- name: search_items
SELECT key FROM unnest($1::uuid[]) AS at (id) CROSS JOIN LATERAL (
    (SELECT key FROM search_title AS title
    WHERE title.station_id = at.id AND key < $5 AND folded LIKE ALL ($4::text[])
        AND ($2 = '' OR EXISTS (SELECT FROM item WHERE item.key = title.key AND state = $2))
    ORDER BY key DESC LIMIT $6)
    UNION
    (SELECT key FROM item
    WHERE station_id = at.id AND number <> '' AND number LIKE $3 AND key < $5
        AND ($2 = '' OR state = $2)
    ORDER BY key DESC LIMIT $6)) AS here
ORDER BY key DESC LIMIT $6;

-- name: list_unrated_items
SELECT key FROM progress
WHERE station_id = ANY ($1::uuid[]) AND reply_no > 0 AND rating IS NULL AND NOT is_closed
    AND coalesce(rating_until, 'infinity') > $2 AND key < $3
ORDER BY key DESC LIMIT $4;

-- name: list_of_same_firms
SELECT key FROM item
WHERE key IN (SELECT key FROM proposer WHERE enterprise_id = ($1::uuid[])[1])
    AND $1 <@ ARRAY(SELECT enterprise_id FROM proposer WHERE proposer.key = item.key)
    AND station_id = ANY ($2::uuid[]) AND key <> $3 AND erased_at IS NULL
    AND confidential = $4 AND state IN ('SUBMITTED', 'SUPPLEMENT', 'ACCEPTED')
ORDER BY key DESC LIMIT $5;

-- name: list_of_unnamed_firms
SELECT key FROM item
WHERE station_id = ANY ($1::uuid[]) AND key <> $2 AND erased_at IS NULL AND confidential = $3
    AND state IN ('SUBMITTED', 'SUPPLEMENT', 'ACCEPTED')
    AND EXISTS (
        SELECT FROM proposer WHERE proposer.key = item.key AND place = 1
            AND (kind NOT IN ('deputy', 'street_rep') OR enterprise_id IS NOT NULL))
ORDER BY key DESC LIMIT $4;

-- What a station raised before, whatever became of it.

-- name: list_of_firm
SELECT key FROM item
WHERE key IN (SELECT key FROM proposer WHERE enterprise_id = $1)
    AND station_id = ANY ($2::uuid[]) AND state <> '' AND erased_at IS NULL
ORDER BY key DESC LIMIT $3;

-- name: list_recent_titles
SELECT item_text.key, title FROM item_text WHERE key IN (
    SELECT here.key FROM unnest($1::uuid[]) AS at (id) CROSS JOIN LATERAL (
        SELECT key FROM item WHERE station_id = at.id AND state <> '' AND erased_at IS NULL
        ORDER BY key DESC LIMIT $2) AS here)
ORDER BY key DESC LIMIT $2;

-- Changes of items and their progress by the transactions that made them, of which all below the
-- oldest one still running have ended. It reads every item of its stations: some thousands at most.

-- name: list_changes
SELECT item.key, greatest(item.changed, progress.changed) AS changed
FROM item LEFT JOIN progress ON progress.key = coalesce(item.merged_into, item.key)
WHERE item.station_id = ANY ($1::uuid[]) AND item.state <> ''
    AND (greatest(item.changed, progress.changed), item.key) > ($2, $3)
    AND greatest(item.changed, progress.changed)
        < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY changed, key LIMIT $4;

-- name: next_transaction
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next;

-- name: draw_numbers
INSERT INTO number_series VALUES ($1, $2, $3)
ON CONFLICT (division_code, year) DO UPDATE SET last = number_series.last + $3
RETURNING last;

-- Progress of an item in router and tracker.

-- name: create_progress
INSERT INTO progress (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_progress
SELECT * FROM progress WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: read_stations
SELECT key, station_id FROM item WHERE key = ANY ($1::uuid[]);

-- name: note_heard
WITH heard AS (
    SELECT progress.key, given.no
    FROM unnest($1::uuid[], $2::int[]) AS given (key, no) JOIN progress USING (key)
    ORDER BY progress.key FOR UPDATE OF progress
)
UPDATE progress SET heard_no = no FROM heard
WHERE progress.key = heard.key AND heard_no < no;

-- name: read_progress
SELECT * FROM progress WHERE key = ANY ($1::uuid[]);

-- Activities.

-- name: create_activities
INSERT INTO activity (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_activities
SELECT * FROM activity WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: forget_activities
DELETE FROM activity
WHERE key = ANY ($1::uuid[]) AND xmin = pg_current_xact_id()::xid;

-- name: load_activity_texts
SELECT * FROM activity_text WHERE key = ANY ($1::uuid[]);

-- name: load_attendance
SELECT * FROM attendance WHERE activity_id = ANY ($1::uuid[]) ORDER BY activity_id, person_id;

-- name: load_invitations
SELECT * FROM invitation WHERE activity_id = ANY ($1::uuid[]) ORDER BY activity_id, person_id;

-- name: read_activities
SELECT * FROM activity WHERE key = ANY ($1::uuid[]) AND state <> '';

-- Those of stations and organs between two days, in a state; those that wait the longest first.

-- name: list_activities
SELECT key FROM activity
WHERE (station_id = ANY ($1::uuid[]) OR organ_id = ANY ($2::uuid[])) AND state <> ''
    AND ($3 = '' OR state = $3) AND first_day BETWEEN $4::date - $7::int AND $5 AND last_day >= $4
ORDER BY first_day DESC, key DESC LIMIT $6;

-- name: list_activities_to_complete
SELECT key, count(*) OVER () AS total FROM (
    SELECT key, first_day, last_day FROM activity
    WHERE (station_id = ANY ($1::uuid[]) OR organ_id = ANY ($2::uuid[])) AND state = 'PLANNED'
        AND last_day <= $3
    UNION ALL
    SELECT key, first_day, last_day FROM activity
    WHERE (station_id = ANY ($1::uuid[]) OR organ_id = ANY ($2::uuid[])) AND state = 'HELD'
        AND first_day BETWEEN $4 AND $3
        AND NOT EXISTS (SELECT FROM attendance WHERE activity_id = activity.key AND came)) AS due
ORDER BY last_day = $3 DESC, first_day, key LIMIT $5;

-- Who visits these enterprises between two days, whoever asks: days and organiser only.

-- name: list_visits
SELECT key, state, station_id, organ_id, organiser_division, partners, first_day, last_day,
    enterprise_ids FROM activity
WHERE enterprise_ids && $1::uuid[] AND state IN ('PLANNED', 'HELD')
    AND first_day <= $3 AND last_day >= $2 AND key <> $4
ORDER BY first_day DESC, key DESC LIMIT $5;

-- name: count_activities_at
SELECT count(*)::int AS n FROM activity
WHERE place_division = $1 AND state IN ('PLANNED', 'HELD') AND first_day <= $3 AND last_day >= $2;

-- What concerns a deputy: what they raised and may join, what they are asked to and came to. The
-- items are found by the deputy among all rows, and read as the deputy.

-- name: list_raised
SELECT key FROM proposer
WHERE person_id = $1 AND kind IN ('deputy', 'street_rep') AND key < $2
    AND ($3 = '' OR (SELECT state = $3 FROM item WHERE item.key = proposer.key))
ORDER BY key DESC LIMIT $4;

-- name: list_raised_unrated
SELECT proposer.key FROM proposer JOIN progress ON progress.key = proposer.key
    JOIN item ON item.key = proposer.key
WHERE person_id = $1 AND kind IN ('deputy', 'street_rep')
    AND reply_no > 0 AND NOT is_closed AND rating_until > $2
    AND state = 'ACCEPTED' AND erased_at IS NULL
    AND NOT EXISTS (
        SELECT FROM json_array_elements(ratings) AS given
        WHERE (given ->> 'reply_no')::integer = progress.reply_no
            AND (given ->> 'proposer_id')::uuid = proposer.proposer_id)
ORDER BY rating_until, proposer.key LIMIT $3;

-- name: list_joinable
SELECT key FROM unnest($1::uuid[]) AS at (id)
CROSS JOIN unnest('{SUBMITTED,SUPPLEMENT}'::text[]) AS waiting (state)
CROSS JOIN LATERAL (
    SELECT key FROM item
    WHERE station_id = at.id AND item.state = waiting.state AND item.state <> 'ACCEPTED'
        AND source_kind <> 'scan' AND NOT confidential AND erased_at IS NULL
        AND NOT EXISTS (SELECT FROM proposer WHERE proposer.key = item.key AND person_id = $2)
    ORDER BY key DESC LIMIT $3) AS here
ORDER BY key DESC LIMIT $3;

-- name: list_invitations
SELECT key FROM activity
WHERE expected @> ARRAY[$1::uuid] AND state = 'PLANNED' AND last_day >= $2
    AND NOT EXISTS (
        SELECT FROM invitation WHERE activity_id = activity.key AND person_id = $1
            AND (invitation.first_day, invitation.last_day)
                = (activity.first_day, activity.last_day))
ORDER BY first_day, key LIMIT $3;

-- name: list_coming
SELECT key FROM activity
WHERE (station_id = ANY ($1::uuid[]) OR expected @> ARRAY[$2::uuid])
    AND state = 'PLANNED' AND last_day >= $3
ORDER BY first_day, key LIMIT $4;

-- name: list_raised_between
SELECT item.key FROM item JOIN proposer ON proposer.key = item.key
WHERE proposer.person_id = $1 AND proposer.kind IN ('deputy', 'street_rep')
    AND item.state NOT IN ('', 'WITHDRAWN') AND item.received_at >= $2 AND item.received_at < $3
ORDER BY item.key;


-- name: list_attended
SELECT activity.key FROM activity JOIN attendance ON activity_id = activity.key
WHERE attendance.person_id = $1 AND attendance.came AND activity.state = 'HELD'
    AND first_day BETWEEN $2 AND $3
ORDER BY first_day, activity.key;


-- name: count_results
SELECT count(*) AS received,
    count(*) FILTER (WHERE progress.dispatch_no > 0) AS dispatched,
    count(*) FILTER (WHERE progress.reply_no > 0 OR item.solved_on_spot) AS answered,
    count(*) FILTER (WHERE progress.rating = 'satisfied') AS satisfied,
    count(*) FILTER (WHERE progress.rating = 'basically_satisfied') AS basically_satisfied,
    count(*) FILTER (WHERE progress.rating = 'dissatisfied') AS dissatisfied,
    count(*) FILTER (WHERE progress.rating IS NOT NULL AND progress.rating_channel <> 'web')
        AS called_back
FROM item LEFT JOIN progress ON progress.key = coalesce(item.merged_into, item.key)
WHERE item.division_code = ANY ($1::text[]) AND item.state <> ''
    AND item.received_at >= $2 AND item.received_at < $3;


-- name: list_closed
SELECT item.key FROM item JOIN progress ON progress.key = item.key
WHERE item.division_code = ANY ($1::text[]) AND item.received_at >= $2 AND NOT item.confidential
    AND item.source_kind <> 'scan' AND item.erased_at IS NULL
    AND progress.is_closed AND progress.reply_plain <> ''
ORDER BY progress.closed_at DESC, item.key DESC LIMIT $3;

-- Links of proposers, and what strangers report.

-- name: find_proposer_by_secret
SELECT proposer.key, proposer.proposer_id
FROM proposer_secret JOIN proposer ON proposer.proposer_id = proposer_secret.proposer_id
WHERE digest = $1 AND revoked_at IS NULL;

-- name: add_first_secret
INSERT INTO proposer_secret (digest, proposer_id, made_at, made_by, why)
SELECT $1, $2, $3, $4, $5
WHERE NOT EXISTS (SELECT FROM proposer_secret WHERE proposer_id = $2)
ON CONFLICT DO NOTHING;

-- name: lock_proposer
SELECT FROM proposer WHERE proposer_id = $1 FOR UPDATE;

-- name: revoke_secret
UPDATE proposer_secret SET revoked_at = $2, revoked_by = $3, why_revoked = $4
WHERE proposer_id = $1 AND revoked_at IS NULL RETURNING digest;

-- name: add_secret
INSERT INTO proposer_secret (digest, proposer_id, made_at, made_by, why)
VALUES ($1, $2, $3, $4, $5);

-- name: list_secrets
SELECT proposer_secret.proposer_id, made_at, made_by, why, revoked_at, revoked_by, why_revoked
FROM proposer_secret JOIN proposer ON proposer.proposer_id = proposer_secret.proposer_id
WHERE proposer.key = $1 ORDER BY made_at;

-- name: count_scanned
SELECT count(*) AS n FROM item
WHERE station_id = $1 AND source_kind = 'scan' AND received_at >= $2;

-- Notices: whose items an event concerns, what waits, and what became of it.

-- name: list_with_members
SELECT * FROM item
WHERE (key = ANY ($1::uuid[]) OR merged_into = ANY ($1::uuid[])) AND erased_at IS NULL
ORDER BY key;

-- name: add_notices
INSERT INTO notice SELECT * FROM json_populate_recordset(NULL::notice, $1::json)
ON CONFLICT DO NOTHING;

-- name: lock_due_notice
SELECT * FROM notice WHERE channel = $1 AND outcome IS NULL AND next_at <= $2
ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: try_notice
UPDATE notice SET tries = $2, next_at = $3 WHERE id = $1;

-- name: end_notice
UPDATE notice SET outcome = $2, ended_at = $3 WHERE id = $1 AND outcome IS NULL;

-- name: note_failure
UPDATE notice SET why = $2 WHERE id = $1;

-- name: is_notice_due
SELECT FROM notice WHERE channel = $1 AND outcome IS NULL AND next_at <= $2 LIMIT 1;

-- name: give_up_notices
UPDATE notice SET outcome = 'given_up', ended_at = $1 WHERE outcome IS NULL AND made_at < $2;

-- name: list_troubled_notices
SELECT * FROM notice
WHERE outcome IS NULL AND tries > 0 OR outcome IN ('rejected', 'given_up') AND ended_at > $1
ORDER BY made_at DESC, id LIMIT $2;

-- name: count_notices
SELECT channel, count(*) FILTER (WHERE outcome IS NULL) AS waiting,
    min(made_at) FILTER (WHERE outcome IS NULL) AS since,
    count(*) FILTER (WHERE outcome IS NOT NULL) AS failed
FROM notice
WHERE outcome IS NULL OR outcome IN ('rejected', 'given_up') AND ended_at > $1
GROUP BY channel;

-- name: notices_waiting
SELECT channel AS label, count(*) AS value FROM notice
WHERE outcome IS NULL AND made_at <= $1 GROUP BY channel;

-- name: notices_oldest_waiting
SELECT coalesce(extract(epoch FROM $1 - min(made_at)), 0) AS value FROM notice
WHERE outcome IS NULL;

-- name: notices_failed
SELECT channel AS label, count(*) AS value FROM notice
WHERE outcome IN ('rejected', 'given_up') AND ended_at > $1::timestamptz - interval '7 days'
GROUP BY channel;

-- name: list_sent_notices
SELECT * FROM notice WHERE item = $1 AND outcome = 'sent' ORDER BY ended_at, id;

-- Stations' keys and the register of enterprises.

-- name: find_key
SELECT kid, station_code, public_x, person_id FROM station_key
WHERE kid = $1 AND revoked_at IS NULL;

-- name: add_key
INSERT INTO station_key (kid, station_code, public_x, person_id, added_at, added_by, place)
SELECT $1, $2, $3, $4, $5, $6, place FROM generate_series(1, 2) AS place
WHERE NOT EXISTS (
    SELECT FROM station_key AS live
    WHERE live.station_code = $2 AND live.person_id IS NOT DISTINCT FROM $4
        AND live.place = place.place AND live.revoked_at IS NULL
)
ORDER BY place LIMIT 1
ON CONFLICT DO NOTHING RETURNING kid;

-- name: is_key
SELECT FROM station_key WHERE kid = $1;

-- name: revoke_key
UPDATE station_key SET revoked_at = $2, revoked_by = $3
WHERE kid = $1 AND ($4::text = '' OR station_code = $4) AND revoked_at IS NULL RETURNING kid;

-- name: list_keys
SELECT kid, station_code, public_x, person_id, added_at, revoked_at, used_at, added_by, revoked_by
FROM station_key WHERE station_code = $1 ORDER BY added_at;

-- name: count_keys
SELECT station_code, count(*) AS n, max(used_at) AS used_at FROM station_key
WHERE revoked_at IS NULL GROUP BY station_code;

-- name: note_use
UPDATE station_key SET used_at = $2
WHERE kid = $1 AND (used_at IS NULL OR used_at < $2::timestamptz - interval '1 hour');

-- Who raised an item, and who accessed that.

-- name: name_firms
SELECT credit_code, name FROM enterprise WHERE credit_code = ANY ($1::text[]);

-- name: read_enterprises
SELECT * FROM enterprise WHERE key = ANY ($1::uuid[]);

-- name: count_enterprises
SELECT count(*) AS n FROM enterprise WHERE division_code = ANY ($1::text[]);

-- name: lock_enterprises
LOCK TABLE enterprise IN SHARE ROW EXCLUSIVE MODE;

-- Firms are found among all rows, where the asker's rights would be worked out for each; what they
-- raised is read as the asker.

-- name: find_firms
SELECT key FROM enterprise WHERE folded LIKE ALL ($1::text[]);

-- name: firms_that_begin
SELECT credit_code, name FROM enterprise
WHERE credit_code IS NOT NULL AND folded LIKE $1 ORDER BY name, credit_code LIMIT $2;

-- name: list_items_of_firms
SELECT key FROM item
WHERE key IN (SELECT key FROM proposer WHERE enterprise_id = ANY ($1::uuid[]))
    AND state <> '' AND erased_at IS NULL AND key < $2
ORDER BY key DESC LIMIT $3;

-- name: lock_source_views
SELECT pg_advisory_xact_lock(hashtext('intake.source_views'), hashtext($1));

-- name: list_source_views
SELECT accessed_at FROM access_log
WHERE person_id = $1 AND accessed_at > $2 AND reason NOT IN ('attachment', 'export') ORDER BY accessed_at;

-- name: list_accesses
SELECT * FROM access_log WHERE subject = $1 ORDER BY id DESC;

-- The last event of each subject, for the audit.

-- name: ends_of_item
SELECT key, seq, head, text_seq FROM item;

-- name: ends_of_activity
SELECT key, seq, head, text_seq FROM activity;
