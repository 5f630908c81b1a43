-- Cases with their children: read under the row lock of the case.

-- name: create_cases
INSERT INTO "case" (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_cases
SELECT * FROM "case" WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: claim_cases
SELECT * FROM "case" WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE SKIP LOCKED;

-- name: read_cases
SELECT * FROM "case" WHERE key = ANY ($1::uuid[]);

-- name: load_tasks
SELECT * FROM task WHERE key = ANY ($1::uuid[]) ORDER BY task_id;

-- name: load_clocks
SELECT * FROM clock WHERE key = ANY ($1::uuid[]);

-- name: load_words
SELECT * FROM words WHERE key = ANY ($1::uuid[]);

-- name: drop_clocks
DELETE FROM clock USING json_populate_recordset(NULL::clock, $1::json) gone
WHERE clock.key = gone.key AND clock.kind = gone.kind AND clock.task_id = gone.task_id
    AND clock.round = gone.round;

-- name: list_due
SELECT key FROM clock
WHERE next_at <= $1
    AND NOT EXISTS (SELECT FROM position WHERE blocked AND position.key = clock.key)
ORDER BY next_at LIMIT $2;

-- Texts of intake and router; nobody decides on them.

-- name: create_texts
INSERT INTO item_text (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_texts
SELECT * FROM item_text WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- The monthly reports' state.

-- name: create_reports
INSERT INTO report (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_reports
SELECT * FROM report WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- What pages and programs read.

-- name: read_texts
SELECT * FROM item_text WHERE key = ANY ($1::uuid[]);

-- name: list_timeline_entries
SELECT * FROM timeline_entry WHERE key = $1 ORDER BY seq;

-- name: list_reports
SELECT * FROM report r
WHERE filer = ANY ($1::text[]) AND stage NOT IN ('', 'lapsed') AND (
    stage <> 'received'
    OR period_end = (SELECT max(period_end) FROM report WHERE filer = r.filer AND stage <> 'lapsed')
)
ORDER BY period_end, filer;

-- What debtors owe, by case: the nearest due first, after the case $2 (the largest key: from the
-- beginning). While an objection is decided, the decision is due instead of the reply; what is
-- paused is not due.

-- name: list_owed
WITH owed AS (
    SELECT key, min(CASE WHEN paused THEN 'infinity'
        WHEN debtor LIKE 'objector:%' THEN coalesce((
            SELECT min(decision.due_at) FROM clock AS decision
            WHERE decision.key = clock.key AND decision.kind = 'decide_objection'
                AND decision.task_id = clock.task_id
        ), due_at) ELSE due_at END) AS due
    FROM clock WHERE debtor = ANY ($1::text[]) GROUP BY key
)
SELECT key FROM owed
WHERE $2 = 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid
    OR (due, key) > ((SELECT due FROM owed WHERE key = $2), $2)
ORDER BY due, key LIMIT $3;

-- name: count_owed
SELECT count(*) AS all, count(*) FILTER (WHERE due <= $2) AS today,
    count(*) FILTER (WHERE due <= $3) AS late
FROM (
    SELECT min(due_at) FILTER (WHERE NOT paused) AS due
    FROM clock WHERE debtor = ANY ($1::text[]) GROUP BY key
) owed;

-- A closed case waits for nobody. A dispatcher waits for others than itself, who sent an item up or
-- leads its supervision for whatever is due first. Each dispatcher's cases are read in the order of
-- the index; those in which the dispatchers $5 owe something, which others watch, by that too.

-- name: list_waiting
WITH watched AS (
    SELECT key, min(due_at) AS due FROM clock WHERE debtor = ANY ($5::text[]) GROUP BY key
), place AS (
    SELECT coalesce((
        SELECT least(
            CASE WHEN dispatcher_organ = ANY ($1::uuid[]) THEN waits_until ELSE next_due END,
            watched.due)
        FROM "case" LEFT JOIN watched USING (key) WHERE key = $2
    ), '-infinity') AS due
)
SELECT key
FROM (
    SELECT found.key, found.due
    FROM unnest($1::uuid[]) AS mine (organ)
    CROSS JOIN LATERAL (
        SELECT "case".key, waits_until AS due FROM "case"
        WHERE dispatcher_organ = mine.organ AND phase <> 'closed' AND waits_until IS NOT NULL
            AND (waits_until, "case".key) > ((SELECT place.due FROM place), $2)
            AND NOT EXISTS (SELECT FROM watched WHERE watched.key = "case".key)
        ORDER BY due, "case".key LIMIT $3
    ) AS found
    UNION
    SELECT "case".key, next_due FROM "case"
    WHERE (leader <> '' AND leader || ' ' || place = ANY ($4::text[])
            OR escalating_organs <> '{}' AND escalating_organs && $1::uuid[])
        AND phase <> 'closed' AND next_due IS NOT NULL
        AND (dispatcher_organ = ANY ($1::uuid[])) IS NOT TRUE
        AND NOT EXISTS (SELECT FROM watched WHERE watched.key = "case".key)
    UNION
    SELECT key, least(
        CASE WHEN dispatcher_organ = ANY ($1::uuid[]) THEN waits_until ELSE next_due END,
        watched.due)
    FROM watched JOIN "case" USING (key)
) AS found
WHERE (due, key) > ((SELECT place.due FROM place), $2)
ORDER BY due, key LIMIT $3;

-- name: count_waiting
SELECT count(*) FROM (
    SELECT key FROM "case"
    WHERE dispatcher_organ = ANY ($1::uuid[]) AND phase <> 'closed' AND waits_until IS NOT NULL
    UNION
    SELECT key FROM "case"
    WHERE (leader <> '' AND leader || ' ' || place = ANY ($2::text[])
            OR escalating_organs <> '{}' AND escalating_organs && $1::uuid[])
        AND phase <> 'closed' AND next_due IS NOT NULL
        AND (dispatcher_organ = ANY ($1::uuid[])) IS NOT TRUE
    UNION
    SELECT key FROM clock WHERE debtor = ANY ($3::text[])
) AS found;

-- Open cases by what is due first, after the case $4: of divisions, of units, of stations.

-- name: list_open
WITH after AS (
    SELECT CASE WHEN $4 = 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid THEN '-infinity'
        ELSE coalesce((SELECT next_due FROM "case" WHERE key = $4), 'infinity')
        END::timestamptz AS due
), found AS (
    (SELECT key, due FROM unnest($1::text[]) AS at (code)
    CROSS JOIN LATERAL (
        SELECT "case".key, coalesce(next_due, 'infinity') AS due
        FROM "case"
        WHERE place = at.code
            AND phase <> 'closed' AND intake_state <> ALL ('{withdrawn,rejected,transferred,merged}')
            AND (coalesce(next_due, 'infinity'), "case".key) > ((SELECT after.due FROM after), $4)
            AND ($5 = 'open' OR $5 = 'supervised' AND supervision IN ('supervised', 'key', 'agenda')
                OR $5 = 'late' AND next_due <= $6)
        ORDER BY due, "case".key LIMIT $7
    ) AS here)
    UNION
    SELECT "case".key, coalesce(next_due, 'infinity')
    FROM (
        SELECT key FROM task WHERE unit_id = ANY ($2::uuid[]) AND ended_at IS NULL
        UNION SELECT key FROM "case" WHERE station_id = ANY ($3::uuid[])
    ) AS theirs JOIN "case" USING (key)
    WHERE phase <> 'closed' AND intake_state <> ALL ('{withdrawn,rejected,transferred,merged}')
        AND (coalesce(next_due, 'infinity'), "case".key) > ((SELECT after.due FROM after), $4)
        AND ($5 = 'open' OR $5 = 'supervised' AND supervision IN ('supervised', 'key', 'agenda')
            OR $5 = 'late' AND next_due <= $6)
)
SELECT key FROM found ORDER BY due, key LIMIT $7;

-- Cases of the same places in which somebody has to decide on supervision, by when that is due.

-- name: list_candidates
WITH found AS (
    SELECT "case".key, due_at AS due
    FROM "case" JOIN clock ON clock.key = "case".key AND kind = 'decide_supervision'
    WHERE key_candidate = 'open' AND (place = ANY ($1::text[]) OR station_id = ANY ($3::uuid[])
        OR EXISTS (SELECT FROM task WHERE task.key = "case".key
            AND unit_id = ANY ($2::uuid[]) AND ended_at IS NULL))
)
SELECT key FROM found
WHERE $4 = 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid
    OR (due, key) > ((SELECT due FROM found WHERE key = $4), $4)
ORDER BY due, key LIMIT $5;

-- Cases by age, the newest first, of the same places.

-- name: list_all
WITH found AS (
    (SELECT key FROM unnest($1::text[]) AS at (code)
    CROSS JOIN LATERAL (
        SELECT "case".key FROM "case"
        WHERE place = at.code
            AND "case".key < $4 AND ($5 = 'all' OR phase = 'closed')
        ORDER BY "case".key DESC LIMIT $6
    ) AS here)
    UNION
    SELECT "case".key
    FROM (
        SELECT key FROM task WHERE unit_id = ANY ($2::uuid[]) AND key < $4
        UNION SELECT key FROM "case" WHERE station_id = ANY ($3::uuid[]) AND key < $4
    ) AS theirs JOIN "case" USING (key)
    WHERE ($5 = 'all' OR phase = 'closed')
)
SELECT key FROM found ORDER BY key DESC LIMIT $6;

-- Texts whose words are not searched yet; taken by deleting, so that a fold that changes the text
-- meanwhile adds its key anew.

-- name: add_to_search
INSERT INTO search_pending (key, since) SELECT unnest($1::uuid[]), $2 ON CONFLICT DO NOTHING;

-- name: take_for_search
DELETE FROM search_pending WHERE key IN (
    SELECT key FROM search_pending ORDER BY since LIMIT $1 FOR UPDATE SKIP LOCKED
) RETURNING key;

-- name: drop_from_search
DELETE FROM search_text WHERE key = ANY ($1::uuid[]);

-- name: count_for_search
SELECT count(*) FROM search_pending;

-- Search goes the newest first, before the case $4, in the divisions $1, of the units $2 or of the
-- stations $3. A common word is soon found on the way; a rare one is looked up in the index.
-- These statements see all rows; what they find is read as the asker.
-- By its text a case is found only by those whom row security would let read it.

-- name: search_as
SELECT set_config('jianyi.sight', $1, true);

-- This one walks over the $11 newest cases, no further down than $10 cases of each place; and tells
-- whether more lie below.

-- name: search_newest
WITH edge AS (
    SELECT key FROM (
        SELECT last.key FROM unnest($1::text[]) AS at (code) CROSS JOIN LATERAL (
            SELECT key FROM "case" WHERE place = at.code AND key < $4
            ORDER BY key DESC OFFSET $10 LIMIT 1) AS last
        UNION ALL
        SELECT last.key FROM unnest($2::uuid[]) AS at (id) CROSS JOIN LATERAL (
            SELECT key FROM task WHERE unit_id = at.id AND key < $4
            ORDER BY key DESC OFFSET $10 LIMIT 1) AS last
        UNION ALL
        SELECT last.key FROM unnest($3::uuid[]) AS at (id) CROSS JOIN LATERAL (
            SELECT key FROM "case" WHERE station_id = at.id AND key < $4
            ORDER BY key DESC OFFSET $10 LIMIT 1) AS last
    ) AS edges ORDER BY key DESC LIMIT 1
), bottom AS MATERIALIZED (
    SELECT coalesce((SELECT key FROM edge), '00000000-0000-0000-0000-000000000000'::uuid) AS key
), walked AS MATERIALIZED (
    SELECT key FROM (
        SELECT key FROM "case"
        WHERE place = ANY ($1::text[]) AND key < $4 AND key > (SELECT key FROM bottom)
        UNION
        SELECT key FROM task
        WHERE unit_id = ANY ($2::uuid[]) AND key < $4 AND key > (SELECT key FROM bottom)
        UNION
        SELECT key FROM "case"
        WHERE station_id = ANY ($3::uuid[]) AND key < $4 AND key > (SELECT key FROM bottom)
    ) AS near ORDER BY key DESC LIMIT $11
)
SELECT EXISTS (SELECT FROM edge) OR (SELECT count(*) FROM walked) = $11 AS is_part, ARRAY(
    SELECT key FROM walked
    WHERE (SELECT folded LIKE ALL ($5::text[]) FROM search_text WHERE search_text.key = walked.key)
            AND (SELECT dispatcher_organ IN (SELECT seen_keys('organs'))
                    OR units && ARRAY(SELECT seen_keys('units'))
                    OR place IN (SELECT seen('texts'))
                    OR place || ' ' || owner_level IN (SELECT seen('texts'))
                    OR station_id IN (SELECT seen_keys('stations'))
                    OR leader || ' ' || place IN (SELECT seen('leads'))
                FROM "case" WHERE "case".key = walked.key)
        OR (SELECT $6 <> '' AND starts_with(number, $6) OR units && $7::uuid[]
                OR place = ANY ($8::text[])
            FROM "case" WHERE "case".key = walked.key)
    ORDER BY key DESC LIMIT $9
) AS keys;

-- name: search_index
SELECT key FROM (
    SELECT key FROM search_text JOIN "case" USING (key)
    WHERE grams(folded, true) @> grams_of_words($10) AND folded LIKE ALL ($5::text[]) AND key < $4
        AND (dispatcher_organ IN (SELECT seen_keys('organs'))
            OR units && ARRAY(SELECT seen_keys('units'))
            OR place IN (SELECT seen('texts'))
            OR place || ' ' || owner_level IN (SELECT seen('texts'))
            OR station_id IN (SELECT seen_keys('stations'))
            OR leader || ' ' || place IN (SELECT seen('leads')))
    UNION
    SELECT key FROM "case"
    WHERE $6 <> '' AND number ~>=~ $6 AND number ~<~ ($6 || U&'\+10FFFF') AND key < $4
    UNION
    SELECT key FROM task WHERE unit_id = ANY ($7::uuid[]) AND key < $4
    UNION
    SELECT here.key FROM unnest($8::text[]) AS at (code) CROSS JOIN LATERAL (
        SELECT key FROM "case" WHERE place = at.code AND key < $4
        ORDER BY key DESC LIMIT $9) AS here
) AS found JOIN "case" USING (key)
WHERE place = ANY ($1::text[]) OR station_id = ANY ($3::uuid[])
    OR EXISTS (SELECT FROM task WHERE task.key = found.key AND unit_id = ANY ($2::uuid[]))
ORDER BY key DESC LIMIT $9;

-- What operators watch: each takes the instant and gives `value`.

-- name: oldest_unfired
SELECT coalesce(extract(epoch FROM $1 - min(next_at)), 0) AS value FROM clock WHERE next_at <= $1;

-- name: oldest_for_search
SELECT coalesce(extract(epoch FROM $1 - min(since)), 0) AS value FROM search_pending;

-- name: count_provisional
SELECT count(*) AS value FROM clock WHERE provisional AND $1::timestamptz IS NOT NULL;

-- name: count_held
SELECT count(*) AS value
FROM (SELECT DISTINCT key FROM position WHERE blocked) held JOIN clock USING (key)
WHERE next_at IS NOT NULL AND $1::timestamptz IS NOT NULL;

-- name: count_clocks
SELECT key, count(*) AS n FROM clock WHERE key = ANY ($1::uuid[]) AND next_at IS NOT NULL
GROUP BY key;

-- name: count_overdue
SELECT coalesce(owner_level, 'none') AS label, count(*) AS value
FROM clock JOIN "case" USING (key) WHERE due_at <= $1 AND NOT paused GROUP BY 1;

-- The last published event recorded in each subject's row, for the audit.

-- name: ends_of_case
SELECT key, seq, head, text_seq FROM "case";
