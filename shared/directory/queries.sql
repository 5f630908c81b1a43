-- name: create_entries
INSERT INTO directory_copy (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key

-- name: load_entries
SELECT key, seq, head, text_seq, type, body, revision FROM directory_copy
WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE

-- name: next_revision
UPDATE directory_revision SET n = n + 1 RETURNING n

-- name: save_entries
INSERT INTO directory_copy SELECT * FROM json_populate_recordset(NULL::directory_copy, $1::json)
ON CONFLICT (key) DO UPDATE
SET seq = excluded.seq, head = excluded.head, text_seq = excluded.text_seq, type = excluded.type,
    body = excluded.body, revision = excluded.revision

-- name: list_changes
SELECT key, type, body, revision FROM directory_copy WHERE (revision, key) > ($1, $2::uuid)
ORDER BY revision, key LIMIT $3
