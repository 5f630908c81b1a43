-- The second wall, behind `authorize`: a page reads as reader_role, which sees of a table what its
-- policy lets it see; the service's own role, which hears and decides, sees all.

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
    EXECUTE format('CREATE POLICY work ON %s TO service_role, jianyi_owner USING (true)', rows_of);
    EXECUTE format('CREATE POLICY sight ON %s FOR SELECT TO reader_role USING (%s)', rows_of, condition);
    EXECUTE format('GRANT SELECT ON %s TO reader_role', rows_of);
END $$;
REVOKE ALL ON PROCEDURE show_rows FROM PUBLIC;
