"""The guards of the messaging, each taken away once."""

from tests.mutants.mutant import Change, Mutant, mutant

FENCE, LOOP = "shared/messaging/fence.py", "shared/messaging/loop.py"
READER, RELAY = "shared/messaging/reader.py", "shared/messaging/relay.py"
BROKER, OUTBOX = "shared/messaging/broker.py", "shared/messaging/outbox.py"
SQL, REPAIRS = "shared/messaging/queries.sql", "shared/messaging/dead_letter_actions.py"
TESTS = "tests/integration/messaging"
APPLYING, DEAD_LETTERS = f"{TESTS}/test_applying.py", f"{TESTS}/test_dead_letters.py"
KAFKA, SEAMS = f"{TESTS}/test_on_kafka.py", f"{TESTS}/test_seams.py"
COMMANDS, CLOCKS = f"{TESTS}/test_commands.py", f"{TESTS}/test_clocks.py"
FACTS = f"{TESTS}/test_framework_facts.py"
ROLES, MIGRATE = "tests/integration/db/test_roles.py", "shared/db/migrate.py"
READERS, FAILOVER = "tests/integration/db/test_readers.py", "tests/integration/db/test_failover.py"
ROWS, WALL = (
    "tests/integration/db/test_show_rows.py",
    "shared/rights/migrations/0001_create_rights.sql",
)
TABLES = "shared/messaging/migrations/0001_create_messaging.sql"
SEAM = f"{SEAMS}::test_a_kill_at_a_seam_loses_nothing_and_does_nothing_twice"

ONCE = (
    mutant(
        "an event is dated in a year that no database holds",
        "tests/unit/messaging/test_reading.py"
        "::test_every_instant_and_day_of_an_event_is_of_our_time",
        "shared/contracts/dates.py",
        "    if not FIRST_DAY.year <= value.year <= LAST_DAY.year:", "    if False:",
    ),
    mutant(
        "no position: nothing is a duplicate",
        f"{APPLYING}::test_a_duplicate_changes_nothing",
        FENCE, 'if created[0]["n"] == len(places):', "if created:",
    ),
    mutant(
        "positions that stood are not moved",
        f"{APPLYING}::test_two_processes_that_hear_the_same_events_apply_each_once",
        LOOP, "    if changed:\n", "    if False:\n",
    ),
    mutant(
        "effects without their position",
        f"{APPLYING}::test_a_batch_is_whole_or_not_at_all",
        LOOP, "            await _settle(tx, batch)\n            await reached",
        "        async with self.db.begin() as tx:\n            await _settle(tx, batch)\n"
        "            await reached",
    ),
    mutant(
        "positions locked as they came",
        f"{APPLYING}::test_rows_are_locked_in_the_order_of_their_keys[position]",
        FENCE, "places = sorted(events)", "places = list(events)",
    ),
    mutant(
        "state rows locked as they came",
        f"{APPLYING}::test_rows_are_locked_in_the_order_of_their_keys[ledger]",
        LOOP,
        "keys = sorted({key for given in live for key in keys_of(given)})",
        "keys = [key for given in live for key in keys_of(given)]",
    ),
    mutant(
        "a compacted topic has gaps",
        f"{APPLYING}::test_a_compacted_topic_read_late_applies_only_what_is_newer",
        FENCE, "elif compacted or received.seq == after.seq + 1:",
        "elif received.seq == after.seq + 1:",
    ),
    mutant(
        "an older text applies",
        f"{APPLYING}::test_a_tombstone_erases_the_text_and_an_older_text_does_not_return",
        FENCE,
        "elif received.seq <= after.seq:", "elif received.seq <= after.seq and not compacted:",
    ),
    mutant(
        "a refused act leaves its row",
        f"{COMMANDS}::test_a_refused_act_leaves_no_row_of_a_subject_it_made",
        LOOP, "        if untouched:\n", "        if False:\n",
    ),
    mutant(
        "unchained events",
        f"{APPLYING}::test_two_events_of_one_item_in_one_batch_build_on_each_other",
        OUTBOX, 'place, before = (text_seq, "") if topic.compacted else (seq, head)',
        'place, before = (text_seq if topic.compacted else seq), ""',
    ),
    mutant(
        "each event is decided on the state before the batch",
        f"{APPLYING}::test_two_events_of_one_item_in_one_batch_build_on_each_other",
        LOOP,
        "states = {key: batch.states[subject.name, key] for key in keys_of(given)}",
        "states = {key: batch.before[subject.name, key] for key in keys_of(given)}",
    ),
)  # fmt: skip

