-- What an item is worth now; every column follows one topic.
CREATE TABLE item (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    number text NOT NULL DEFAULT '',
    c3 smallint NOT NULL DEFAULT 0 CHECK (c3 IN (0, 1)),
    c3_at timestamptz,
    reply_no integer NOT NULL DEFAULT 0,
    outcome text NOT NULL DEFAULT '',
    kept boolean NOT NULL DEFAULT false,
    disputed boolean NOT NULL DEFAULT false,
    c4 smallint NOT NULL DEFAULT 0 CHECK (c4 IN (0, 1)),
    c4_at timestamptz,
    c5 smallint NOT NULL DEFAULT 0 CHECK (c5 IN (0, 1))
) WITH (fillfactor = 80);

CREATE TABLE activity (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    c1 smallint NOT NULL DEFAULT 0 CHECK (c1 IN (0, 1))
);

-- Who counts for an activity, once.
CREATE TABLE attendee (
    activity uuid NOT NULL,
    person_id uuid NOT NULL,
    PRIMARY KEY (activity, person_id)
);

-- Append-only: a subject rose or fell in a column. Without a period: before the first one opened.
CREATE TABLE fact (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    "column" text NOT NULL,
    delta smallint NOT NULL CHECK (delta IN (-1, 1)),
    subject uuid NOT NULL,
    person_id uuid,
    division_code text NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    period_start date,
    PRIMARY KEY (topic, partition, "offset", "column")
);
CREATE INDEX fact_division ON fact (division_code, period_start, "column");

-- The sums of the facts, kept in the transaction that writes them.
CREATE TABLE cell (
    division_code text NOT NULL,
    period_start date NOT NULL,
    "column" text NOT NULL,
    n integer NOT NULL,
    PRIMARY KEY (division_code, period_start, "column")
) WITH (fillfactor = 50);

CREATE TABLE report (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    filer text NOT NULL DEFAULT '',
    period_start date,
    period_end date,
    stage text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 0,
    drafted_at timestamptz,
    checked_by text NOT NULL DEFAULT '',
    checked_at timestamptz,
    confirmed_by text NOT NULL DEFAULT '',
    confirmed_at timestamptz,
    submitted_by text NOT NULL DEFAULT '',
    submitted_at timestamptz,
    decided_by text NOT NULL DEFAULT '',
    decided_at timestamptz,
    return_reason text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX report_place ON report (filer, period_end) WHERE stage <> '';

-- Frozen for good; the hashes prove it.
CREATE TABLE version (
    report uuid NOT NULL,
    version integer NOT NULL,
    filer text NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    cut json NOT NULL,
    fact_count integer NOT NULL,
    facts_sha256 text NOT NULL,
    figures_sha256 text NOT NULL,
    rules_version text NOT NULL,
    submitted_at timestamptz NOT NULL,
    late_days integer NOT NULL,
    despite_parked json NOT NULL,
    PRIMARY KEY (report, version)
);

CREATE TABLE version_figure (
    report uuid NOT NULL,
    version integer NOT NULL,
    division_code text NOT NULL,
    "column" text NOT NULL,
    counted integer NOT NULL,
    corrected integer NOT NULL,
    adjusted integer NOT NULL,
    late integer NOT NULL,
    cumulative integer NOT NULL,
    PRIMARY KEY (report, version, division_code, "column"),
    FOREIGN KEY (report, version) REFERENCES version
);

-- The facts of one report: what happened in its period and was read before its cut `upto`, and what
-- happened before but was read only after the cut `since` of the report before (补报).
CREATE FUNCTION member(
    divisions text[], after date, through date,
    topics text[], partitions integer[], since bigint[], upto bigint[]
) RETURNS SETOF fact LANGUAGE sql STABLE AS $$
    SELECT f.*
    FROM fact f
    JOIN unnest(topics, partitions, upto) AS c (topic, partition, upto)
        ON f.topic = c.topic AND f.partition = c.partition
    WHERE f.division_code = ANY (divisions)
        AND f.period_start > after AND f.period_start <= through AND f."offset" < c.upto
    UNION ALL
    SELECT f.*
    FROM unnest(topics, partitions, since, upto) AS c (topic, partition, since, upto)
    JOIN fact f ON f.topic = c.topic AND f.partition = c.partition
        AND f."offset" >= c.since AND f."offset" < c.upto
    WHERE f.division_code = ANY (divisions) AND f.period_start <= after
$$;
