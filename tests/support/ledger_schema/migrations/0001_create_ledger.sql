CREATE TABLE ledger (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    items integer NOT NULL DEFAULT 0,
    assignments integer NOT NULL DEFAULT 0,
    text text NOT NULL DEFAULT '',
    acts integer NOT NULL DEFAULT 0,
    note text NOT NULL DEFAULT '',
    fired integer NOT NULL DEFAULT 0,
    due_at timestamptz
);
