-- What a page may read, the same as domain/rights.py decides.
CREATE FUNCTION is_handled(item uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM task WHERE key = item AND unit_id IN (SELECT seen_keys('units')))
$$;
REVOKE ALL ON FUNCTION is_handled FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_handled TO reader_role;

CALL show_rows('"case"', $$
    coalesce(nullif(division_code, ''), routed_division) IN (SELECT seen('divisions'))
    OR dispatcher_organ IN (SELECT seen_keys('organs'))
    OR leader IN (SELECT seen('leaders'))
    OR is_handled(key)
$$);
CALL show_rows('task', 'EXISTS (SELECT FROM "case" WHERE "case".key = task.key)');
CALL show_rows('clock', 'EXISTS (SELECT FROM "case" WHERE "case".key = clock.key)');
CALL show_rows('words', 'EXISTS (SELECT FROM "case" WHERE "case".key = words.key)');
CALL show_rows('happening', 'EXISTS (SELECT FROM "case" WHERE "case".key = happening.key)');
CALL show_rows('item_text', 'EXISTS (SELECT FROM "case" WHERE "case".key = item_text.key)');
CALL show_rows('outbox', 'EXISTS (SELECT FROM "case" WHERE "case".key = outbox.key)');
CALL show_rows('report', $$filer IN (SELECT seen('filers'))$$);

-- How far a key is, and whether it is under repair: nothing of what it holds.
GRANT SELECT ON position TO reader_role;