PARKED = (
    mutant(
        "poison spoils its batch",
        f"{DEAD_LETTERS}::test_poison_parks_one_key_and_the_others_flow",
        LOOP, 'batch.block(received, "decide", masked_traceback(error))', "raise",
    ),
    mutant(
        "a parked key flows on",
        f"{DEAD_LETTERS}::test_later_events_of_a_parked_key_queue_behind",
        FENCE, "elif after.blocked:", "elif False:",
    ),
    mutant(
        "a gap is jumped over",
        f"{DEAD_LETTERS}::test_a_gap_parks",
        FENCE, "elif compacted or received.seq == after.seq + 1:", "elif received.seq > after.seq:",
    ),
    mutant(
        "a fork is taken for a duplicate",
        f"{DEAD_LETTERS}::test_a_fork_parks",
        FENCE, "forked = received.seq == after.seq and received.event_id != after.event_id",
        "forked = False",
    ),
    mutant(
        "an unknown type is passed over",
        f"{DEAD_LETTERS}::test_an_unknown_type_parks",
        LOOP, "elif received.type in subject.ignores:",
        "elif received.type in subject.ignores or isinstance(received.event, Unreadable):",
    ),
    mutant(
        "one row that cannot be saved fails its batch",
        f"{DEAD_LETTERS}::test_a_save_that_fails_for_one_key_parks_only_it",
        LOOP, "            return await self._one_by_one(batch)\n", "            raise\n",
    ),
    mutant(
        "a passing failure parks",
        f"{DEAD_LETTERS}::test_a_bug_that_hides_in_saving_does_not_park_what_passes_by_itself",
        LOOP, "if is_transient(error):", "if False:",
    ),
    mutant(
        "what is parked during a release is lost",
        f"{DEAD_LETTERS}::test_an_event_that_comes_during_a_release_is_not_lost",
        REPAIRS, "if [letter.id for letter in taken] != [letter.id for letter in letters]:",
        "if False:",
    ),
    mutant(
        "one person discards alone",
        f"{DEAD_LETTERS}::test_discarding_needs_a_reason_and_a_second_person",
        REPAIRS, " or second.strip() == by.strip():", ":",
    ),
    mutant(
        "two accounts in one hand discard together",
        f"{DEAD_LETTERS}::test_a_second_person_confirms_what_the_first_one_asked",
        REPAIRS, "            _require_independent(are_independent(by, second, tx.now))\n", "",
    ),
    mutant(
        "acts reach a subject under repair",
        f"{DEAD_LETTERS}::test_acts_on_a_parked_key_are_answered_under_repair",
        SQL, "SELECT DISTINCT key FROM position WHERE blocked AND key = ANY ($1::uuid[])",
        "SELECT DISTINCT key FROM position WHERE false AND key = ANY ($1::uuid[])",
    ),
)  # fmt: skip

ACTED = (
    mutant(
        "reply before commit",
        f"{COMMANDS}::test_an_act_is_answered_only_after_its_commit",
        LOOP, "            await self._transact(batch)\n        except SetFailed as failed:",
        "            work = asyncio.create_task(self._transact(batch))\n"
        "            while len(batch.results) < len(inputs) and not work.done():\n"
        "                await asyncio.sleep(0)\n"
        "        except SetFailed as failed:",
    ),
    mutant(
        "half of what was to be whole",
        f"{COMMANDS}::test_acts_as_one_are_all_done_or_none",
        LOOP, "                _require_all(batch.results)\n", "                pass\n",
    ),
    mutant(
        "a refused act fails its batch",
        f"{COMMANDS}::test_a_refused_act_and_a_broken_one_hurt_no_neighbour",
        LOOP, "            return refused\n", "            raise\n",
    ),
    mutant(
        "an oversized event is written",
        f"{COMMANDS}::test_an_oversized_event_is_refused_before_it_is_written",
        OUTBOX, "if len(payload) > MAX_EVENT_BYTES:", "if False:",
    ),
    mutant(
        "due clocks wait for a busy subject",
        f"{CLOCKS}::test_a_subject_that_is_locked_is_passed_over_and_fired_later",
        LOOP, "loaded = await subject.claim(tx, keys)", "loaded = await subject.load(tx, keys)",
    ),
)  # fmt: skip

