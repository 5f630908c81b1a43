-- name: create_positions
WITH created AS (
    INSERT INTO position (topic, key, seq, event_id, blocked)
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::uuid[], $5::boolean[])
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT count(*) AS n FROM created

-- name: lock_positions
SELECT p.topic, p.key, p.seq, p.event_id, p.blocked,
       p.xmin = pg_current_xact_id()::xid AS own
FROM position p
JOIN unnest($1::text[], $2::uuid[]) AS wanted (topic, key) USING (topic, key)
ORDER BY p.topic, p.key
FOR UPDATE OF p

-- name: save_positions
UPDATE position p SET seq = w.seq, event_id = w.event_id, blocked = w.blocked
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::uuid[], $5::boolean[])
    AS w (topic, key, seq, event_id, blocked)
WHERE p.topic = w.topic AND p.key = w.key

-- name: list_blocked_keys
SELECT DISTINCT key FROM position WHERE blocked AND key = ANY ($1::uuid[])

-- name: next_outbox_blocks
SELECT nextval('outbox_id') AS first FROM generate_series(1, $1::integer)

-- name: save_outbox
WITH saved AS (
    INSERT INTO outbox (id, recorded_at, topic, key, seq, event_id, type, occurred_at,
                        correlation_id, prev_hash, hash, payload)
    SELECT w.id, $2, w.topic, w.key, w.seq, w.event_id, w.type, w.occurred_at,
           w.correlation_id, w.prev_hash, w.hash, w.payload
    FROM unnest($1::bigint[], $3::text[], $4::uuid[], $5::bigint[], $6::uuid[], $7::text[],
                $8::timestamptz[], $9::uuid[], $10::text[], $11::text[], $12::bytea[])
        AS w (id, topic, key, seq, event_id, type, occurred_at, correlation_id, prev_hash, hash,
              payload)
)
INSERT INTO outbox_pending (id, recorded_at) SELECT unnest($1::bigint[]), $2

-- name: erase_outbox
UPDATE outbox SET payload = NULL
FROM unnest($1::text[], $2::uuid[], $3::bigint[]) AS gone (topic, key, seq)
WHERE outbox.topic LIKE '%.text.v1' AND outbox.topic = gone.topic AND outbox.key = gone.key
    AND outbox.seq < gone.seq AND payload IS NOT NULL

-- name: list_emitted
SELECT topic, key, seq, event_id, type, occurred_at, recorded_at, correlation_id, prev_hash, hash,
       payload
FROM outbox WHERE key = $1 ORDER BY id DESC LIMIT $2

-- name: last_anchor
SELECT after, upto, since, events, root, anchored_at FROM audit_anchor ORDER BY upto DESC LIMIT 1

-- name: list_anchors
SELECT after, upto, since, events, root, anchored_at FROM audit_anchor ORDER BY upto

-- name: save_anchor
INSERT INTO audit_anchor (after, upto, since, events, root, anchored_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (upto) DO NOTHING

-- name: own_relay
SELECT owner, pg_sequence_last_value('outbox_id'::regclass) AS last_block
FROM relay FOR UPDATE SKIP LOCKED

-- name: read_horizon
SELECT pg_snapshot_xmin(s)::text::bigint AS oldest, pg_snapshot_xmax(s)::text::bigint AS next
FROM pg_current_snapshot() s

-- name: take_relay
UPDATE relay SET owner = $1, since = $2

-- name: load_pending
SELECT o.id, o.topic, o.key, o.seq, o.event_id, o.type, o.occurred_at, o.recorded_at,
       o.correlation_id, o.prev_hash, o.hash, o.payload
FROM (SELECT id, recorded_at FROM outbox_pending WHERE id > $2 ORDER BY id LIMIT $1) p
JOIN outbox o USING (recorded_at, id)
ORDER BY o.id

-- name: delete_pending
DELETE FROM outbox_pending WHERE id = ANY ($1::bigint[])

-- name: save_dead_letters
INSERT INTO dead_letter (topic, partition, "offset", key, seq, event_id, type, reason, traceback,
                         headers, payload, dead_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (topic, partition, "offset") DO NOTHING

-- name: erase_dead_letters
UPDATE dead_letter SET payload = NULL WHERE topic = $1 AND key = $2 AND seq < $3

-- name: list_dead_letters
SELECT * FROM dead_letter WHERE topic = $1 AND key = $2 ORDER BY seq, id LIMIT $3

-- name: count_dead_letters
SELECT count(*) AS n FROM dead_letter WHERE topic = $1 AND key = $2

-- name: find_dead_letter
SELECT * FROM dead_letter WHERE id = $1

-- name: list_queues
SELECT (array_agg(id ORDER BY seq, id))[1] AS id, topic, key,
       (array_agg(seq ORDER BY seq, id))[1] AS seq,
       (array_agg(type ORDER BY seq, id))[1] AS type,
       (array_agg(reason ORDER BY reason = 'behind', seq, id))[1] AS reason,
       min(dead_at) AS dead_at, count(*) AS letters,
       bool_or(discard_asked_by IS NOT NULL) AS is_asked
FROM dead_letter
GROUP BY topic, key, CASE WHEN key IS NULL THEN id END
ORDER BY min(dead_at), 1
LIMIT $1

-- name: ask_discard
UPDATE dead_letter SET discard_asked_by = $2, discard_reason = $3, discard_asked_at = $4
WHERE id = $1

-- name: delete_dead_letter
DELETE FROM dead_letter WHERE id = $1

-- name: save_decision
INSERT INTO dead_letter_decision
    (decided_at, action, topic, key, seq, event_id, reason, decided_by, confirmed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: list_decisions
SELECT decided_at, action, topic, key, seq, reason, decided_by, confirmed_by
FROM dead_letter_decision ORDER BY id DESC LIMIT $1

-- name: measure
SELECT (SELECT count(*) FROM position WHERE blocked) AS blocked_keys,
       (SELECT count(*) FROM dead_letter WHERE key IS NULL) AS unreadable,
       (SELECT count(*) FROM dead_letter WHERE reason = 'fork') AS forks,
       (SELECT coalesce(greatest(0, extract(epoch FROM $1 - min(recorded_at))), 0)
        FROM outbox_pending) AS pending_seconds,
       (SELECT count(*) FROM outbox_pending) AS pending,
       (SELECT coalesce(greatest(0, extract(epoch FROM $1 - since)), 0) FROM relay)
           AS relay_seconds

-- name: block_clock
INSERT INTO position (topic, key, seq, event_id, blocked) VALUES ($1, $2, 0, NULL, true)
ON CONFLICT (topic, key) DO UPDATE SET blocked = true

-- name: list_given_up
SELECT topic, event_id FROM dead_letter_decision
WHERE action = 'discarded' AND event_id IS NOT NULL

-- name: pass_over
INSERT INTO position (topic, key, seq, event_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (topic, key) DO UPDATE SET seq = excluded.seq, event_id = excluded.event_id
WHERE excluded.seq > position.seq

-- name: record_outage
INSERT INTO outage (began_at, ended_at)
SELECT at, $1 FROM pulse WHERE real_at < clock_timestamp() - make_interval(secs => $2) FOR UPDATE

-- name: beat
INSERT INTO pulse (at, real_at) VALUES ($1, clock_timestamp())
ON CONFLICT (one) DO UPDATE SET at = excluded.at, real_at = excluded.real_at

-- name: list_outages
SELECT began_at, ended_at FROM outage WHERE ended_at > $1 ORDER BY ended_at
