"""The guards of attachments, notices and deputies, each taken away once."""

from tests.mutants.mutant import mutant

ATTACHING = "tests/unit/intake/test_attaching.py"
PLACE = "tests/integration/intake"
ATTACHMENTS, NOTICES = f"{PLACE}/test_attachments.py", f"{PLACE}/test_notices.py"
DEPUTIES, REPORTS = f"{PLACE}/test_deputy_pages.py", f"{PLACE}/test_deputy_reports.py"
DOMAIN, QUERIES = "services/intake/domain", "services/intake/queries.sql"
RESULTS = "services/intake/actions/deidentified.py"

FILES = (
    mutant(
        "a file is taken without being recognised",
        f"{ATTACHING}::test_what_is_none_of_these_is_refused",
        f"{DOMAIN}/attaching.py",
        "        raise _wrong_kind()\n    return kind",
        '        return "pdf"\n    return kind',
    ),
    mutant(
        "a file may be of any size",
        f"{ATTACHING}::test_what_is_none_of_these_is_refused",
        f"{DOMAIN}/attaching.py",
        "if len(content) > MAX_BYTES:",
        "if False:",
    ),
    mutant(
        "a link may bring any number of files",
        f"{ATTACHING}::test_an_item_takes_so_many_files_and_a_link_fewer",
        f"{DOMAIN}/attaching.py",
        " or len(own) + new > most:",
        ":",
    ),
    mutant(
        "an item may grow without end",
        "tests/unit/intake/test_supplements.py"
        "::test_a_text_that_folding_makes_long_counts_as_that_long",
        f"{DOMAIN}/proposer_checks.py",
        " or long > MAX_WORDS:",
        ":",
    ),
    mutant(
        "a document keeps macros under another name",
        f"{ATTACHING}::test_a_document_holds_no_macros_and_fetches_nothing",
        f"{DOMAIN}/documents.py",
        "any(map(_has_macros, roots))",
        "False",
    ),
    mutant(
        "a document fetches a template from elsewhere",
        f"{ATTACHING}::test_a_document_holds_no_macros_and_fetches_nothing",
        f"{DOMAIN}/documents.py",
        "if any(map(_fetches, roots)):",
        "if False:",
    ),
    mutant(
        "a document unpacks to any size",
        f"{ATTACHING}::test_a_document_holds_no_macros_and_fetches_nothing",
        f"{DOMAIN}/documents.py",
        "        if left < 0:",
        "        if False:",
    ),
    mutant(
        "who only handles a confidential item opens its files",
        f"{ATTACHMENTS}::test_who_reads_the_texts_opens_the_files_unless_they_give_the_source_away",
        f"{DOMAIN}/rights.py",
        "        not item.confidential or may_see_source(by, item, progress, directory)\n",
        "        True\n",
    ),
)
TOLD = (
    mutant(
        "what comes again is told again",
        f"{NOTICES}::test_an_event_or_an_act_that_comes_again_tells_nothing_again",
        f"{DOMAIN}/notices.py",
        '"notice", *event)',
        '"notice", *event, f"{now}")',
    ),
    mutant(
        "what is long past is told",
        f"{NOTICES}::test_of_what_is_long_past_nobody_is_told",
        f"{DOMAIN}/notices.py",
        "if happened.at < now - GIVE_UP:",
        "if False:",
    ),
    mutant(
        "a gateway that is away loses a notice",
        f"{NOTICES}::test_nothing_is_lost_while_a_gateway_is_away",
        "shared/notices/sender.py",
        'if failed.why == "rejected":',
        "if True:",
    ),
    mutant(
        "a notice is never given up",
        f"{NOTICES}::test_who_cannot_be_reached_is_given_up_and_seen_by_operators",
        QUERIES,
        "WHERE outcome IS NULL AND made_at < $2;",
        "WHERE outcome IS NULL AND made_at < $2 AND false;",
    ),
)
OWN = (
    mutant(
        "a deputy joins for somebody else",
        f"{DEPUTIES}::test_nobody_joins_for_somebody_else",
        f"{DOMAIN}/proposer_checks.py",
        "if to_text(person_id) != asker.code:",
        "if False:",
    ),
    mutant(
        "a deputy enters an item for somebody else",
        f"{DEPUTIES}::test_a_deputy_enters_nothing_for_others",
        f"{DOMAIN}/refusals.py",
        "if not own or body.source_kind",
        "if False and body.source_kind",
    ),
    mutant(
        "a deputy's results name firms",
        f"{REPORTS}::test_results_name_no_firm_and_show_nothing_secret",
        RESULTS,
        "secrets.redact(text.title)",
        "text.title",
    ),
    mutant(
        "a deputy's results show what is confidential or cannot be masked",
        f"{REPORTS}::test_results_name_no_firm_and_show_nothing_secret",
        RESULTS,
        "if not item.is_for_all:",
        "if False:",
    ),
    mutant(
        "a reply to merged items names who raised the others",
        f"{REPORTS}::test_a_reply_to_merged_items_names_nobody_who_raised_any_of_them",
        RESULTS,
        "tracked[key].item.merged_into or key for",
        "key for",
    ),
)
REGISTER = "tests/integration/intake/test_register_pages.py"
OF_REGISTER = (
    mutant(
        "an administrator takes an enterprise that is registered in another area",
        f"{REGISTER}::test_nobody_takes_an_enterprise_of_another_area_and_tables_are_their_own",
        f"{DOMAIN}/enterprises.py",
        "    if one.before is not None:\n        yield one.before.division_code\n",
        "",
    ),
    mutant(
        "a table is entered otherwise than it was shown",
        f"{REGISTER}::test_a_change_is_shown_and_one_after_the_preview_stops_all_of_it",
        "services/intake/actions/register.py",
        "if digest != plan.digest:",
        "if False:",
    ),
)
MUTANTS = (*FILES, *TOLD, *OWN, *OF_REGISTER)  # fmt: skip
