-- A subject's trail, and the words to erase of it, are looked up in all that was ever said.
CREATE INDEX outbox_key ON outbox (key, id);
