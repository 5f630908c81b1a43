"""The guards of browsers, sign-in, sessions and uploads, each taken away once."""

from tests.mutants.mutant import Change, Mutant, mutant

UNIT, ROUTER = "tests/unit", "tests/integration/router"
SECURITY, CSRF = f"{UNIT}/web/test_security.py", f"{UNIT}/web/test_csrf.py"
SESSION, LIMITS = f"{UNIT}/web/test_session.py", f"{UNIT}/web/test_http_limits.py"
PROBLEMS, PROXIES = f"{UNIT}/web/test_problems.py", f"{UNIT}/web/test_proxies.py"
ACCOUNTS, TOTP = f"{UNIT}/router/test_accounts.py", f"{UNIT}/router/test_totp.py"
SESSIONS, TABLES = f"{UNIT}/router/test_sessions.py", f"{UNIT}/test_tables.py"
SIGNING_IN, PROVIDER = f"{ROUTER}/test_signing_in.py", f"{ROUTER}/test_provider.py"
MIDDLEWARE, HTTP = "shared/web/middleware.py", "shared/web/http_limits.py"
TOKENS, WORKBOOK = "shared/web/session.py", "shared/tables/workbook.py"
IDENTITY = "services/router/identity"
PASSWORDS = f"{IDENTITY}/domain/passwords.py"
SIGN_IN, OIDC = f"{IDENTITY}/console/sign_in.py", f"{IDENTITY}/oidc_client.py"

BROWSER = (
    mutant(
        "templates do not escape",
        f"{SECURITY}::test_hostile_text_stays_text",
        "shared/web/console.py", "autoescape=True", "autoescape=False",
    ),
    mutant(
        "scripts in a page may run",
        f"{SECURITY}::test_every_answer_carries_the_policy",
        MIDDLEWARE, "script-src 'self'; ", "script-src 'self' 'unsafe-inline'; ",
    ),
    mutant(
        "no HSTS",
        f"{SECURITY}::test_over_tls_a_browser_is_told_to_stay_there",
        MIDDLEWARE, "if over_tls:", "if False:",
    ),
    mutant(
        "pages are cached",
        f"{SECURITY}::test_pages_are_not_kept_but_files_addressed_by_content_are",
        MIDDLEWARE, 'headers.setdefault("Cache-Control", "no-store")', "pass",
    ),
    mutant(
        "another site may post (Sec-Fetch-Site)",
        f"{SECURITY}::test_an_act_must_come_from_our_own_pages",
        MIDDLEWARE, 'return site == "same-origin"', "return True",
    ),
    mutant(
        "another site may post (Origin)",
        f"{SECURITY}::test_an_act_must_come_from_our_own_pages",
        MIDDLEWARE, 'return str(origin).partition("://")[2] == request.headers.get("host")',
        "return True",
    ),
    mutant(
        "a form needs no token",
        f"{CSRF}::test_a_form_without_its_token_comes_back_as_it_was_typed",
        MIDDLEWARE, "if not is_own(", "if False and is_own(",
    ),
    mutant(
        "a redirect follows the Host header",
        f"{SECURITY}::test_no_address_is_made_from_the_host_a_request_names",
        MIDDLEWARE, "app.router.redirect_slashes = False", "app.router.redirect_slashes = True",
    ),
    mutant(
        "scripts may read the session cookie",
        f"{SESSION}::test_the_cookie_is_bound_to_host_and_path",
        TOKENS, 'set_cookie(COOKIE, token, path="/", secure=True, httponly=True,',
        'set_cookie(COOKIE, token, path="/", secure=True,',
    ),
    mutant(
        "the cookie of a known browser is sent without TLS",
        f"{SIGNING_IN}::test_nobody_can_hold_the_owner_of_a_known_browser_out",
        f"{IDENTITY}/actions.py", 'path="/", secure=True,', 'path="/",',
    ),
    mutant(
        "the redirect after sign-in leads anywhere",
        f"{SIGNING_IN}::test_the_way_back_leads_nowhere_else",
        SIGN_IN, "response = RedirectResponse(inside(next_), 303)\n        begin",
        "response = RedirectResponse(next_, 303)\n        begin",
    ),
)  # fmt: skip

