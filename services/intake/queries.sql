-- Items with their words.

-- name: create_items
INSERT INTO item (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_items
SELECT * FROM item WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: forget_items
DELETE FROM item
WHERE key = ANY ($1::uuid[]) AND xmin = pg_current_xact_id()::xid;

-- name: load_texts
SELECT * FROM item_text WHERE key = ANY ($1::uuid[]);

-- name: count_replies
SELECT key, reply_no FROM progress WHERE key = ANY ($1::uuid[]);

-- name: save_items
INSERT INTO item SELECT * FROM json_populate_recordset(NULL::item, $1::json)
ON CONFLICT (key) DO UPDATE SET
    seq = excluded.seq, head = excluded.head, text_seq = excluded.text_seq, state = excluded.state,
    client_id = excluded.client_id, station_id = excluded.station_id, division_code =
    excluded.division_code, item_type = excluded.item_type, source_kind = excluded.source_kind,
    enterprise_id = excluded.enterprise_id, enterprise_code = excluded.enterprise_code,
    deputy_id = excluded.deputy_id, confidential = excluded.confidential, self_interest =
    excluded.self_interest, occurred_at = excluded.occurred_at, received_at =
    excluded.received_at, accepted_at = excluded.accepted_at, number = excluded.number,
    reason = excluded.reason, merged_into = excluded.merged_into, solved_on_spot =
    excluded.solved_on_spot, body_digest = excluded.body_digest, last_digest =
    excluded.last_digest, erased_at = excluded.erased_at;

-- name: save_texts
INSERT INTO item_text SELECT * FROM json_populate_recordset(NULL::item_text, $1::json)
ON CONFLICT (key) DO UPDATE SET
    title = excluded.title, body = excluded.body, supplements = excluded.supplements,
    rating_reasons = excluded.rating_reasons, decision_note = excluded.decision_note;

-- name: save_contacts
INSERT INTO contact SELECT * FROM json_populate_recordset(NULL::contact, $1::json)
ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed;

-- name: erase_contacts
DELETE FROM contact WHERE key = ANY ($1::uuid[]);

-- name: list_items_of_proposer
SELECT * FROM item
WHERE state <> '' AND (key = $1 OR enterprise_id = $1 OR deputy_id = $1) ORDER BY key;

-- name: list_erasures
SELECT key, recorded_at, payload FROM outbox WHERE type = 'item.erased' ORDER BY id;

-- name: read_items
SELECT * FROM item WHERE key = ANY ($1::uuid[]);

-- name: list_items
SELECT key FROM item
WHERE station_id = ANY ($1::uuid[]) AND state <> '' AND ($2 = '' OR state = $2) AND key < $3
ORDER BY key DESC LIMIT $4;

-- name: draw_numbers
INSERT INTO number_series VALUES ($1, $2, $3)
ON CONFLICT (division_code, year) DO UPDATE SET last = number_series.last + $3
RETURNING last;

-- What others did with an item.

-- name: create_progress
INSERT INTO progress (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_progress
SELECT * FROM progress WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: read_progress
SELECT * FROM progress WHERE key = ANY ($1::uuid[]);

-- name: save_progress
INSERT INTO progress SELECT * FROM json_populate_recordset(NULL::progress, $1::json)
ON CONFLICT (key) DO UPDATE SET
    seq = excluded.seq, head = excluded.head, text_seq = excluded.text_seq, dispatch_no =
    excluded.dispatch_no, owner_level = excluded.owner_level, lead_unit = excluded.lead_unit,
    tasks = excluded.tasks, reply_no = excluded.reply_no, outcome = excluded.outcome, promised_on = excluded.promised_on,
    rating = excluded.rating, is_closed = excluded.is_closed, reply_plain = excluded.reply_plain,
    reply_text = excluded.reply_text;

-- Activities.

-- name: create_activities
INSERT INTO activity (key) SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING RETURNING key;

-- name: load_activities
SELECT * FROM activity WHERE key = ANY ($1::uuid[]) ORDER BY key FOR UPDATE;

-- name: forget_activities
DELETE FROM activity
WHERE key = ANY ($1::uuid[]) AND xmin = pg_current_xact_id()::xid;

-- name: save_activities
INSERT INTO activity SELECT * FROM json_populate_recordset(NULL::activity, $1::json)
ON CONFLICT (key) DO UPDATE SET
    seq = excluded.seq, head = excluded.head, text_seq = excluded.text_seq, client_id =
    excluded.client_id, station_id = excluded.station_id, kind = excluded.kind,
    organiser_division = excluded.organiser_division, place_division = excluded.place_division,
    partners = excluded.partners, first_day = excluded.first_day, last_day = excluded.last_day,
    enterprise_ids = excluded.enterprise_ids, received_at = excluded.received_at, body_digest =
    excluded.body_digest;

-- name: save_attendance
INSERT INTO attendance SELECT * FROM json_populate_recordset(NULL::attendance, $1::json)
ON CONFLICT DO NOTHING;

-- Stations' keys and the register of enterprises.

-- name: find_key
SELECT kid, station_code, public_x FROM station_key WHERE kid = $1 AND revoked_at IS NULL;

-- name: add_key
INSERT INTO station_key (kid, station_code, public_x, added_at, place)
SELECT $1, $2, $3, $4, place FROM generate_series(1, 2) AS place
WHERE NOT EXISTS (
    SELECT FROM station_key AS live
    WHERE live.station_code = $2 AND live.place = place.place AND live.revoked_at IS NULL
)
ORDER BY place LIMIT 1
ON CONFLICT DO NOTHING RETURNING kid;

-- name: is_key
SELECT FROM station_key WHERE kid = $1;

-- name: revoke_key
UPDATE station_key SET revoked_at = $2 WHERE kid = $1 AND revoked_at IS NULL RETURNING kid;

-- name: list_keys
SELECT kid, station_code, public_x, added_at, revoked_at FROM station_key
WHERE station_code = $1 ORDER BY added_at;

-- name: save_enterprises
INSERT INTO enterprise SELECT * FROM json_populate_recordset(NULL::enterprise, $1::json)
ON CONFLICT (key) DO UPDATE SET
    credit_code = excluded.credit_code, name = excluded.name,
    division_code = excluded.division_code;

-- Who raised an item, and who looked.

-- name: read_sources
SELECT item.key, coalesce(enterprise.name, '') AS firm, coalesce(contact.sealed, '') AS sealed
FROM item LEFT JOIN enterprise ON enterprise.key = item.enterprise_id
    LEFT JOIN contact ON contact.key = item.key
WHERE item.key = ANY ($1::uuid[]);

-- name: name_firms
SELECT credit_code, name FROM enterprise WHERE credit_code = ANY ($1::text[]);

-- name: looks_since
SELECT looked_at FROM access_log
WHERE person_id = $1 AND looked_at > $2 AND reason <> 'export' ORDER BY looked_at;

-- name: list_looks
SELECT * FROM access_log WHERE subject = $1 ORDER BY id DESC;

-- What each subject remembers to have said last, for the audit.

-- name: ends_of_item
SELECT key, seq, head, text_seq FROM item;

-- name: ends_of_activity
SELECT key, seq, head, text_seq FROM activity;
