-- What a page may read of what stands behind the numbers, the same as domain/rights.py decides.
CALL show_rows('fact', $$division_code IN (SELECT seen('lines'))$$);
CALL show_rows('report', $$filer IN (SELECT seen('forms'))$$);
CALL show_rows('outbox', '(SELECT true FROM report WHERE report.key = outbox.key)');

-- An item's number, for a key that a fact shows.
GRANT SELECT ON item TO reader_role;
