-- What a page may read, the same as domain/rights.py decides.
CREATE FUNCTION is_handled(item uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
        SELECT FROM task WHERE key = item AND unit_id IN (SELECT seen_keys('units')))
$$;
REVOKE ALL ON FUNCTION is_handled FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_handled TO reader_role;

CALL show_rows('item', $$
    division_code IN (SELECT seen('divisions'))
    OR organ_id IN (SELECT seen_keys('organs'))
    OR is_handled(key)
$$);
CALL show_rows('task', '(SELECT true FROM item WHERE item.key = task.key)');
CALL show_rows('reason', '(SELECT true FROM item WHERE item.key = reason.key)');
CALL show_rows('item_text', '(SELECT true FROM item WHERE item.key = item_text.key)');
CALL show_rows('outbox', '(SELECT true FROM item WHERE item.key = outbox.key)');
