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

-- Browsers that were sent to the provider and did not come back yet.
CREATE TABLE at_provider (
    state text PRIMARY KEY,
    nonce text NOT NULL,
    verifier text NOT NULL,
    next text NOT NULL,
    begun_at timestamptz NOT NULL
);
CREATE INDEX at_provider_begun ON at_provider (begun_at);
