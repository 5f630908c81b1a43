"""Reading the register of enterprises from CSV, with a verdict on every row."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.intake.domain.credit_code import enterprise_id, is_credit_code
from shared.contracts.envelope import Key
from shared.directory.snapshot import Directory
from shared.ids import named_id
from shared.messaging.fold import Row

COLUMNS = ("credit_code", "name", "division_code")
Verdict = Literal[
    "taken", "columns_missing", "name_missing", "unknown_division", "credit_code_check", "duplicate"
]


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
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if not set(COLUMNS) <= set(reader.fieldnames or ()):
        return [Line(1, "columns_missing")]
    return list(_judge(reader, directory))


def _judge(reader: "csv.DictReader[str]", directory: Directory) -> Iterator[Line]:
    seen: set[bytes] = set()
    for fields in reader:
        code, name, division = ((fields[column] or "").strip() for column in COLUMNS)
        verdict = _verdict(code, name, division, directory)
        key = enterprise_id(code) if code else named_id("enterprise", f"{division}:{name}")
        if verdict == "taken" and key in seen:
            verdict = "duplicate"
        if verdict != "taken":
            yield Line(reader.line_num, verdict)
            continue
        seen.add(key)
        row = EnterpriseRow(key=key, credit_code=code or None, name=name, division_code=division)
        yield Line(reader.line_num, "taken", row)


def _verdict(code: str, name: str, division: str, directory: Directory) -> Verdict:
    if not name or "\0" in name:
        return "name_missing"
    if directory.division(division) is None:
        return "unknown_division"
    if code and not is_credit_code(code):
        return "credit_code_check"
    return "taken"
