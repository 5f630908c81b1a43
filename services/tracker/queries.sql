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

-- name: latest_report
SELECT * FROM report WHERE filer = ANY ($1::text[]) AND stage <> 'lapsed'
ORDER BY period_end DESC, stage IN ('submitted', 'received'), filer LIMIT 1;

-- name: list_duties
SELECT * FROM clock
WHERE debtor = ANY ($1::text[]) AND due_at <= $2 ORDER BY due_at, key LIMIT $3;

-- name: count_duties
SELECT count(*) FILTER (WHERE due_at <= $2) AS today, count(*) AS week,
    count(*) FILTER (WHERE due_at <= $4) AS late
FROM clock WHERE debtor = ANY ($1::text[]) AND due_at <= $3;

-- A closed case waits for nobody. Each organ's cases are read in the order of the index.

-- name: list_waiting
SELECT key
FROM unnest($1::uuid[]) AS mine (organ)
CROSS JOIN LATERAL (
    SELECT key, coalesce(waits_until, 'infinity') AS due FROM "case"
    WHERE dispatcher_organ = mine.organ AND phase <> 'closed'
        AND coalesce(waits_until, 'infinity') < 'infinity'
    ORDER BY due, key LIMIT $2
) AS found
ORDER BY due, key LIMIT $2;

-- name: count_waiting
SELECT count(*) FROM "case"
WHERE dispatcher_organ = ANY ($1::uuid[]) AND phase <> 'closed'
    AND coalesce(waits_until, 'infinity') < 'infinity';

-- name: count_all_duties
SELECT count(*) AS n FROM clock WHERE debtor = ANY ($1::text[]);

-- Cases by what is due first, after the case $2 (the largest key: from the beginning).

-- name: list_open_of_organs
SELECT key
FROM unnest($1::uuid[]) AS mine (organ)
CROSS JOIN LATERAL (
    SELECT "case".key, coalesce(waits_until, 'infinity') AS due
    FROM "case" LEFT JOIN item_text USING (key)
    WHERE dispatcher_organ = mine.organ AND phase <> 'closed'
        AND (coalesce(waits_until, 'infinity'), "case".key) > (
            coalesce((SELECT coalesce(waits_until, 'infinity') FROM "case" WHERE key = $2),
                '-infinity'), $2)
        AND ($3 = 'open' OR $3 = 'waiting' AND waits_until IS NOT NULL
            OR $3 = 'late' AND EXISTS (
                SELECT FROM clock WHERE clock.key = "case".key AND due_at <= $5)
            OR $3 = 'candidate' AND key_candidate = 'open')
        AND ($4 = '' OR starts_with(number, $4) OR strpos(title, $4) > 0)
    ORDER BY due, "case".key LIMIT $6
) AS found
ORDER BY due, key LIMIT $6;

-- name: list_open_of_units
SELECT "case".key FROM "case" LEFT JOIN item_text USING (key)
WHERE "case".key IN (SELECT key FROM task WHERE unit_id = ANY ($1::uuid[]) AND ended_at IS NULL
        AND ($3 <> 'waiting' OR role <> 'co'))
    AND phase <> 'closed'
    AND ($2 = 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid
        OR (coalesce(waits_until, 'infinity'), "case".key) > (
            SELECT coalesce(waits_until, 'infinity'), key FROM "case" WHERE key = $2))
    AND ($3 = 'open' OR $3 = 'waiting' AND phase = 'replied'
        OR $3 = 'late' AND EXISTS (
            SELECT FROM clock WHERE clock.key = "case".key AND due_at <= $5)
        OR $3 = 'candidate' AND key_candidate = 'open')
    AND ($4 = '' OR starts_with(number, $4) OR strpos(title, $4) > 0)
ORDER BY coalesce(waits_until, 'infinity'), "case".key LIMIT $6;

-- Cases by age, the newest first; the instant $5 matters to the lists above only.

-- name: list_all_of_organs
SELECT "case".key FROM "case" LEFT JOIN item_text USING (key)
WHERE dispatcher_organ = ANY ($1::uuid[]) AND key < $2
    AND ($3 = 'all' OR $3 = 'closed' AND phase = 'closed')
    AND ($4 = '' OR starts_with(number, $4) OR strpos(title, $4) > 0)
    AND $5::timestamptz IS NOT NULL
ORDER BY key DESC LIMIT $6;

-- name: list_all_of_units
SELECT DISTINCT "case".key FROM task JOIN "case" USING (key) LEFT JOIN item_text USING (key)
WHERE unit_id = ANY ($1::uuid[]) AND key < $2
    AND ($3 = 'all' OR $3 = 'closed' AND phase = 'closed')
    AND ($4 = '' OR starts_with(number, $4) OR strpos(title, $4) > 0)
    AND $5::timestamptz IS NOT NULL
ORDER BY key DESC LIMIT $6;

-- What operators watch: each takes the instant and gives `value`.

-- name: oldest_unfired
SELECT coalesce(extract(epoch FROM $1 - min(next_at)), 0) AS value FROM clock WHERE next_at <= $1;

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
