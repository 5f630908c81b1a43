-- What a page may read, the same as domain/rights.py decides. Counts read whole lists of duties and
-- cases: what costs least and is mostly true is asked first.
CALL show_rows('"case"', $$
    dispatcher_organ IN (SELECT seen_keys('organs'))
    OR units && ARRAY(SELECT seen_keys('units'))
    OR coalesce(nullif(division_code, ''), routed_division) IN (SELECT seen('divisions'))
    OR leader IN (SELECT seen('leaders'))
$$);
CALL show_rows('clock', $$
    debtor IN (SELECT seen('debtors'))
    OR (SELECT true FROM "case" WHERE "case".key = clock.key)
$$);
CALL show_rows('task', '(SELECT true FROM "case" WHERE "case".key = task.key)');
CALL show_rows('words', '(SELECT true FROM "case" WHERE "case".key = words.key)');
CALL show_rows('happening', '(SELECT true FROM "case" WHERE "case".key = happening.key)');
CALL show_rows('item_text', '(SELECT true FROM "case" WHERE "case".key = item_text.key)');
CALL show_rows('outbox', '(SELECT true FROM "case" WHERE "case".key = outbox.key)');
CALL show_rows('report', $$filer IN (SELECT seen('filers'))$$);

-- How far a key is, and whether it is under repair: nothing of what it holds.
GRANT SELECT ON position TO reader_role;