SENT = (
    mutant(
        "mark before send",
        f"{KAFKA}::test_what_could_not_be_sent_in_time_is_sent_by_a_new_producer",
        RELAY,
        "                await self._send_in_time(rows)\n"
        '                await reached("after_send")\n'
        "                await self._mark(tx, rows)\n",
        "                await self._mark(tx, rows)\n        if rows:\n"
        "            await self._send_in_time(rows)\n",
    ),
    mutant(
        "mark before Kafka's answer",
        f"{KAFKA}::test_nothing_counts_as_said_before_kafka_has_answered",
        RELAY, "        await asyncio.gather(*futures)\n", "",
    ),
    mutant(
        "a producer that failed sends on",
        f"{KAFKA}::test_what_could_not_be_sent_in_time_is_sent_by_a_new_producer",
        RELAY,
        'log.warning("relay.send_failed", error=repr(error))\n            await',
        'log.warning("relay.send_failed", error=repr(error))\n            0 and await',
    ),
    mutant(
        "two relays at once",
        f"{KAFKA}::test_one_relay_owns_the_outbox_and_another_stands_by",
        SQL, "FROM relay FOR UPDATE SKIP LOCKED", "FROM relay",
    ),
    Mutant(
        "row-wise SKIP LOCKED instead of one owner",
        f"{KAFKA}::test_relays_of_two_processes_never_reorder",
        (
            Change(SQL, "FROM relay FOR UPDATE SKIP LOCKED", "FROM relay"),
            Change(SQL, "WHERE id > $2 ORDER BY id LIMIT $1) p",
                   "WHERE id > $2 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) p"),
        ),
    ),
    mutant(
        "the floor rises over ids that are not settled",
        f"{KAFKA}::test_an_id_drawn_early_and_committed_late_is_sent_in_its_turn",
        "shared/messaging/relay_floor.py",
        "min(self._settled, ids[-1]) if ids else self._settled",
        "ids[-1] if ids else self.at",
    ),
    Mutant(
        "ids drawn before the lock",
        f"{KAFKA}::test_relays_of_two_processes_never_reorder",
        (
            Change(LOOP, "            await self._fence(tx, batch)\n",
                   '            blocks = await tx.fetch(SQL["next_outbox_blocks"], 1)\n'
                   "            await self._fence(tx, batch)\n"),
            Change(LOOP, "await outbox.save(tx, batch.emitted)",
                   "await outbox.save(tx, batch.emitted, blocks)"),
            Change(OUTBOX, "async def save(tx: Tx, emitted: Sequence[Envelope]) -> None:",
                   "async def save(tx: Tx, emitted: Sequence[Envelope], blocks: Any) -> None:"),
            Change(OUTBOX,
                   '    blocks = await tx.fetch(SQL["next_outbox_blocks"], '
                   "-(-len(emitted) // BLOCK))\n", ""),
        ),
    ),
    mutant(
        "the newest is sent first",
        f"{KAFKA}::test_what_is_told_arrives_and_what_is_said_leaves_in_order",
        SQL, "ORDER BY o.id\n", "ORDER BY o.id DESC\n",
    ),
)  # fmt: skip

READ = (
    mutant(
        "Kafka's commit before ours (ACK_FIRST)",
        f"{SEAM}[before_commit]",
        READER, "        if await self._apply_in_place(inputs, dead):\n",
        "        self.subscription.commit(records)\n        await asyncio.sleep(0.1)\n"
        "        if await self._apply_in_place(inputs, dead):\n",
    ),
    mutant(
        "what waited for the database is skipped",
        f"{KAFKA}::test_the_database_is_away_and_nothing_is_lost_or_done_twice[3]",
        READER, "            self.subscription.rewind(records)\n", "",
    ),
    mutant(
        "the framework acknowledges (ACK_FIRST)",
        f"{FACTS}::test_nothing_is_committed_but_what_we_commit",
        BROKER, "ack_policy=AckPolicy.MANUAL", "ack_policy=AckPolicy.ACK_FIRST",
    ),
    mutant(
        "a new group begins at the end",
        f"{FACTS}::test_a_new_group_reads_what_was_told_before_it",
        BROKER, 'auto_offset_reset="earliest"', 'auto_offset_reset="latest"',
    ),
    mutant(
        "a process that lost its loop lives on",
        f"{SEAMS}::test_an_error_that_escapes_the_loop_ends_the_process",
        READER, "            end_process(EX_SOFTWARE, ", "            log.critical(",
    ),
    mutant(
        "nobody watches over progress",
        f"{SEAMS}::test_a_process_that_hangs_while_the_database_answers_is_ended",
        READER, "                end_process(EX_TEMPFAIL, ", "                log.critical(",
    ),
    mutant(
        "a broker that is away at the start is fatal",
        f"{KAFKA}::test_a_process_that_starts_while_the_broker_is_away_takes_acts_and_reads_later",
        BROKER, "except (KafkaError, OSError) as error:", "except OSError as error:",
    ),
)  # fmt: skip

