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

-- Insert only. Entries are deleted after 12 months (网络安全法 requires at least six).
CREATE FUNCTION keep_access_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.accessed_at < now() - interval '12 months' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the access log is insert-only for 12 months' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER access_log_lines BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION keep_access_log();
CREATE TRIGGER access_log_whole BEFORE TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION keep_access_log();
