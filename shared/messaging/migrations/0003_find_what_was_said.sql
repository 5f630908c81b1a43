-- Erasing an item looks its words up in all that was ever said; facts are not in this index.
CREATE INDEX outbox_text ON outbox (key) WHERE topic LIKE '%.text.v1';
