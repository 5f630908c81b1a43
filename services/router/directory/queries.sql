-- name: create_entries
INSERT INTO entry (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_entries
SELECT * FROM entry WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: list_entries
SELECT * FROM entry WHERE type = ANY ($1::text[]);

-- name: lock_directory
SELECT pg_advisory_xact_lock(hashtext('router.directory'));

-- name: list_newer
SELECT entry.key, entry.type, entry.body FROM entry
LEFT JOIN position ON position.topic = $1 AND position.key = entry.key
LEFT JOIN directory_copy copied ON copied.key = entry.key
WHERE entry.type = ANY ($2::text[]) AND (
    entry.text_seq > coalesce(position.seq, 0)
    OR (copied.revision, copied.key) > ($3::bigint, $4::uuid)
);

-- name: count_changes
SELECT coalesce(sum(text_seq), 0)::bigint AS n FROM entry WHERE type = ANY ($1::text[]);

-- name: forget_entries
DELETE FROM entry WHERE key = ANY ($1::uuid[]) AND xmin = pg_current_xact_id()::xid;

-- name: read_entry
SELECT * FROM entry WHERE key = $1 AND type <> '';

-- name: list_changes
SELECT version.key, version.seq, version.type, version.recorded_at AS at, version.payload AS body,
    earlier.payload AS before
FROM (
    SELECT id, key, seq, type, recorded_at, payload FROM outbox
    WHERE topic = 'router.directory.v1' AND key = ANY ($1::uuid[]) ORDER BY id DESC LIMIT $2
) version
LEFT JOIN outbox earlier ON earlier.topic = 'router.directory.v1' AND earlier.key = version.key
    AND earlier.seq = version.seq - 1
ORDER BY version.id DESC;

-- name: count_open_tasks
SELECT unit_id, count(*) AS n FROM task JOIN item USING (key)
WHERE NOT ended AND NOT closed GROUP BY unit_id;

-- name: count_duties
SELECT organ_id, count(*) AS n FROM item WHERE duty <> '' AND organ_id IS NOT NULL
GROUP BY organ_id;

-- name: count_supervised
SELECT leader, count(*) AS n FROM item WHERE leader <> '' AND NOT closed GROUP BY leader;

-- name: ends_of_entry
SELECT key, seq, head, text_seq FROM entry;
