-- name: drop_old_looks
DELETE FROM access_log WHERE looked_at < now() - interval '12 months'

-- name: list_looks
SELECT * FROM access_log
WHERE division_code = ANY ($1::text[]) AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3