SERVER = (
    mutant(
        "a body of undeclared length is unlimited",
        f"{PROBLEMS}::test_a_body_that_hides_its_length_is_counted",
        MIDDLEWARE, "if taken > limit:", "if False:",
    ),
    mutant(
        "a compressed body is unpacked",
        f"{PROBLEMS}::test_a_packed_body_is_not_unpacked",
        MIDDLEWARE, '!= "identity":', '== "never":',
    ),
    mutant(
        "a request's head is unlimited",
        f"{LIMITS}::test_a_head_without_end_is_cut_off",
        HTTP, "if self._spent > MAX_HEAD:", "if False:",
    ),
    mutant(
        "a slow request holds its connection",
        f"{LIMITS}::test_what_comes_too_slowly_is_closed",
        HTTP, "self.loop.call_later(seconds, self.transport.close)",
        "self.loop.call_later(seconds, lambda: None)",
    ),
    mutant(
        "the ingress lets everybody read the figures",
        "tests/integration/operations/test_ingress.py"
        "::test_figures_and_health_are_for_the_inside_only",
        "deploy/Caddyfile", "\thandle @inside {\n\t\terror 404\n\t}\n", "\trespond @inside 404\n",
    ),
    mutant(
        "any client may name its own address",
        f"{PROXIES}::test_the_last_hop_that_is_not_trusted_is_the_client",
        "shared/service.py", '"forwarded_allow_ips": settings.trusted_proxies',
        '"forwarded_allow_ips": "*"',
    ),
    mutant(
        "a bug leaves no line in the log",
        f"{PROBLEMS}::test_a_bug_tells_its_trace_and_nothing_else_and_is_logged",
        "shared/web/problems.py",
        '            log.exception("a request failed unexpectedly", action="request.failed")\n', "",
    ),
    mutant(
        "a body is parsed before its signature is checked",
        "tests/integration/intake/test_bad_input.py"
        "::test_nothing_of_a_body_is_parsed_before_its_signature_is_checked",
        "services/intake/asker_auth.py",
        "                    request.state.asker = await authenticate(request)\n"
        "                    return await handle(request)\n",
        "                    await request.json()\n"
        "                    request.state.asker = await authenticate(request)\n"
        "                    return await handle(request)\n",
    ),
    mutant(
        "a table of any size is read",
        f"{TABLES}::test_a_file_that_would_hurt_is_refused_in_words",
        WORKBOOK,
        "    if len(content) > MAX_BYTES:\n        raise _too_large()\n    try:\n        text",
        "    try:\n        text",
    ),
    mutant(
        "an archive unpacks to any size",
        f"{TABLES}::test_a_file_that_would_hurt_is_refused_in_words",
        WORKBOOK, "if unpacked > min(MAX_UNPACKED, packed * MAX_RATIO):", "if False:",
    ),
    Mutant(
        "a workbook may define entities",
        f"{TABLES}::test_a_file_that_would_hurt_is_refused_in_words",
        (
            Change(WORKBOOK, "import asyncio\n",
                   'import os\nos.environ["OPENPYXL_DEFUSEDXML"] = "False"\nimport asyncio\n'),
            Change(WORKBOOK, "    if not DEFUSEDXML:\n", "    if False:\n"),
        ),
    ),
    mutant(
        "a file is taken for what it is called",
        f"{TABLES}::test_the_content_decides_not_the_name",
        WORKBOOK, "    if _is_something_else(text):\n", "    if False:\n",
    ),
    mutant(
        "macros are let in",
        f"{TABLES}::test_a_file_that_would_hurt_is_refused_in_words",
        WORKBOOK, 'if is_program or "macro" in name or "activex" in name:', "if False:",
    ),
    mutant(
        "a table may hold formulas",
        f"{TABLES}::test_a_cell_that_could_be_a_formula_is_written_as_text",
        "shared/tables/files.py", 'return _FORMULA.sub("\'", cell)', "return cell",
    ),
)  # fmt: skip

