-- Sessions, and browsers at the provider.

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

-- Accounts, second factors, sign-in attempts.

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

-- name: source_lock
SELECT * FROM source_lock WHERE person = $1 AND source = $2;

-- name: drop_source_locks
DELETE FROM source_lock WHERE person = $1 AND ($2::text IS NULL OR source = $2);

-- name: drop_quiet_locks
DELETE FROM source_lock WHERE failed_at < $1;

-- name: list_source_locks
SELECT * FROM source_lock WHERE locked_until > $1 ORDER BY person, locked_until DESC, source;

-- name: totp_of
SELECT * FROM second_factor WHERE person = $1;

-- name: remove_totp
DELETE FROM second_factor WHERE person = $1;

-- name: drop_old_records
DELETE FROM sign_in_record WHERE at < now() - interval '365 days';

-- name: list_records
SELECT * FROM sign_in_record
WHERE (person = ANY ($1::uuid[]) OR (person IS NULL AND $2)) AND id < $3 AND at >= $4
    AND result = ANY ($5::text[]) AND way = ANY ($6::text[])
ORDER BY id DESC LIMIT $7;

-- name: read_summaries
SELECT wanted.person, factor.confirmed_at IS NOT NULL AS has_totp, last.at AS last_at,
    last.way AS last_way, open.n AS sessions
FROM unnest($1::uuid[]) AS wanted (person)
LEFT JOIN second_factor factor ON factor.person = wanted.person
LEFT JOIN LATERAL (
    SELECT at, way FROM sign_in_record
    WHERE person = wanted.person AND result IN ('in', 'replace') ORDER BY id DESC LIMIT 1
) last ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM session
    WHERE person = wanted.person AND renewed_at > $2 AND begun_at > $3
) open;
