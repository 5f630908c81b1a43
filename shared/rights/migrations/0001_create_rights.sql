-- Rights of the service's two roles, whose names the runner (shared/db/migrate.py) sets: its login
-- jianyi.service_role, and jianyi.reader_role, which its pages read as.
CREATE PROCEDURE deny_service(privileges text, object text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('REVOKE %s ON %s FROM %I',
        privileges, object, current_setting('jianyi.service_role'));
END $$;
CREATE PROCEDURE allow_service(privileges text, object text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT %s ON %s TO %I',
        privileges, object, current_setting('jianyi.service_role'));
END $$;
CREATE PROCEDURE allow_reader(privileges text, object text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT %s ON %s TO %I',
        privileges, object, current_setting('jianyi.reader_role'));
END $$;

-- Second line of defence, behind `authorize`: of a table a page sees the rows its policy shows the
-- reader; the service's own role, which consumes events and decides, sees all.

-- What the asker may see (Database.begin_as), by kind; nothing where nobody asks.
CREATE FUNCTION seen(kind text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT json_array_elements_text(
        nullif(current_setting('jianyi.sight', true), '')::json -> kind)
$$;
CREATE FUNCTION seen_keys(kind text) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT seen(kind)::uuid
$$;

-- A condition is worked out for every row that is read: `x IN (SELECT seen(…))` looks into a hash made
-- once a statement, `(SELECT true FROM other WHERE other.key = x)` looks up one row of another table,
-- where EXISTS might read that whole table first.
CREATE PROCEDURE show_rows(rows_of regclass, condition text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', rows_of);
    EXECUTE format('CREATE POLICY work ON %s TO %I, jianyi_owner USING (true)',
        rows_of, current_setting('jianyi.service_role'));
    EXECUTE format('CREATE POLICY sight ON %s FOR SELECT TO %I USING (%s)',
        rows_of, current_setting('jianyi.reader_role'), condition);
    CALL allow_reader('SELECT', rows_of::text);
END $$;

-- Binds one more policy of a table to the reader.
CREATE PROCEDURE bind_to_reader(policy text, rows_of regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER POLICY %I ON %s TO %I',
        policy, rows_of, current_setting('jianyi.reader_role'));
END $$;

-- Makes a log insert-only: a line may be deleted once `column_of` is longer ago than `kept`.
CREATE FUNCTION keep_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        AND (to_jsonb(OLD) ->> TG_ARGV[0])::timestamptz < now() - TG_ARGV[1]::interval THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is insert-only for %', TG_TABLE_NAME, TG_ARGV[1] USING ERRCODE = '42501';
END $$;
CREATE PROCEDURE keep_lines(log regclass, column_of text, kept text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER keep_lines BEFORE UPDATE OR DELETE ON %s
        FOR EACH ROW EXECUTE FUNCTION keep_line(%L, %L)', log, column_of, kept);
    EXECUTE format('CREATE TRIGGER keep_whole BEFORE TRUNCATE ON %s
        FOR EACH STATEMENT EXECUTE FUNCTION keep_line(%L, %L)', log, column_of, kept);
END $$;

REVOKE ALL ON PROCEDURE deny_service, allow_service, allow_reader, show_rows, bind_to_reader,
    keep_lines FROM PUBLIC;
