"""The quality rules of docs/quality.yaml, as they stand in both READMEs.

`python -m tests.contracts.quality` writes them there, between their markers.
"""

from typing import Any

import yaml

from tests.contracts.sources import ROOT, SERVICES

RULES: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "docs/quality.yaml").read_text(encoding="utf-8")
)
BEGIN, END = "<!-- quality: python -m tests.contracts.quality -->", "<!-- end of quality -->"
PAGES = {"README.md": "en", "README.zh.md": "zh"}
EXCEPT = {"en": "; {} {}", "zh": "；{}除外（{}）"}
AND = {"en": " and ", "zh": "、"}


def rules(language: str) -> str:
    """Write the rules in `zh` or `en`, a line each: those of all services, then the others."""
    lines = {rule[language]: _exceptions(rule, language) for rule in RULES}
    ordered = sorted(lines.items(), key=lambda line: bool(line[1]))
    return "".join(f"- {name}{found}\n" for name, found in ordered)


def _exceptions(rule: dict[str, Any], language: str) -> str:
    """Name the services that are exempt from a rule, with the reason."""
    found: dict[str, list[str]] = {}
    for name in SERVICES:
        if rule[name] != "done":
            found.setdefault(rule[name]["exempt"][language], []).append(name)
    text, conjunction = EXCEPT[language], AND[language]
    return "".join(text.format(conjunction.join(names), why) for why, names in found.items())


def renewed(page: str) -> str:
    """Give a page with the rules of today."""
    before, _, rest = (ROOT / page).read_text(encoding="utf-8").partition(f"{BEGIN}\n")
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{rules(PAGES[page])}{END}{after}"


if __name__ == "__main__":
    for name in PAGES:
        (ROOT / name).write_text(renewed(name), encoding="utf-8")
