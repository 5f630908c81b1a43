"""The quality table of docs/quality.yaml, as it stands in both READMEs.

`python -m tests.contracts.quality` writes it there, between its markers.
"""

from typing import Any

import yaml

from tests.contracts.sources import ROOT, SERVICES

RULES: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "docs/quality.yaml").read_text(encoding="utf-8")
)
BEGIN, END = "<!-- quality: python -m tests.contracts.quality -->", "<!-- end of quality -->"
PAGES = {"README.md": ("en", "rule"), "README.zh.md": ("zh", "规则")}


def table(language: str, heading: str) -> str:
    """Write the table in one language, `zh` or `en`."""
    rows = [[heading, *SERVICES], ["---"] * (1 + len(SERVICES))]
    rows += [
        [rule[language], *(_cell(rule[name], language) for name in SERVICES)] for rule in RULES
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(value: Any, language: str) -> str:
    return "✓" if value == "done" else f"– {value['exempt'][language]}"


def renewed(page: str) -> str:
    """Give a page with the table of today."""
    before, _, rest = (ROOT / page).read_text(encoding="utf-8").partition(f"{BEGIN}\n")
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(*PAGES[page])}{END}{after}"


if __name__ == "__main__":
    for name in PAGES:
        (ROOT / name).write_text(renewed(name), encoding="utf-8")
