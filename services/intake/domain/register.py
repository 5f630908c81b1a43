"""Reading the register of enterprises from CSV, with a verdict on every row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from services.intake.domain.credit_code import enterprise_id, is_credit_code
from shared import table_file
from shared.contracts.envelope import Key
from shared.directory.snapshot import Directory
from shared.ids import named_id
from shared.messaging.fold import Row
from shared.table_file import Flaw, read_lines

COLUMNS = ("credit_code", "name", "division_code")
Verdict = (
    Flaw | Literal["taken", "name_missing", "unknown_division", "credit_code_check", "duplicate"]
)


class EnterpriseRow(Row):
    """An enterprise of the register; a small trader may have no credit code."""

    key: Key
    credit_code: str | None
    name: str
    division_code: str


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one line of the file (the head is line 1)."""

    number: int
    verdict: Verdict
    row: EnterpriseRow | None = None


def read_register(text: str, directory: Directory) -> list[Line]:
    """Judge every line of a register in CSV (`credit_code,name,division_code`)."""
    return list(_judge(read_lines(text, COLUMNS), directory))


def _judge(lines: Iterable[table_file.Line], directory: Directory) -> Iterator[Line]:
    seen: set[bytes] = set()
    for line in lines:
        if line.flaw is not None:
            yield Line(line.number, line.flaw)
            continue
        code, name, division = (line.cells[column] for column in COLUMNS)
        verdict = _verdict(code, name, division, directory)
        key = enterprise_id(code) if code else named_id("enterprise", f"{division}:{name}")
        if verdict == "taken" and key in seen:
            verdict = "duplicate"
        if verdict != "taken":
            yield Line(line.number, verdict)
            continue
        seen.add(key)
        row = EnterpriseRow(key=key, credit_code=code or None, name=name, division_code=division)
        yield Line(line.number, "taken", row)


def _verdict(code: str, name: str, division: str, directory: Directory) -> Verdict:
    if not name or "\0" in name:
        return "name_missing"
    if directory.division(division) is None:
        return "unknown_division"
    if code and not is_credit_code(code):
        return "credit_code_check"
    return "taken"
