-- The directory.

-- name: create_entries
INSERT INTO entry (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_entries
SELECT * FROM entry WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: list_entries
SELECT * FROM entry WHERE type = ANY ($1::text[]);

-- name: forget_entries
DELETE FROM entry WHERE key = ANY ($1::uuid[]) AND xmin = pg_current_xact_id()::xid;

-- name: read_entry
SELECT * FROM entry WHERE key = $1 AND type <> '';

-- name: list_changes
SELECT said.key, said.seq, said.type, said.recorded_at AS at, said.payload AS body,
    earlier.payload AS before
FROM (
    SELECT id, key, seq, type, recorded_at, payload FROM outbox
    WHERE topic = 'router.directory.v1' AND key = ANY ($1::uuid[]) ORDER BY id DESC LIMIT $2
) said
LEFT JOIN outbox earlier ON earlier.topic = 'router.directory.v1' AND earlier.key = said.key
    AND earlier.seq = said.seq - 1
ORDER BY said.id DESC;

-- name: save_upload
INSERT INTO upload (id, kind, file_name, body, uploaded_by, uploaded_at)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: drop_old_uploads
DELETE FROM upload WHERE uploaded_at < $1;

-- name: find_upload
SELECT id, kind, file_name, body FROM upload
WHERE id = $1 AND uploaded_by = $2 AND uploaded_at >= $3;

-- name: drop_upload
DELETE FROM upload WHERE id = $1;

-- name: count_open_tasks
SELECT unit_id, count(*) AS n FROM task JOIN item USING (key)
WHERE NOT ended AND NOT closed GROUP BY unit_id;

-- name: count_duties
SELECT organ_id, count(*) AS n FROM item WHERE duty <> '' AND organ_id IS NOT NULL
GROUP BY organ_id;

-- name: count_supervised
SELECT leader, count(*) AS n FROM item WHERE leader <> '' AND NOT closed GROUP BY leader;

-- What each subject remembers to have said last, for the audit.

-- name: ends_of_entry
SELECT key, seq, head, text_seq FROM entry;

-- Who is signed in.

-- name: lock_session
SELECT * FROM session WHERE sid = $1 FOR UPDATE;

-- name: list_sessions
SELECT * FROM session WHERE person = $1 ORDER BY renewed_at DESC, sid;

-- name: list_trial_sessions
SELECT * FROM session WHERE way = 'trial' ORDER BY sid;

-- name: drop_sessions
DELETE FROM session WHERE person = $1 AND ($2::uuid IS NULL OR sid = $2);

-- name: drop_idle_sessions
DELETE FROM session WHERE renewed_at < $1;

-- name: take_at_provider
DELETE FROM at_provider WHERE state = $1 RETURNING *;

-- name: drop_old_at_provider
DELETE FROM at_provider WHERE begun_at < $1;

-- Local accounts, and every try to sign in.

-- name: add_account
INSERT INTO account SELECT * FROM json_populate_recordset(NULL::account, $1::json)
ON CONFLICT DO NOTHING RETURNING person;

-- name: find_account
SELECT * FROM account WHERE name = $1;

-- name: lock_account
SELECT * FROM account WHERE name = $1 FOR UPDATE;

-- name: account_of
SELECT * FROM account WHERE person = $1;

-- name: lock_account_of
SELECT * FROM account WHERE person = $1 FOR UPDATE;

-- name: list_accounts
SELECT * FROM account ORDER BY name;

-- name: any_account
SELECT FROM account LIMIT 1;

-- name: second_of
SELECT * FROM second_factor WHERE person = $1;

-- name: drop_second
DELETE FROM second_factor WHERE person = $1;

-- name: drop_old_records
DELETE FROM sign_in_record WHERE at < $1;

-- name: list_records
SELECT * FROM sign_in_record
WHERE (person = ANY ($1::uuid[]) OR (person IS NULL AND $2)) AND id < $3 AND at >= $4
    AND result = ANY ($5::text[]) AND way = ANY ($6::text[])
ORDER BY id DESC LIMIT $7;

-- name: read_ways_in
SELECT asked.person, factor.confirmed_at IS NOT NULL AS has_second, last.at AS last_at,
    last.way AS last_way, open.n AS sessions
FROM unnest($1::uuid[]) AS asked (person)
LEFT JOIN second_factor factor ON factor.person = asked.person
LEFT JOIN LATERAL (
    SELECT at, way FROM sign_in_record
    WHERE person = asked.person AND result IN ('in', 'replace') ORDER BY id DESC LIMIT 1
) last ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM session
    WHERE person = asked.person AND renewed_at > $2 AND begun_at > $3
) open;
