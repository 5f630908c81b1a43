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

-- name: save_cases
INSERT INTO "case" SELECT * FROM json_populate_recordset(NULL::"case", $1::json)
ON CONFLICT (key) DO UPDATE SET
    seq = excluded.seq, head = excluded.head, text_seq = excluded.text_seq, division_code =
    excluded.division_code, station_id = excluded.station_id, intake_state =
    excluded.intake_state, submitted_at = excluded.submitted_at, received_at =
    excluded.received_at, paused_at = excluded.paused_at, pauses = excluded.pauses, item_type =
    excluded.item_type, source_kind = excluded.source_kind, number = excluded.number,
    accepted_at = excluded.accepted_at, passed_on_at = excluded.passed_on_at, profile =
    excluded.profile, solved_on_spot = excluded.solved_on_spot, confidential =
    excluded.confidential, self_interest = excluded.self_interest, erased_at =
    excluded.erased_at, routed_division = excluded.routed_division, organ_id = excluded.organ_id, escalated_at =
    excluded.escalated_at, owner_level = excluded.owner_level, dispatch_no =
    excluded.dispatch_no, dispatched_at = excluded.dispatched_at, dispatcher_organ =
    excluded.dispatcher_organ, complexity = excluded.complexity, matter_code =
    excluded.matter_code, rule_id = excluded.rule_id, reason_code = excluded.reason_code,
    automatic = excluded.automatic, units = excluded.units, handed_back_no = excluded.handed_back_no, phase =
    excluded.phase, round = excluded.round, rework_at = excluded.rework_at, reply_no =
    excluded.reply_no, outcome = excluded.outcome, promised_on = excluded.promised_on,
    replied_at = excluded.replied_at, rating_until = excluded.rating_until, rating =
    excluded.rating, rated_at = excluded.rated_at, supervision = excluded.supervision,
    key_candidate = excluded.key_candidate, leader = excluded.leader, closed_at =
    excluded.closed_at, closed_how = excluded.closed_how, waits_until = excluded.waits_until;

-- name: save_tasks
INSERT INTO task SELECT * FROM json_populate_recordset(NULL::task, $1::json)
ON CONFLICT (key, task_id) DO UPDATE SET
    unit_id = excluded.unit_id, role = excluded.role, external = excluded.external, dispatch_no
    = excluded.dispatch_no, given_at = excluded.given_at, sign_n = excluded.sign_n, sign_kind =
    excluded.sign_kind, reply_n = excluded.reply_n, reply_kind = excluded.reply_kind,
    object_until = excluded.object_until, signed_at = excluded.signed_at, by_silence =
    excluded.by_silence, objection = excluded.objection, objected_at = excluded.objected_at,
    objected_round = excluded.objected_round, decided_at = excluded.decided_at, contacted_at =
    excluded.contacted_at, contacted_round = excluded.contacted_round, opinion_at =
    excluded.opinion_at, drafted_at = excluded.drafted_at, drafted_round =
    excluded.drafted_round, draft_outcome = excluded.draft_outcome, draft_promised_on =
    excluded.draft_promised_on, draft_waived = excluded.draft_waived, replied_round =
    excluded.replied_round, ended_at = excluded.ended_at;

-- name: save_clocks
INSERT INTO clock SELECT * FROM json_populate_recordset(NULL::clock, $1::json)
ON CONFLICT (key, kind, task_id, round) DO UPDATE SET
    debtor = excluded.debtor, started_at = excluded.started_at, due_at = excluded.due_at,
    limit_n = excluded.limit_n, limit_kind = excluded.limit_kind, provisional =
    excluded.provisional, paused = excluded.paused, step = excluded.step, next_at =
    excluded.next_at;

-- name: drop_clocks
DELETE FROM clock USING json_populate_recordset(NULL::clock, $1::json) gone
WHERE clock.key = gone.key AND clock.kind = gone.kind AND clock.task_id = gone.task_id
    AND clock.round = gone.round;

-- name: save_words
INSERT INTO words SELECT * FROM json_populate_recordset(NULL::words, $1::json)
ON CONFLICT (key) DO UPDATE SET
    replies = excluded.replies, objections = excluded.objections, contacts = excluded.contacts,
    opinions = excluded.opinions, drafts = excluded.drafts;

-- name: save_happenings
INSERT INTO happening SELECT * FROM json_populate_recordset(NULL::happening, $1::json);

-- name: list_due
SELECT key FROM clock
WHERE next_at <= $1
    AND NOT EXISTS (SELECT FROM position WHERE parked AND position.key = clock.key)
ORDER BY next_at LIMIT $2;

-- Texts of intake and router; nobody decides on them.

-- name: create_texts
INSERT INTO item_text (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_texts
SELECT * FROM item_text WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: save_texts
INSERT INTO item_text SELECT * FROM json_populate_recordset(NULL::item_text, $1::json)
ON CONFLICT (key) DO UPDATE SET
    seq = excluded.seq, head = excluded.head, text_seq = excluded.text_seq, title =
    excluded.title, body = excluded.body, supplements = excluded.supplements, ratings =
    excluded.ratings, decision_note = excluded.decision_note, reasons = excluded.reasons;

-- The monthly reports' state.

-- name: create_reports
INSERT INTO report (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_reports
SELECT * FROM report WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: save_reports
INSERT INTO report SELECT * FROM json_populate_recordset(NULL::report, $1::json)
ON CONFLICT (key) DO UPDATE SET
    seq = excluded.seq, head = excluded.head, text_seq = excluded.text_seq, filer =
    excluded.filer, period_start = excluded.period_start, period_end = excluded.period_end,
    due_at = excluded.due_at, stage = excluded.stage, stage_at = excluded.stage_at, version =
    excluded.version, late_days = excluded.late_days, figures = excluded.figures;

-- What pages and programs read.

-- name: read_texts
SELECT * FROM item_text WHERE key = ANY ($1::uuid[]);

-- name: list_happenings
SELECT * FROM happening WHERE key = $1 ORDER BY seq;

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
FROM (SELECT DISTINCT key FROM position WHERE parked) held JOIN clock USING (key)
WHERE next_at IS NOT NULL AND $1::timestamptz IS NOT NULL;

-- name: count_clocks
SELECT key, count(*) AS n FROM clock WHERE key = ANY ($1::uuid[]) AND next_at IS NOT NULL
GROUP BY key;

-- name: count_overdue
SELECT coalesce(owner_level, 'none') AS label, count(*) AS value
FROM clock JOIN "case" USING (key) WHERE due_at <= $1 AND NOT paused GROUP BY 1;

-- What each subject remembers to have said last, for the audit.

-- name: ends_of_case
SELECT key, seq, head, text_seq FROM "case";