WALLS = (
    mutant(
        "a service enters every schema",
        f"{ROLES}::test_a_login_enters_its_own_schema_only",
        MIGRATE, "TO {roles}'", "TO PUBLIC'",
    ),
    mutant(
        "a service may delete what it said",
        f"{ROLES}::test_each_table_bears_exactly_these_rights",
        TABLES, "CALL deny_service('UPDATE, DELETE', 'outbox');\n", "",
    ),
    mutant(
        "erasing may change the hash",
        f"{ROLES}::test_what_was_said_stays",
        TABLES, " AND NEW IS NOT DISTINCT FROM erased", "",
    ),
    mutant(
        "row security is not switched on",
        f"{ROWS}::test_the_tracker_shows_the_cases_that_the_rights_do",
        WALL, "ENABLE ROW LEVEL SECURITY, FORCE", "FORCE",
    ),
    mutant(
        "a table's owner is not bound",
        f"{READERS}::test_what_a_page_may_read_is_behind_the_wall",
        WALL, ", FORCE ROW LEVEL SECURITY", "",
    ),
    mutant(
        "a page reads with all rights",
        f"{READERS}::test_the_wall_stands_for_one_transaction_and_lets_nothing_be_written",
        "shared/db/pool.py", "set_config('role', $1, true)", "$1::text",
    ),
    mutant(
        "sessions of a demoted server stay in the pool",
        f"{FAILOVER}::test_sessions_of_a_server_that_was_demoted_cost_one_try_altogether",
        "shared/db/pool.py", "                await self._pool.expire_connections()\n", "",
    ),
    mutant(
        "a demoted server looks healthy",
        f"{FAILOVER}::test_after_a_failover_the_pool_moves_to_the_new_primary",
        "shared/db/pool.py",
        'raise asyncpg.ReadOnlySQLTransactionError("the server takes no writes any more")', "pass",
    ),
    mutant(
        "data of a newer version are taken",
        "tests/integration/db/test_migrating.py"
        "::test_a_schema_that_a_newer_version_made_is_refused_by_name",
        MIGRATE, "            raise NewerData(", "            print(",
    ),
    mutant(
        "the audit leaves a column out",
        "tests/properties/test_audit.py::test_no_column_can_be_changed",
        "shared/contracts/envelope.py", "self.key + self.event_id + self.correlation_id",
        "self.key + self.event_id",
    ),
    mutant(
        "the audit passes over the days' anchors",
        f"{TESTS}/test_audit.py"
        "::test_a_subject_that_is_gone_with_every_trace_is_missed_by_the_days_anchor",
        "shared/messaging/audit.py",
        "[one for one in anchors if await _root(tx, one) != (one.events, one.root)]", "[]",
    ),
    mutant(
        "a loop that stands still is live",
        "tests/unit/messaging/test_heartbeat.py::test_every_loop_that_stands_still_is_named",
        "shared/messaging/heartbeat.py",
        "return self._at is not None and time.monotonic() - self._at > STILL_SECONDS",
        "return False",
    ),
    mutant(
        "every service may read every topic",
        f"{TESTS}/test_acls.py::test_a_service_reads_what_it_hears_only",
        "deploy/kafka/acls.py", " if service in topic.readers]", "]",
    ),
    mutant(
        "every service has the administrator's password",
        f"{TESTS}/test_acls.py::test_a_service_cannot_sign_in_as_another",
        "deploy/local/kafka.py", "return password_of(self.password, role_of(service))",
        "return self.password",
    ),
)  # fmt: skip

MUTANTS = (*ONCE, *PARKED, *ACTED, *SENT, *READ, *WALLS)
