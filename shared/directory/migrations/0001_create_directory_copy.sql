-- This service's copy of the directory: the newest state of every entry.
CREATE TABLE directory_copy (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    type text NOT NULL DEFAULT '',
    body text NOT NULL DEFAULT '',
    revision bigint NOT NULL DEFAULT 0
);
CREATE INDEX directory_copy_revision ON directory_copy (revision, key);
CALL deny_service('DELETE', 'directory_copy');

-- Held to the commit, so revisions become visible in their order and a reader skips none.
CREATE TABLE directory_revision (one boolean PRIMARY KEY DEFAULT true CHECK (one), n bigint NOT NULL);
INSERT INTO directory_revision (n) VALUES (0);
CALL deny_service('INSERT, DELETE', 'directory_revision');
