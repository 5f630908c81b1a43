-- name: create_entries
INSERT INTO directory_copy (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key

-- name: load_entries
SELECT * FROM directory_copy
WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE

-- name: next_revision
UPDATE directory_revision SET n = n + 1 RETURNING n

-- name: list_changes
SELECT key, type, body, revision FROM directory_copy WHERE (revision, key) > ($1, $2::uuid)
ORDER BY revision, key LIMIT $3
