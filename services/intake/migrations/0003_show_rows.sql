-- What a page and a station may read: at least what domain/rights.py decides, which also weighs
-- how far up an item came, and whether it is confidential.
CREATE FUNCTION is_handled(item uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM progress, json_array_elements(tasks) AS task
        WHERE key = item AND (task ->> 'unit_id')::uuid IN (SELECT seen_keys('units')))
$$;
REVOKE ALL ON FUNCTION is_handled FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_handled TO reader_role;

CALL show_rows('item', $$
    station_id IN (SELECT seen_keys('stations'))
    OR division_code IN (SELECT seen('divisions'))
    OR is_handled(key)
$$);
CALL show_rows('progress', '(SELECT true FROM item WHERE item.key = progress.key)');
CALL show_rows('contact', '(SELECT true FROM item WHERE item.key = contact.key)');
CALL show_rows('outbox', '(SELECT true FROM item WHERE item.key = outbox.key)');

-- A firm is shown with an item of its own.
CREATE INDEX item_enterprise ON item (enterprise_id);
CALL show_rows('enterprise', '(SELECT true FROM item WHERE enterprise_id = enterprise.key LIMIT 1)');

-- Whoever may read an item is told who looked at it, and everyone what they looked at themselves.
CREATE POLICY item ON access_log FOR SELECT TO reader_role USING (
    person_id IN (SELECT seen_keys('person'))
    OR (SELECT true FROM item WHERE item.key = access_log.subject));
-- A look is shown in the transaction that logs it, and everyone logs their own only.
GRANT INSERT ON access_log TO reader_role;
CREATE POLICY look ON access_log FOR INSERT TO reader_role
    WITH CHECK (person_id IN (SELECT seen_keys('person')));
