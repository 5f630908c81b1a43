-- name: drop_old_entries
DELETE FROM access_log WHERE accessed_at < now() - interval '12 months'

-- name: list_access
SELECT * FROM access_log
WHERE division_code = ANY ($1::text[]) AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3
