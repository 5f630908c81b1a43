"""Guards of the services, each taken away once."""

from tests.mutants.mutant import mutant

APP = "tests/integration/intake/test_station_app.py"
LEDGER = "tests/unit/reporting/test_ledger.py"
SIGNATURE, ITEM = "tests/unit/intake/test_signature.py", "tests/unit/intake/test_item.py"
REDACTION = "tests/unit/intake/test_redaction.py"
REBUILD = "tests/integration/reporting/test_rebuild.py"
SWAPPED = f"{REBUILD}::test_beside_the_running_service_all_is_found_again_and_swapped_in"
SIDE = "shared/messaging/shadow_schema.py"
FILING, DECIDED = "services/reporting/domain/decide.py", "tests/unit/reporting/test_decide.py"

MUTANTS = (
    mutant(
        "a signed request may be changed",
        f"{SIGNATURE}::test_a_token_for_anything_else_is_refused",
        "services/intake/domain/station_keys.py",
        "if any(claims.get(name) != value for name, value in expected.items()):", "if False:",
    ),
    mutant(
        "a revoked key is remembered",
        f"{APP}::test_a_revoked_key_ends_in_every_process",
        "services/intake/station_auth.py", "= 2.0, 3600.0", "= 3600.0, 3600.0",
    ),
    mutant(
        "a station may ask as often as it likes",
        f"{APP}::test_a_station_that_asks_too_often_is_told_when_to_come_again",
        "shared/web/rate_limit.py", "        if wait:\n", "        if False:\n",
    ),
    mutant(
        "a third key lives beside two",
        "tests/integration/intake/test_command_line.py"
        "::test_a_station_has_two_live_keys_while_it_changes_them_and_never_three",
        "services/intake/queries.sql", "generate_series(1, 2) AS place",
        "generate_series(1, 3) AS place",
    ),
    mutant(
        "an item names a policy that ended before it was raised",
        "tests/unit/intake/test_listed.py"
        "::test_an_unknown_a_retired_and_another_places_policy_are_refused",
        "shared/directory/snapshot.py",
        "if one.valid_to is None or day <= one.valid_to]", "]",
    ),
    mutant(
        "a station's id takes another content",
        f"{ITEM}::test_another_content_under_the_same_id_is_refused",
        "services/intake/domain/effects.py", "if row.body_digest != command.digest:", "if False:",
    ),
    mutant(
        "two items are merged into each other",
        "tests/unit/intake/test_merging.py"
        "::test_of_two_items_merged_into_each_other_one_stays",
        "services/intake/domain/merging.py", "    require_target(item, into, command.body)\n", "",
    ),
    mutant(
        "a confidential item is merged into an open one",
        "tests/unit/intake/test_merging.py"
        "::test_a_confidential_item_is_not_merged_with_an_open_one",
        "services/intake/domain/refusals.py",
        "if into.row.confidential != item.row.confidential:", "if False:",
    ),
    mutant(
        "a secret name with a blank inside leaves",
        f"{REDACTION}::test_a_name_is_known_however_it_is_spelled",
        "services/intake/domain/folding.py", "one.isalnum() and", "",
    ),
    mutant(
        "a secret firm is known by its whole name only",
        f"{REDACTION}::test_a_firm_is_known_whatever_its_trade_and_its_place",
        "services/intake/domain/redaction.py", "_heads(core, least)", "_heads(core, len(core))",
    ),
    mutant(
        "the given name of who raised it leaves",
        f"{REDACTION}::test_a_person_is_known_however_addressed",
        "services/intake/domain/person_names.py",
        "yield loosely(given[-SHORTEST_NAME:])", 'yield ""',
    ),
    mutant(
        "an act of yesterday is done again",
        f"{ITEM}::test_an_act_with_the_same_content_is_done_again_only_on_its_new_basis",
        "services/intake/domain/decide.py",
        "    refusals.require_current(state.row, command)\n", "",
    ),
    mutant(
        "an act out of turn is done",
        f"{ITEM}::test_an_act_out_of_turn_is_refused_with_the_reason",
        "services/intake/domain/decide.py",
        "    refusals.require_state(state.row, effect.states)\n", "",
    ),
    mutant(
        "a key is for somebody without a role at its station",
        "tests/unit/intake/test_asker.py"
        "::test_a_key_for_somebody_without_a_role_there_has_no_right",
        "services/intake/domain/asker.py",
        "if one.station_id in here", "if True",
    ),
    mutant(
        "a signature that begins tomorrow is taken today",
        f"{SIGNATURE}::test_a_token_for_anything_else_is_refused",
        "services/intake/domain/station_keys.py", "if not (max(issued, begins) <=",
        "if not (issued <=",
    ),
    mutant(
        "a signature leaves the query open",
        "tests/integration/intake/test_bad_input.py"
        "::test_a_signature_covers_body_path_query_and_method_and_tells_the_time",
        "services/intake/station_auth.py", "if query else path", "if False else path",
    ),
    mutant(
        "overlapping merged ranges are marked without end",
        "tests/unit/test_tables.py::test_a_file_that_would_hurt_is_refused_in_words",
        "shared/tables/workbook.py", "if merged > MAX_CELLS:", "if False:",
    ),
    mutant(
        "a hidden column is imported",
        "tests/unit/test_tables.py::test_nothing_that_is_hidden_is_taken",
        "shared/tables/workbook.py", "if any(plain[one - 1 : one])), None):", "if False), None):",
    ),
    mutant(
        "rows that repeat a number vanish",
        "tests/unit/test_tables.py::test_a_workbook_with_rows_or_cells_out_of_order_is_refused",
        "shared/tables/workbook.py", "    if number <= before:", "    if False:",
    ),
    mutant(
        "silence runs while the system is off",
        "tests/unit/tracker/test_journey.py"
        "::test_silence_does_not_run_while_the_system_was_off",
        "services/tracker/domain/clocks.py", "if at > context.now:", "if False:",
    ),
    mutant(
        "a closed station takes new items in",
        "tests/unit/intake/test_succession.py"
        "::test_a_closed_station_takes_nothing_new_in_and_says_who_does",
        "services/intake/domain/refusals.py",
        "if station is None or not has_ended(station, today):", "if True:",
    ),
    mutant(
        "a clock fires without a look at its state",
        "tests/unit/tracker/test_journey.py::test_a_late_reply_climbs_the_ladder_once_each",
        "services/tracker/domain/clocks.py", "if c.next_at is not None and c.next_at <= now",
        "if c.next_at is not None",
    ),
    mutant(
        "a session that ended is believed until its token runs out",
        "tests/e2e/signing/test_ended_everywhere.py::test_leaving_one_browser_ends_that_one_only",
        "shared/directory/copy.py",
        "return all_ended or any(one.sid == sid for one in ended.sessions)", "return False",
    ),
    mutant(
        "a locked account takes the right password",
        "tests/unit/router/test_accounts.py::"
        "test_five_wrong_passwords_lock_and_while_locked_the_right_one_does_not_count",
        "services/router/identity/domain/accounts.py",
        "if source.is_locked(now) or (strange and row.is_locked(now)):",
        "if strange and row.is_locked(now):",
    ),
    mutant(
        "the door lets in whose role never does this",
        "tests/integration/router/test_bad_input.py::test_who_gives_nothing_out_is_refused",
        "shared/rights/authorizing.py", "    if not any(may_ever(by, one) for one in wanted):",
        "    if False:",
    ),
    mutant(
        "another unit's case is anybody's to act on",
        "tests/properties/test_rights.py::test_the_sibling_of_a_place_may_nothing_there",
        "shared/rights/authorizing.py",
        "return grant.unit_id is not None and grant.unit_id in to.units", "return True",
    ),
    mutant(
        "a rebuild swaps whatever it found",
        f"{REBUILD}::test_a_figure_that_was_touched_is_named_and_nothing_swapped",
        "services/reporting/cli.py", "return not (self.differences or", "return not (",
    ),
    mutant(
        "nobody is held while a rebuild swaps",
        f"{REBUILD}::test_killed_while_it_holds_the_service_it_leaves_it_and_is_begun_again",
        SIDE, "for name in (*_GATES, *acted):", "for name in ():",
    ),
    mutant(
        "what was given up comes back by a rebuild",
        SWAPPED,
        "shared/messaging/replay.py", "if (received.topic, received.event_id) in given_up:",
        "if False:",
    ),
    mutant(
        "the outbox counts anew after a rebuild",
        SWAPPED,
        SIDE, "(_GO_ON, name)", "('')",
    ),
    mutant(
        "a new month's outbox is looked for where a rebuild was made",
        SWAPPED,
        SIDE, "(_REBIND, name)", "('')",
    ),
    mutant(
        "what follows in the directory is missed after a rebuild",
        SWAPPED,
        SIDE, "UPDATE {side}.directory_revision SET n = n + ", "SELECT ",
    ),
    mutant(
        "a successor counts anew what a county filed before it went into it",
        f"{LEDGER}::test_each_division_is_counted_on_from_the_form_it_stood_in_last",
        "services/reporting/domain/ledger.py", "one.stage in stages and code in one.divisions",
        "one.stage in stages and code == filer",
    ),
    mutant(
        "a successor does not wait for what its county still owes",
        f"{LEDGER}::test_a_successor_waits_for_the_form_its_predecessor_still_owes",
        "services/reporting/domain/ledger.py", "for first in self.open_before(filer, due_on):",
        "for first in ():",
    ),
    mutant(
        "a form that was sent loses what it counts to a successor",
        f"{LEDGER}::test_who_sent_a_form_before_the_merger_was_entered_files_that_period",
        "services/reporting/domain/ledger.py", "return filers_of(self.directory, due_on, sent)",
        "return filers_of(self.directory, due_on)",
    ),
    mutant(
        "what a later form counted is sent again",
        f"{LEDGER}::test_what_a_later_common_form_counted_is_not_sent_a_second_time",
        "services/reporting/domain/ledger.py", "if self.is_overtaken(filer, due_on):", "if False:",
    ),
    mutant(
        "figures are checked and confirmed unseen",
        f"{DECIDED}::test_figures_are_vouched_for_as_they_were_seen",
        FILING, "if figures_hash(row.filer, row.period_end, command.count.lines) != seen:",
        "if False:",
    ),
    mutant(
        "other figures than those confirmed are submitted",
        f"{DECIDED}::test_figures_that_differ_at_the_cut_need_a_new_confirmation",
        FILING, "if differing := changed(row.figures, count.lines):",
        "if False and (differing := changed(row.figures, count.lines)):",
    ),
    mutant(
        "who checked a report confirms it",
        f"{DECIDED}::test_each_step_needs_a_second_person_unless_something_is_under_repair",
        FILING, "    _require_another(who, row.checked_by, context)\n", "",
    ),
    mutant(
        "who confirmed a report submits it",
        f"{DECIDED}::test_each_step_needs_a_second_person_unless_something_is_under_repair",
        FILING, "    if not (despite_blocked and count.blocked):\n", "    if False:\n",
    ),
    mutant(
        "an earlier rating that arrives late counts",
        "tests/unit/tracker/test_rating.py"
        "::test_of_two_ratings_the_one_given_later_holds_in_either_order",
        "services/tracker/domain/rating.py",
        "if before is not None and event.occurred_at < before:", "if False:",
    ),
    mutant(
        "a signed request is carried out again",
        f"{ITEM}::test_a_signed_request_is_carried_out_once_and_then_answered_from_memory",
        "services/intake/domain/decide.py",
        "if command.asker.request_id and command.asker.request_id in row.request_ids:",
        "if False:",
    ),
    mutant(
        "a time to come at the provider is a fresh proof",
        "tests/unit/router/test_oidc.py::test_only_a_time_within_the_window_is_fresh",
        "services/router/identity/domain/sessions.py",
        "if not 0 < auth_time <= (now + SKEW).timestamp():",
        "if not 0 < auth_time < 10**11:",
    ),
    mutant(
        "numbers of people are logged",
        "tests/unit/observability/test_masking.py::test_planted_numbers_reach_no_line_of_a_process",
        "shared/observability/masking.py",
        "return {name: _value(value) for name, value in line.items()}", "return line",
    ),
    mutant(
        "a main station outside one's area is given a point",
        "tests/unit/router/test_imports.py"
        "::test_a_new_point_belongs_to_no_main_station_outside_the_importers_area",
        "services/router/directory/domain/tables.py",
        '        context.require_area(main.division_code, "parent_code", main.code)\n',
        "        pass\n",
    ),
    mutant(
        "a deputy is attached to a station outside one's area",
        "tests/unit/router/test_imports.py"
        "::test_a_deputy_gets_no_station_and_no_contact_person_outside_the_importers_area",
        "services/router/directory/domain/people_import.py",
        '    context.require_area(station.division_code, "station_code", station.code)\n', "",
    ),
    mutant(
        "whoever has rights elsewhere is renamed",
        "tests/unit/router/test_imports.py"
        "::test_a_name_is_changed_by_whoever_may_give_all_rights_of_the_person",
        "services/router/directory/domain/import_plan.py",
        "if known.name != person.name and not reaches(", "if False and not reaches(",
    ),
    mutant(
        "a main station of another county is given a point",
        "tests/unit/router/test_imports.py"
        "::test_a_main_station_and_its_points_lie_in_one_county",
        "services/router/directory/domain/tables.py",
        "if not is_in_one_county(context.directory, key, station, stations):", "if False:",
    ),
    mutant(
        "a station moves away from its points and its main station",
        "tests/unit/router/test_changing_places.py"
        "::test_no_station_moves_into_another_county_than_its_points_or_main_station",
        "services/router/directory/domain/edits.py",
        "if why_not := why_not_moved(scope, directory, key, entry, self.division_code):",
        "if False:",
    ),
    mutant(
        "another proposer's rating closes the case",
        "tests/unit/tracker/test_rating.py"
        "::test_the_case_goes_on_by_the_first_proposers_rating_whatever_another_says",
        "services/tracker/domain/rating.py", "    if not decides:\n", "    if False:\n",
    ),
    mutant(
        "a proposer stands twice",
        "tests/unit/intake/test_proposers.py::test_a_wrong_proposer_is_refused",
        "services/intake/domain/proposers.py",
        "if len({*firms}) < len(firms) or len({*people}) < len(people):", "if False:",
    ),
    mutant(
        "what was solved on the spot needs nobody's agreement",
        "tests/unit/intake/test_early_life.py"
        "::test_solved_on_the_spot_says_how_and_by_which_office_and_the_proposer_agrees",
        "services/intake/domain/proposer_checks.py", "if not body.proposer_agrees:", "if False:",
    ),
    mutant(
        "more words of a confidential item leave without its head",
        "tests/unit/intake/test_early_life.py"
        "::test_more_words_of_an_accepted_confidential_item_leave_only_with_its_head",
        "services/intake/domain/proposer_checks.py",
        "    refusals.require_right(context, asker, Action.ITEM_ACCEPT, item)\n", "",
    ),
    mutant(
        "a protected source stays open",
        "tests/unit/intake/test_early_life.py"
        "::test_a_source_is_protected_later_and_the_text_leaves_anew_without_its_name",
        "services/intake/domain/effects.py",
        "with_masks(update(state, confidential=True), words)", "state",
    ),
    mutant(
        "a protected source stays open where it was merged",
        "tests/unit/intake/test_merging.py"
        "::test_the_protection_of_an_item_covers_what_was_merged_into_it",
        "services/intake/domain/merging.py", "if not one.row.confidential and", "if False and",
    ),
    mutant(
        "a deputy's suggestion has a station item's limits",
        "tests/unit/router/test_deciding.py"
        "::test_a_deputy_suggestion_has_the_limits_of_the_law",
        "services/router/routing/domain/events.py",
        'is_legal = profile == "legal_suggestion"', "is_legal = False",
    ),
    mutant(
        "what rose and fell between two cuts is listed",
        "tests/integration/reporting/test_facts.py"
        "::test_what_rose_and_fell_between_two_cuts_leaves_no_line",
        "services/reporting/queries.sql", "    WHERE delta = n\n", "",
    ),
    mutant(
        "an activity of others counts beside the form as one's own",
        "tests/integration/reporting/test_facts.py"
        "::test_visits_guests_and_partners_stand_beside_the_form_and_in_no_column",
        "services/reporting/queries.sql", "FROM held WHERE own), 0)", "FROM held), 0)",
    ),
    mutant(
        "only the head owes the supplement of a returned item",
        "tests/integration/tracker/test_pages.py"
        "::test_a_station_finds_what_it_has_to_supply_and_the_way_to_its_own_items",
        "services/tracker/domain/rights.py",
        "stations_of(by, Action.ITEM_RESUBMIT, directory)",
        "stations_of(by, Action.ITEM_ACCEPT, directory)",
    ),
)  # fmt: skip
