-- name: create_items
INSERT INTO item (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_items
SELECT * FROM item WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: create_activities
INSERT INTO activity (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_activities
SELECT * FROM activity WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: load_attendees
SELECT * FROM attendee WHERE activity = ANY ($1::uuid[]);

-- name: read_activity
SELECT * FROM activity WHERE key = $1 AND kind <> '';

-- name: add_to_cells
INSERT INTO cell SELECT * FROM json_populate_recordset(NULL::cell, $1::json)
ON CONFLICT (division_code, period_start, "column") DO UPDATE SET n = cell.n + excluded.n;

-- name: lock_reports
SELECT pg_advisory_xact_lock(hashtext('reporting.report'));

-- name: create_reports
INSERT INTO report (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_reports
SELECT * FROM report WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: list_report_states
SELECT r.filer, r.period_end, r.stage, r.version,
       coalesce((SELECT array_agg(code)
                 FROM json_array_elements(v.parts) AS part,
                      json_array_elements_text(part -> 'divisions') AS code), '{}') AS divisions
FROM report r LEFT JOIN version v ON v.report = r.key AND v.version = r.version
WHERE r.stage <> '';

-- name: list_reports
SELECT * FROM report WHERE period_end = $1;

-- name: list_confirmed
SELECT * FROM report WHERE stage = 'confirmed';

-- name: list_versions
SELECT * FROM version
WHERE ($1::text IS NULL OR filer = $1) AND ($2::date IS NULL OR period_end = $2)
ORDER BY period_end, filer, version;

-- name: list_version_figures
SELECT division_code, "column", counted, corrected, adjusted, late, cumulative
FROM version_figure WHERE report = $1 AND version = $2
ORDER BY division_code, "column";

-- name: count_members
WITH net AS (
    SELECT division_code, "column", subject, person_id, sum(delta) AS n,
           sum(delta) FILTER (WHERE period_start <= $2) AS late
    FROM member($1, $2, $3, $4, $5)
    GROUP BY division_code, "column", subject, person_id
)
SELECT division_code, "column", coalesce(sum(n) FILTER (WHERE n > 0), 0)::int AS counted,
       coalesce(sum(n) FILTER (WHERE n < 0), 0)::int AS corrected,
       coalesce(sum(late) FILTER (WHERE late = n), 0)::int AS late
FROM net GROUP BY division_code, "column";

-- name: hash_members
SELECT count(*)::int AS fact_count,
       encode(sha256(convert_to(coalesce(string_agg(
           event_id::text || ' ' || "column" || ' ' || delta, E'\n'
           ORDER BY event_id, "column" COLLATE "C"), ''), 'UTF8')), 'hex') AS facts_sha256
FROM member($1, $2, $3, $4, $5);

-- What rose and fell between two cuts leaves no line (domain rules §4, worth rule).

-- name: sum_members
WITH net AS (
    SELECT subject, person_id, sum(delta) AS n,
           sum(delta) FILTER (WHERE period_start <= $2) AS late
    FROM member($1, $2, $3, $4, $5) WHERE "column" = $6 GROUP BY subject, person_id
)
SELECT count(*) FILTER (WHERE n <> 0)::int AS facts,
       coalesce(sum(n) FILTER (WHERE n > 0), 0)::int AS counted,
       coalesce(sum(n) FILTER (WHERE n < 0), 0)::int AS corrected,
       coalesce(sum(late) FILTER (WHERE late = n), 0)::int AS late
FROM net;

-- name: list_members
SELECT m.subject, m.person_id, m.division_code, m."column", m.delta, m.occurred_at, m.recorded_at,
       m.topic, m.period_start <= $2 AS is_late, coalesce(i.number, '') AS number, coalesce(i.rating_channel, '') AS rating_channel, coalesce(a.kind, '') AS kind,
       coalesce(a.place_division, '') AS place_division, coalesce(a.firms, 0) AS firms
FROM (
    SELECT DISTINCT ON (subject, person_id) *
    FROM (
        SELECT *, sum(delta) OVER (PARTITION BY subject, person_id) AS n
        FROM member($1, $2, $3, $4, $5) WHERE "column" = $6
    ) one
    WHERE delta = n
    ORDER BY subject, person_id, occurred_at DESC, event_id DESC
) m
LEFT JOIN item i ON i.key = m.subject LEFT JOIN activity a ON a.key = m.subject
ORDER BY m.occurred_at DESC, m.event_id DESC, m.person_id
LIMIT $7 OFFSET $8;

-- name: read_memo
WITH held AS (
    SELECT key, organiser_division = ANY ($1::text[]) AS own, place_division, partners, firms
    FROM activity WHERE c1 = 1 AND first_day BETWEEN $2 AND $3
), came AS (
    SELECT own, place_division, "column" FROM held JOIN attendee ON activity = key
    WHERE worth = 1
)
SELECT coalesce((SELECT sum(firms) FROM held WHERE own), 0)::int AS visits,
    (SELECT count(*) FROM held WHERE NOT own AND partners && $1::text[])::int AS joint,
    (SELECT count(*) FROM came
     WHERE NOT own AND "column" = 'C2' AND place_division = ANY ($1::text[]))::int AS guests,
    (SELECT count(*) FROM came WHERE own AND "column" = 'street_reps')::int AS street_reps;

-- What happened before the first period is counted nowhere.

-- name: sum_uncounted
SELECT "column", sum(delta)::int AS counted, count(*)::int AS facts
FROM fact WHERE period_start IS NULL AND division_code = ANY ($1::text[])
GROUP BY "column" ORDER BY "column";

-- name: list_uncounted
SELECT f.subject, f.person_id, f.division_code, f."column", f.delta, f.occurred_at, f.recorded_at,
       f.topic, false AS is_late, coalesce(i.number, '') AS number, coalesce(i.rating_channel, '') AS rating_channel, coalesce(a.kind, '') AS kind,
       coalesce(a.place_division, '') AS place_division, coalesce(a.firms, 0) AS firms
FROM fact f
LEFT JOIN item i ON i.key = f.subject LEFT JOIN activity a ON a.key = f.subject
WHERE f.period_start IS NULL AND f.division_code = ANY ($1::text[]) AND f."column" = $2
ORDER BY f.occurred_at DESC, f.event_id DESC, f.person_id
LIMIT $3 OFFSET $4;

-- name: list_blocked_subjects
SELECT p.topic, p.key, d.partition, d."offset", d.payload
FROM position p
LEFT JOIN LATERAL (
    SELECT partition, "offset", payload FROM dead_letter d
    WHERE d.topic = p.topic AND d.key = p.key
    ORDER BY "offset" LIMIT 1
) d ON true
WHERE p.blocked AND p.topic = ANY ($1::text[])
ORDER BY p.key, p.topic;

-- name: verify_cells
WITH summed AS (
    SELECT division_code, period_start, "column", sum(delta)::int AS n
    FROM fact WHERE period_start IS NOT NULL
    GROUP BY division_code, period_start, "column"
)
SELECT division_code, period_start, "column", coalesce(c.n, 0) AS cell, coalesce(s.n, 0) AS facts
FROM cell c FULL JOIN summed s USING (division_code, period_start, "column")
WHERE coalesce(c.n, 0) <> coalesce(s.n, 0)
ORDER BY division_code, period_start, "column";

-- name: digest_facts
SELECT division_code, period_start, "column", count(*)::int AS n,
       sum(hash_record_extended(fact, $1))::text AS digest
FROM fact GROUP BY division_code, period_start, "column";

-- name: list_cells
SELECT division_code, period_start, "column", n FROM cell;

-- name: list_periods
SELECT DISTINCT period_start, period_end FROM report WHERE stage <> '';

-- name: read_report
SELECT * FROM report WHERE key = $1 AND stage <> '';

-- name: list_latest_figures
SELECT r.filer, f."column", sum(f.counted)::int AS counted, sum(f.corrected)::int AS corrected,
       sum(f.adjusted)::int AS adjusted, sum(f.late)::int AS late,
       sum(f.cumulative)::int AS cumulative
FROM report r JOIN version_figure f ON f.report = r.key AND f.version = r.version
WHERE r.period_end = $1
GROUP BY r.filer, f."column";

-- name: list_lines
SELECT f.report, f.version, f.division_code, f."column", f.counted, f.corrected, f.adjusted, f.late,
       f.cumulative
FROM unnest($1::uuid[], $2::int[]) AS one (report, version)
JOIN version_figure f USING (report, version);

-- The last event each subject emitted, for the audit.

-- name: ends_of_report
SELECT key, seq, head, text_seq FROM report;
