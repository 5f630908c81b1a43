-- name: create_items
INSERT INTO item (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_items
SELECT * FROM item WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: forget_items
DELETE FROM item
WHERE key = ANY ($1::uuid[]) AND xmin = pg_current_xact_id()::xid;

-- name: claim_items
SELECT * FROM item WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE SKIP LOCKED;

-- name: list_items_at_ended_units
SELECT DISTINCT key FROM task JOIN item USING (key)
WHERE unit_id = ANY ($1::uuid[]) AND NOT ended AND homeless_since IS NULL AND NOT closed
    AND NOT EXISTS (SELECT FROM position WHERE blocked AND position.key = task.key)
LIMIT $2;

-- name: read_items
SELECT * FROM item WHERE key = ANY ($1::uuid[]);

-- name: load_tasks
SELECT * FROM task WHERE key = ANY ($1::uuid[]) ORDER BY dispatch_no, task_id;

-- name: load_reasons
SELECT * FROM reason WHERE key = ANY ($1::uuid[]) ORDER BY n;

-- name: load_texts
SELECT * FROM item_text WHERE key = ANY ($1::uuid[]);

-- name: list_queue
SELECT key FROM item WHERE organ_id = ANY ($1::uuid[]) AND duty <> ''
ORDER BY duty_since, key LIMIT $2;

-- name: count_queue
SELECT count(*) AS n FROM item WHERE organ_id = ANY ($1::uuid[]) AND duty <> '';

-- name: oldest_duty
SELECT coalesce(extract(epoch FROM $1 - min(duty_since)), 0) AS value
FROM item WHERE duty <> '' AND organ_id IS NOT NULL;

-- For the audit: what each item has emitted last.

-- name: ends_of_item
SELECT key, seq, head, text_seq FROM item;
