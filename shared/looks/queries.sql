-- name: log_look
INSERT INTO access_log
    (id, looked_at, person_id, subject, division_code, fields, reason, words, correlation_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: drop_old_looks
DELETE FROM access_log WHERE looked_at < now() - interval '12 months'
