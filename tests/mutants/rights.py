"""The guards of who gives which right and who sees what, each taken away once."""

from tests.mutants.mutant import mutant

UNIT, ROUTER = "tests/unit", "tests/integration/router"
GIVING = "tests/properties/test_router_giving_rights.py"
PLACES = f"{UNIT}/router/test_changing_places.py"
PEOPLE = f"{UNIT}/router/test_changing_people.py"
EDITS = "services/router/directory/domain/edits.py"
DIRECTORY = "services/router/directory/actions.py"
GIVEN = "services/router/directory/domain/rights.py"
CREDENTIALS = "shared/directory/credentials.py"

MUTANTS = (
    mutant(
        "a right is given outside one's area",
        f"{GIVING}::test_nobody_causes_anybody_to_do_what_he_may_not_give",
        GIVEN,
        "if not self.scope.may_give(self.directory, grant):", "if False:",
    ),
    mutant(
        "a right is given at a station that has left one's area",
        f"{GIVING}::test_nobody_causes_anybody_to_do_what_he_may_not_give",
        CREDENTIALS,
        "    for key in directory.with_points(grant.station_id) if grant.station_id else ():",
        "    for key in ():",
    ),
    mutant(
        "a right is given at a main station with points outside one's area",
        f"{GIVING}::test_nobody_causes_anybody_to_do_what_he_may_not_give",
        CREDENTIALS,
        "for key in directory.with_points(grant.station_id) if", "for key in [grant.station_id] if",
    ),
    mutant(
        "a sub-point moves where the head of a foreign main station reaches farther",
        f"{GIVING}::test_nobody_causes_anybody_to_do_what_he_may_not_give",
        GIVEN,
        "if main and not scope.may(directory, main.division_code):", "if False:",
    ),
    mutant(
        "a stand-in gets what the principal is given later",
        f"{PEOPLE}::test_a_right_beyond_the_stand_ins_own_place_waits_until_nobody_stands_in",
        GIVEN,
        "if not all(theirs.may_give(directory, right) for right in rights):", "if False:",
    ),
    mutant(
        "an administrator gives rights to whom they stand in for",
        f"{PEOPLE}::test_nobody_changes_the_rights_of_whom_they_stand_in_for",
        GIVEN,
        "own = (key, *stand_ins_of(directory, key, today))", "own = (key,)",
    ),
    mutant(
        "an edit is judged by what this process has heard of the directory",
        f"{ROUTER}/directory/test_edits.py::test_edits_at_once_are_judged_by_each_other",
        "services/router/directory/store.py",
        "snapshot.changed(map(tuple, newer)) if newer else snapshot", "snapshot",
    ),
    mutant(
        "edits of the directory are judged side by side",
        f"{ROUTER}/directory/test_edits.py::test_edits_at_once_are_judged_by_each_other",
        DIRECTORY, "[command], on_begin)", "[command])",
    ),
    mutant(
        "a table is entered into a directory that has changed",
        f"{ROUTER}/directory/test_tables.py"
        "::test_an_edit_while_a_table_is_being_entered_stops_all_of_it",
        DIRECTORY, "if await store.count_changes(tx) != state.version:", "if False:",
    ),
    mutant(
        "a division is changed by its own administrator",
        f"{PLACES}::test_a_division_is_changed_by_who_administers_the_one_above",
        GIVEN,
        "if not self.scope.may_change(self.directory, entry):", "if False:",
    ),
    mutant(
        "a division is merged into one that is not changed from above",
        f"{PLACES}::test_a_division_is_merged_into_none_that_only_itself_is_ones_own",
        EDITS, "            context.require_change(heir)\n", "",
    ),
    mutant(
        "an entry ends on any day",
        f"{PLACES}::test_a_last_day_is_at_most_a_year_back_and_five_ahead",
        EDITS, "if not first <= last_day <= last:", "if False:",
    ),
    mutant(
        "an entry comes back from its successor",
        f"{PLACES}::test_an_end_is_undone_unless_a_successor_has_taken_over",
        EDITS, "if was_taken_over(entry, context.today):", "if False:",
    ),
    mutant(
        "the forms of a division are offered to its own administrator",
        f"{ROUTER}/directory/test_places.py"
        "::test_only_whoever_administers_above_finds_the_forms_of_a_division",
        "services/router/directory/console/entry_page.py",
        "if not scope.may_change(self.view.directory, self.row.event):", "if False:",
    ),
    mutant(
        "the password of whoever may do more is reset",
        f"{GIVING}::test_nobody_gets_the_password_of_whoever_may_do_more",
        GIVEN,
        " and all(\n        scope.may_give(directory, grant) "
        "for grant in rights_through(directory, key, today)\n    )", "",
    ),
    mutant(
        "a former leader's supervision is read by a stand-in",
        f"{UNIT}/directory/test_rights.py"
        "::test_of_whom_one_stands_in_for_only_leaders_in_office_are_led_for",
        "shared/directory/rights.py",
        "        grants = grants_of(directory, one, today)\n"
        "        leading =",
        "        grants = grants_of(directory, person_id, today)\n"
        "        leading =",
    ),
    mutant(
        "whoever leads somewhere reads every supervision they ever led",
        f"{UNIT}/directory/test_rights.py"
        "::test_a_supervision_is_led_only_where_its_leader_is_in_office",
        "shared/rights/authorizing.py",
        "to.division in by.leads_as.get(to.leader, ())", "to.leader in by.leads_as",
    ),
    mutant(
        "a password is good for what whoever handed it out could not give",
        f"{GIVING}::test_no_password_is_good_for_more_than_whoever_handed_it_out_may_give",
        CREDENTIALS,
        "    if act is None:  # the first account of a system\n", "    if True:\n",
    ),
    mutant(
        "a void password signs in",
        f"{ROUTER}/directory/test_account_admin.py"
        "::test_a_password_is_void_once_its_person_may_do_what_its_giver_could_not_give",
        "services/router/identity/actions.py",
        "proved = holds and row.password_hash ==", "proved = row.password_hash ==",
    ),
    mutant(
        "a session begun with a void password goes on",
        f"{ROUTER}/directory/test_account_admin.py"
        "::test_a_password_is_void_once_its_person_may_do_what_its_giver_could_not_give",
        "shared/web/actor.py",
        "if session.by_password and not credentials_hold(", "if not session and credentials_hold(",
    ),
    mutant(
        "two accounts in one hand are two people",
        f"{UNIT}/directory/test_rights.py"
        "::test_accounts_opened_one_by_another_are_in_one_hand",
        "shared/directory/rights.py",
        "        waiting += [act.actor for act in acts if act and act.acted_at >= since]",
        "        hands.update(act.actor for act in acts if act and act.acted_at >= since)",
    ),
    mutant(
        "a station's own key decides like its head",
        f"{UNIT}/intake/test_item.py::test_a_stations_own_key_does_not_decide",
        "services/intake/domain/refusals.py",
        "    if may_act(asker, action, item, context.directory):\n", "    if True:\n",
    ),
    mutant(
        "the key of a sub-point's person reaches the main station",
        f"{UNIT}/intake/test_asker.py"
        "::test_a_key_for_a_head_has_the_heads_rights_at_its_own_station_only",
        "services/intake/domain/asker.py",
        'one.model_copy(update={"station_id": station_id})', "one",
    ),
    mutant(
        "sources are viewed without limit",
        "tests/integration/intake/test_source_access.py"
        "::test_too_many_views_within_an_hour_are_refused",
        "services/intake/actions/officers.py",
        "            await self._views_left(tx, by.person_id)\n", "",
    ),
    mutant(
        "a source is viewed without a trace",
        "tests/integration/intake/test_source_access.py::test_an_access_is_logged_without_the_values",
        "services/intake/actions/officers.py",
        "            await log_access(tx, AccessEntry(by.person_id, key, code, view.fields, "
        "*why))\n", "",
    ),
    mutant(
        "a seal opens for another owner",
        f"{UNIT}/intake/test_contact.py::test_a_seal_opens_for_its_own_item_only",
        "shared/sealing.py", "if opened[:_ID_BYTES] != owner:", "if False:",
    ),
    mutant(
        "a leader of another place supervises a case",
        "tests/integration/tracker/test_acts.py"
        "::test_only_leaders_of_the_place_or_above_supervise",
        "services/tracker/domain/rights.py",
        'one.role == "leader" and directory.covers(one.division_code, division)',
        'one.role == "leader"',
    ),
)  # fmt: skip
