-- Who may sign in with a password of their own. Names are lower case.
CREATE TABLE account (
    person uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    one_time_until timestamptz,
    failures integer NOT NULL,
    locks integer NOT NULL,
    locked_until timestamptz,
    changed_at timestamptz NOT NULL
);

-- Second factors; the secret is sealed, recovery codes are hashed.
CREATE TABLE second_factor (
    person uuid PRIMARY KEY,
    sealed text NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL,
    recovery text[] NOT NULL
);

-- Every try to sign in, for a year.
CREATE TABLE sign_in_record (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    person uuid,
    way text NOT NULL,
    result text NOT NULL,
    address text NOT NULL
);
REVOKE UPDATE ON sign_in_record FROM service_role;
CREATE INDEX sign_in_record_person ON sign_in_record (person, id);
CREATE INDEX sign_in_record_at ON sign_in_record (at);
