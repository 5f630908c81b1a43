-- Every view or export of personal data: who, subject, fields and reason; never the values.
-- Nobody signs in on the command line, so an export there has no person_id.
CREATE TABLE access_log (
    id uuid PRIMARY KEY,
    accessed_at timestamptz NOT NULL,
    person_id uuid,
    subject uuid NOT NULL,
    division_code text NOT NULL,
    fields text[] NOT NULL,
    reason text NOT NULL,
    words text NOT NULL,
    correlation_id uuid NOT NULL
);
CALL deny_service('UPDATE', 'access_log');
CALL show_rows('access_log', $$division_code IN (SELECT seen('overseen'))$$);
CREATE INDEX access_log_subject ON access_log (subject, id);
CREATE INDEX access_log_person ON access_log (person_id, accessed_at);
CREATE INDEX access_log_age ON access_log (accessed_at);

-- 网络安全法 requires at least six months.
CALL keep_lines('access_log', 'accessed_at', '12 months');
