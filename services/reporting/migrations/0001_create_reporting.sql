-- What an item is worth now; each column follows one topic.
CREATE TABLE item (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    number text NOT NULL DEFAULT '',
    c3 smallint NOT NULL DEFAULT 0 CHECK (c3 IN (0, 1)),
    c3_at timestamptz,
    reply_no integer NOT NULL DEFAULT 0,
    round integer NOT NULL DEFAULT 0,
    outcomes json NOT NULL DEFAULT '{}',
    kept boolean NOT NULL DEFAULT false,
    disputed boolean NOT NULL DEFAULT false,
    rating_channel text NOT NULL DEFAULT '',
    c4 smallint NOT NULL DEFAULT 0 CHECK (c4 IN (0, 1)),
    c4_at timestamptz,
    c5 smallint NOT NULL DEFAULT 0 CHECK (c5 IN (0, 1))
) WITH (fillfactor = 80);

CREATE TABLE activity (
    key uuid PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0,
    head text NOT NULL DEFAULT '',
    text_seq bigint NOT NULL DEFAULT 0,
    held boolean NOT NULL DEFAULT false,
    cancelled boolean NOT NULL DEFAULT false,
    c1 smallint NOT NULL DEFAULT 0 CHECK (c1 IN (0, 1)),
    c1_at timestamptz,
    kind text NOT NULL DEFAULT '',
    organiser_division text NOT NULL DEFAULT '',
    place_division text NOT NULL DEFAULT '',
    first_day date,
    last_day date,
    firms integer NOT NULL DEFAULT 0,
    partners text[] NOT NULL DEFAULT '{}'
);
CREATE INDEX activity_counted ON activity (first_day) WHERE c1 = 1;

-- Who counts for an activity, once, while they came and it counts.
CREATE TABLE attendee (
    activity uuid NOT NULL,
    person_id uuid NOT NULL,
    "column" text NOT NULL,
    came boolean NOT NULL,
    worth smallint NOT NULL CHECK (worth IN (0, 1)),
    worth_at timestamptz,
    PRIMARY KEY (activity, person_id)
);
CALL deny_service('DELETE', 'attendee');

-- Append-only: a subject rose or fell in a column. Without a period: before the first one.
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
    UNIQUE NULLS NOT DISTINCT (topic, partition, "offset", "column", person_id)
);
CALL deny_service('UPDATE, DELETE', 'fact');
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
    figures json NOT NULL DEFAULT '[]',
    submitted_by text NOT NULL DEFAULT '',
    submitted_at timestamptz,
    first_submitted_at timestamptz,
    decided_by text NOT NULL DEFAULT '',
    decided_at timestamptz,
    return_reason text NOT NULL DEFAULT '',
    return_note text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX report_place ON report (filer, period_end) WHERE stage <> '';

-- Never changed; the hashes prove it.
CREATE TABLE version (
    report uuid NOT NULL,
    version integer NOT NULL,
    filer text NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    cut json NOT NULL,
    parts json NOT NULL,
    fact_count integer NOT NULL,
    facts_sha256 text NOT NULL,
    figures_sha256 text NOT NULL,
    rules_version text NOT NULL,
    submitted_at timestamptz NOT NULL,
    late_days integer NOT NULL,
    despite_blocked json NOT NULL,
    PRIMARY KEY (report, version)
);
CALL deny_service('UPDATE, DELETE', 'version');

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
CALL deny_service('UPDATE, DELETE', 'version_figure');

-- The facts of one report: what happened in its period and was read before its cut `upto`, and what
-- happened earlier but was read after the cut `since` of the report before (补报). An entry with a
-- key leaves out the facts of one subject under repair from that offset on. The planner takes a cut for
-- one row: so the candidates are found once, not once a partition, and what was read after a cut by
-- offset (OFFSET 0 keeps the other conditions out), not among all that the divisions ever had.
CREATE FUNCTION member(divisions text[], after date, through date, since json, upto json)
RETURNS SETOF fact LANGUAGE sql STABLE AS $$
    WITH since_cut AS MATERIALIZED (
        SELECT * FROM json_to_recordset(since)
            AS c (topic text, partition integer, "offset" bigint, key uuid)
    ), upto_cut AS MATERIALIZED (
        SELECT * FROM json_to_recordset(upto)
            AS c (topic text, partition integer, "offset" bigint, key uuid)
    ), candidate AS MATERIALIZED (
        SELECT f.* FROM fact f
        WHERE f.division_code = ANY (divisions)
            AND f.period_start > after AND f.period_start <= through
        UNION ALL
        SELECT f.* FROM since_cut c CROSS JOIN LATERAL (
            SELECT * FROM fact
            WHERE topic = c.topic AND partition = c.partition AND "offset" >= c."offset" OFFSET 0
        ) f
        WHERE c.key IS NULL AND f.division_code = ANY (divisions) AND f.period_start <= after
        UNION ALL
        SELECT f.* FROM since_cut h
        JOIN since_cut c ON c.topic = h.topic AND c.partition = h.partition AND c.key IS NULL
        JOIN fact f ON f.topic = h.topic AND f.partition = h.partition AND f.subject = h.key
            AND f."offset" >= h."offset" AND f."offset" < c."offset"
        WHERE h.key IS NOT NULL AND f.division_code = ANY (divisions) AND f.period_start <= after
    )
    SELECT f.* FROM candidate f
    JOIN upto_cut c ON c.topic = f.topic AND c.partition = f.partition AND c.key IS NULL
        AND f."offset" < c."offset"
    WHERE NOT EXISTS (
        SELECT FROM upto_cut h
        WHERE h.topic = f.topic AND h.key = f.subject AND f."offset" >= h."offset"
    )
$$;

-- The rows a page may read; the same rules as in domain/rights.py.
CALL show_rows('fact', $$division_code IN (SELECT seen('lines'))$$);
CALL show_rows('activity', $$organiser_division IN (SELECT seen('lines'))$$);
CALL show_rows('attendee', '(SELECT true FROM activity WHERE activity.key = attendee.activity)');
CALL show_rows('report', $$filer IN (SELECT seen('forms'))$$);
CALL show_rows('outbox', '(SELECT true FROM report WHERE report.key = outbox.key)');

-- The number of an item that a visible fact names.
CALL allow_reader('SELECT', 'item');
