-- Who is signed in, in which browser; a session that ended is no longer here.
CREATE TABLE session (
    sid uuid PRIMARY KEY,
    person uuid NOT NULL,
    way text NOT NULL,
    begun_at timestamptz NOT NULL,
    renewed_at timestamptz NOT NULL,
    proved_at timestamptz NOT NULL,
    address text NOT NULL,
    program text NOT NULL
);
CREATE INDEX session_person ON session (person);
CREATE INDEX session_renewed ON session (renewed_at);
