"""Guards of the services, each taken away once."""

from tests.mutants.mutant import mutant

SIGNATURE, ITEM = "tests/unit/intake/test_signature.py", "tests/unit/intake/test_item.py"

MUTANTS = (
    mutant(
        "a signed request may be changed",
        f"{SIGNATURE}::test_a_token_for_anything_else_is_refused",
        "services/intake/domain/signature.py",
        "if any(claims.get(name) != value for name, value in expected.items()):",
        "if False:",
    ),
    mutant(
        "a station's id takes another content",
        f"{ITEM}::test_another_content_under_the_same_id_is_refused",
        "services/intake/domain/accepting.py",
        "if row.body_digest != act.digest:",
        "if False:",
    ),
    mutant(
        "a clock fires without a look at its state",
        "tests/unit/tracker/test_journey.py::test_a_late_reply_climbs_the_ladder_once_each",
        "services/tracker/domain/ladder.py",
        "if c.next_at is not None and c.next_at <= now",
        "if c.next_at is not None",
    ),
)
