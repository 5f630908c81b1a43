-- name: save_upload
INSERT INTO upload (id, kind, file_name, body, uploaded_by, uploaded_at)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: drop_earlier_uploads
DELETE FROM upload WHERE uploaded_by = $1 AND id NOT IN (
    SELECT id FROM upload WHERE uploaded_by = $1 ORDER BY uploaded_at DESC, id DESC LIMIT $2
);

-- name: drop_old_uploads
DELETE FROM upload WHERE uploaded_at < $1;

-- name: find_upload
SELECT id, kind, file_name, body FROM upload
WHERE id = $1 AND uploaded_by = $2 AND uploaded_at >= $3;

-- name: drop_upload
DELETE FROM upload WHERE id = $1;
