"""`jianyi init`: what it writes can be used, is never overwritten, and every bad limit is named."""

from pathlib import Path

import pytest

from services.__main__ import app
from services.city import EXAMPLE, SETTINGS
from shared.calendar import Limit
from shared.contracts.topics import OWNERS
from shared.settings import LIMITS_FILE, address_of
from tests.support.commands import run

NEEDED = dict.fromkeys(
    (*map(address_of, OWNERS), "KAFKA_BOOTSTRAP_SERVERS"), "postgresql://nowhere"
)


async def test_what_is_written_can_be_used_and_is_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "our" / "city"
    code, said = await run(app, {}, "init", str(folder))
    assert (code, "可以使用 / can be used" in said) == (0, True), said
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert LIMITS_FILE in before
    assert all(content.startswith(b"# ") for content in before.values())
    code, said = await run(app, {}, "init", str(folder))
    assert (code, "没有改动" in said, "Nothing was written" in said) == (1, True, True)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert (await run(app, {}, "init", "--check", str(folder)))[0] == 0


async def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = await run(app, {}, "init", str(tmp_path / "file" / "city"))
    assert (code, "cannot write to the folder" in said) == (1, True)


async def test_each_line_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    await run(app, {}, "init", str(tmp_path))
    (tmp_path / "divisions.csv").write_bytes(b"\xff\xff\xff")
    (tmp_path / LIMITS_FILE).write_text(
        '# ours\nJIANYI_LIMITS__SIGN={"n": 0, "kind": "wd"}\nDATABASE_URL=elsewhere\nnonsense\n'
        "TRACKER_LETTERS={\nREPORTING_DUE_DAY=31\nINTAKE_SOURCE_VIEWS_PER_HOUR=many\n"
        'JIANYI_LIMITS__OBJECT={"n": 3, "kind": "wd"}\n'
        'JIANYI_LIMITS__REPLY={"normal": {"n": 20, "kind": "wd"}}\nROUTER_AUTO_DISPATCH=yes\n'
    )
    code, said = await run(app, {}, "init", "--check", str(tmp_path))
    assert code == 1
    for named in (
        "divisions.csv:1:", "limits.env:3:", "limits.env:4:", "limits.env:10:",
        ": JIANYI_LIMITS__SIGN__N：", ": JIANYI_LIMITS__REPLY：", "letters",
        "REPORTING_DUE_DAY", "INTAKE_SOURCE_VIEWS_PER_HOUR",
    ):  # fmt: skip
        assert said.count(named) == 1, (named, said)
    assert "JIANYI_LIMITS__OBJECT" not in said


def test_the_limits_that_are_written_are_those_that_hold_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    plain = [settings() for settings in SETTINGS]
    text = (EXAMPLE / LIMITS_FILE).read_text(encoding="utf-8")
    shown = "\n".join(
        line.removeprefix("# ") for line in text.splitlines() if "=" in line.partition(" ")[2]
    )
    (tmp_path / LIMITS_FILE).write_text(shown, encoding="utf-8")
    monkeypatch.setenv("JIANYI_CITY", str(tmp_path))
    assert [it().model_copy(update={"city": None}) for it in SETTINGS] == plain


def test_a_citys_limits_hold_below_the_environment_and_for_every_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / LIMITS_FILE).write_text(
        'JIANYI_LIMITS__SIGN={"n": 3, "kind": "wd"}\n'
        'JIANYI_LIMITS__RATING={"n": 20, "kind": "wd"}\n'
    )
    nearer = {"JIANYI_CITY": str(tmp_path), "JIANYI_LIMITS__RATING": '{"n": 9, "kind": "days"}'}
    for name, value in {**NEEDED, **nearer}.items():
        monkeypatch.setenv(name, value)
    for settings in SETTINGS:
        limits = settings().limits
        assert (limits.sign.n, limits.rating, limits.object.n) == (3, Limit(n=9, kind="days"), 2)