SIGNED_IN = (
    mutant(
        "argon2 with weak parameters",
        f"{ACCOUNTS}::test_a_hash_is_argon2id_with_the_parameters_that_owasp_asks_for",
        PASSWORDS, "time_cost=2, memory_cost=19 * 1024", "time_cost=1, memory_cost=8",
    ),
    mutant(
        "a password fits in any case",
        f"{ACCOUNTS}::test_a_password_is_checked_as_it_was_typed",
        PASSWORDS, 'unicodedata.normalize("NFKC", password)', "password.casefold()",
    ),
    mutant(
        "easy passwords are accepted",
        f"{ACCOUNTS}"
        "::test_a_password_is_refused_for_being_short_or_easy_and_for_no_lack_of_signs",
        PASSWORDS, 'return None if score >= _SURE else "guessable"', "return None",
    ),
    mutant(
        "an unknown account is refused faster",
        f"{ACCOUNTS}::test_an_unknown_account_costs_as_much_work",
        PASSWORDS, "    if not _is_slow(known):\n", "    if False:\n",
    ),
    mutant(
        "a one-time password lasts for ever",
        f"{ACCOUNTS}::test_a_one_time_password_is_good_for_being_replaced_and_not_for_long",
        f"{IDENTITY}/domain/accounts.py",
        "if not proved or (row.one_time_until is not None and now >= row.one_time_until):",
        "if not proved:",
    ),
    mutant(
        "a browser stays known after the password changed",
        f"{ACCOUNTS}::test_a_browser_is_known_until_the_password_changes",
        f"{IDENTITY}/domain/accounts.py",
        'return source if changed_at == row.changed_at.isoformat() else ""', "return source",
    ),
    mutant(
        "a password is replaced without the present one",
        f"{ROUTER}/test_second_factor.py"
        "::test_another_password_needs_the_present_one_and_the_code",
        SIGN_IN, 'if attempt.account is None or attempt.result not in ("in", "replace"):',
        "if attempt.account is None:",
    ),
    mutant(
        "an account may be tried from many addresses",
        f"{ACCOUNTS}"
        "::test_guessers_at_many_addresses_are_locked_out_together_but_not_known_browsers",
        f"{IDENTITY}/domain/accounts.py",
        "if source.is_locked(now) or (strange and row.is_locked(now)):",
        "if source.is_locked(now):",
    ),
    mutant(
        "guessers elsewhere lock out a known browser",
        f"{ACCOUNTS}"
        "::test_guessers_at_many_addresses_are_locked_out_together_but_not_known_browsers",
        f"{IDENTITY}/domain/accounts.py",
        "if source.is_locked(now) or (strange and row.is_locked(now)):",
        "if source.is_locked(now) or row.is_locked(now):",
    ),
    mutant(
        "a code is good twice",
        f"{TOTP}::test_a_code_is_good_once_and_none_older_after_it",
        f"{IDENTITY}/domain/totp.py", " if step > row.last_step else None", "",
    ),
    mutant(
        "recovery codes are kept as they are",
        f"{TOTP}::test_each_recovery_code_takes_the_place_of_one_code",
        f"{IDENTITY}/domain/totp.py", "hashes = tuple(_hash(code) for code in codes)",
        "hashes = tuple(codes)",
    ),
    mutant(
        "a right password is remembered for ever",
        f"{TOTP}::test_half_a_sign_in_lasts_five_minutes_and_not_beyond_a_change",
        f"{IDENTITY}/domain/totp.py",
        "and now < datetime.fromisoformat(given_at) + MFA_TICKET_LASTS", "and bool(given_at)",
    ),
    mutant(
        "a token does not expire",
        f"{SESSION}::test_a_session_lasts_fifteen_minutes",
        TOKENS, "leeway=int(grace.total_seconds()),", "leeway=10**9,",
    ),
    mutant(
        "a token for somebody else is a session",
        f"{SESSION}::test_a_token_that_says_something_else_is_no_session",
        TOKENS, 'aud={"essential": True, "value": _AUDIENCE},', 'aud={"essential": False},',
    ),
    mutant(
        "a token without a key id is verified by any key",
        f"{SESSION}::test_a_forged_token_is_no_session",
        TOKENS, 'if decoded.header.get("kid") not in self._ids:', "if False:",
    ),
    mutant(
        "an unused session is renewed",
        f"{ROUTER}/test_reauthentication.py"
        "::test_neither_an_unused_session_nor_one_of_a_whole_day_is_renewed",
        f"{IDENTITY}/actions.py", "if row is None or not self.limits.is_alive(row, tx.now):",
        "if row is None:",
    ),
    mutant(
        "a session in use never ends",
        f"{SESSIONS}::test_a_session_lasts_while_it_is_used_and_a_working_day_at_most",
        f"{IDENTITY}/domain/sessions.py", " and now < row.begun_at + self.total", "",
    ),
    mutant(
        "a session outlives its person",
        f"{ROUTER}/test_bad_input.py"
        "::test_without_a_session_or_from_another_site_nothing_is_told_or_done",
        "shared/web/actor.py", "if person is None or copy.has_ended(",
        "if copy.has_ended(",
    ),
    mutant(
        "an old proof counts",
        f"{ROUTER}/test_reauthentication.py"
        "::test_a_form_comes_back_as_it_was_typed_and_goes_through_after_the_proof",
        "shared/web/actor.py", "        if not found.proved_lately:\n", "        if False:\n",
    ),
    mutant(
        "an ID token with another nonce is accepted",
        f"{PROVIDER}::test_an_answer_that_does_not_fit_lets_nobody_in",
        OIDC, "parse_id_token(token, nonce,", "parse_id_token(token, None,",
    ),
    mutant(
        "redirects of the provider are followed",
        f"{PROVIDER}::test_a_provider_that_sends_us_elsewhere_is_not_followed",
        OIDC, '"timeout": SECONDS,', '"timeout": SECONDS, "follow_redirects": True,',
    ),
    mutant(
        "an answer of the provider fits any browser",
        f"{PROVIDER}::test_an_answer_belongs_to_the_browser_that_asked",
        SIGN_IN,
        "        if not known or not secrets.compare_digest(state.encode(), known.encode()):\n"
        "            return None\n"
        "        async with self._db.begin() as tx:\n"
        "            return await store.take_at_provider(tx, known)",
        "        async with self._db.begin() as tx:\n"
        "            return await store.take_at_provider(tx, state or known)",
    ),
    mutant(
        "the demo login exists in production",
        f"{SIGNING_IN}::test_in_production_there_is_no_door_for_everyone",
        "services/router/app.py", "    if trial:\n", "    if True:\n",
    ),
    mutant(
        "the demo login answers other machines",
        f"{SIGNING_IN}::test_the_door_for_everyone_is_on_this_machine_only",
        f"{IDENTITY}/console/demo_login.py", "    if not is_here(request):\n", "    if False:\n",
    ),
)  # fmt: skip

MUTANTS = (*BROWSER, *SERVER, *SIGNED_IN)
