"""The directory in the reader's language: names, addresses and the words of every code."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from services.router.directory.domain.lists import ListKind
from services.router.directory.domain.model import DISPATCHING, FieldChange
from services.router.directory.domain.role_holders import state_of
from services.router.directory.domain.tables import TableKind
from shared.contracts import lists
from shared.contracts import router as entries
from shared.contracts.codes import OrganKind, Role
from shared.contracts.envelope import EVERYWHERE
from shared.directory.credentials import credentials_hold
from shared.directory.snapshot import Directory
from shared.directory.succession import Ending
from shared.features.table_import.report import ChangedField
from shared.ids import TAIL, Id, from_text, to_text
from shared.text import Bilingual, Sentence, Text, _, listed
from shared.web import components as ui
from shared.web.console import Console

HERE = "/router/directory"
ROLES: Mapping[Role, Sentence] = {
    "dispatcher": _("交办人员"),
    "committee_head": _("代表工委负责人"),
    "liaison": _("联络员"),
    "leader": _("领导"),
    "city_office": _("人大办公室"),
    "research_office": _("研究室"),
    "unit_head": _("单位负责人"),
    "clerk": _("经办人"),
    "station_head": _("站长"),
    "station_staff": _("站工作人员"),
    "deputy": _("代表"),
    "admin": _("系统管理员"),
    "ops": _("运行人员"),
}
KINDS: Mapping[str, Sentence] = {
    "directory.division": _("地方"),
    "directory.organ": _("机构"),
    "directory.unit": _("承办单位"),
    "directory.station": _("联络站"),
    "directory.person": _("人员"),
    "directory.policy": _("政策"),
    "directory.theme": _("活动主题"),
    "directory.function": _("联络站功能"),
    "directory.group": _("代表小组"),
}
ORGANS: Mapping[OrganKind, Sentence] = {
    "committee_office": _("交办机构"),
    "general_office": _("办公室"),
    "research_office": _("研究室"),
    "leading_group": _("领导小组"),
    "work_group": _("工作组"),
}
TABLES: Mapping[TableKind, Sentence] = {
    "organs": _("机构"),
    "units": _("承办单位"),
    "stations": _("联络站"),
    "deputies": _("代表和街道选民代表"),
    "officers": _("工作人员的任职"),
    "policies": _("政策"),
    "themes": _("活动主题"),
    "functions": _("联络站功能"),
    "groups": _("代表小组"),
}
_FIELDS: Mapping[str, Sentence] = {
    "name": _("名称"),
    "short_name": _("简称"),
    "code": _("代码"),
    "level": _("级别"),
    "parent_code": _("上级"),
    "parent_id": _("总站"),
    "division_code": _("地方"),
    "kind_code": _("类别"),
    "vertical": _("垂直管理"),
    "external": _("外部单位"),
    "valid_from": _("起始日"),
    "valid_to": _("最后一天"),
    "successor_code": _("并入"),
    "successor_id": _("由谁接续"),
    "end_reason": _("撤并或停用的原因"),
    "category": _("分类"),
    "source": _("出处"),
    "mandates": _("代表职务"),
    "grants": _("任职"),
    "stands_in_for": _("代理"),
    "is_street_rep": _("街道选民代表"),
    "is_leadership": _("领导干部代表"),
    "liaison_id": _("联系人"),
    "station_id": _("联络站"),
}
_WORDS: Mapping[Any, Sentence] = {True: _("是"), False: _("否")}
_PLACES = frozenset({"division_code", "parent_code", "successor_code"})


def field_words(name: str) -> Text:
    return _FIELDS.get(name, name)


def values_of(directory: Directory, field: str, value: Any) -> Sequence[Text]:
    """Write the value of a field, one text for each part of a list; empty for no value."""
    parts = value if isinstance(value, tuple) else () if value in (None, "") else (value,)
    return [_value(directory, field, part) for part in parts]


def _value(directory: Directory, field: str, value: Any) -> Text:
    match value:
        case bytes():
            return name_of(directory, value)
        case entries.Grant() | entries.StandIn():
            what, when = held_words(directory, value), period(value)
            return _("%(what)s，%(period)s", what=what, period=when)
        case entries.Mandate():
            return mandate_words(directory, value)
        case str() if field in _PLACES:
            return place_name(directory, value)
        case str() if field == "level":
            return level_words(directory, value)
        case _:
            return _WORDS.get(value) or str(value)


def changed_fields(
    changes: Iterable[FieldChange], before: Directory, after: Directory
) -> list[ChangedField]:
    """Write each change in words, by the names of the directory before and after it."""
    return [
        (
            field_words(it.field),
            values_of(before, it.field, it.before),
            values_of(after, it.field, it.after),
        )
        for it in changes
    ]


def level_words(directory: Directory, level: str) -> Bilingual:
    if level == "national":
        return Bilingual("国家级", "national")
    return Bilingual(*directory.level_names(level))


def held_words(directory: Directory, one: entries.Grant | entries.StandIn) -> Text:
    """Name a role at its place, or the person stood in for."""
    if isinstance(one, entries.StandIn):
        return _("代理%(name)s", name=name_of(directory, one.person_id))
    organ = organ_of(directory, one)
    if organ is not None:
        return _("%(organ)s：%(role)s", organ=organ.name, role=ROLES[one.role])
    where = place_of(directory, one)
    if one.role == "station_staff":
        return _("%(where)s工作人员", where=where)
    return _("%(where)s%(role)s", where=where, role=ROLES[one.role])


def organ_of(directory: Directory, grant: entries.Grant) -> entries.DirectoryOrgan | None:
    """Return the organ a role is held in, unless it is the one that dispatches."""
    organ = directory.organ_by_id(grant.organ_id) if grant.organ_id else None
    return None if organ is None or organ.kind == DISPATCHING else organ


def place_of(directory: Directory, grant: entries.Grant) -> Text:
    if grant.unit_id or grant.station_id:
        return name_of(directory, grant.unit_id or grant.station_id or b"")
    return place_name(directory, grant.division_code)


def known_as(directory: Directory, person: entries.DirectoryPerson, today: date) -> Text:
    """Tell a person from others of the name: the first running role, else mandates, else code."""
    running = [it for it in person.grants if state_of(it, today) == "now"]
    if running:
        return held_words(directory, running[0])
    mandates = mandates_of(directory, person)
    return listed(mandates) if mandates else person.code or _("没有任职")


def mandate_words(directory: Directory, one: entries.Mandate) -> Text:
    return _("%(place)s人大代表", place=place_name(directory, one.division_code))


def period(one: entries.Grant | entries.StandIn) -> Text:
    if one.valid_to is None:
        return _("%(first)s起", first=one.valid_from.isoformat())
    first, last = one.valid_from.isoformat(), one.valid_to.isoformat()
    return _("%(first)s至%(last)s", first=first, last=last)


def place_name(directory: Directory, code: str) -> Text:
    """Name a division; an unknown one by its code."""
    if code == EVERYWHERE:
        return _("全部地方")
    division = directory.division(code)
    return division.name if division else code


def name_of(directory: Directory, key: Id) -> str:
    unit, station = directory.unit(key), directory.station(key)
    organ, person = directory.organ_by_id(key), directory.person(key)
    found = unit.short_name if unit else None
    named = station or organ or person
    return found or (named.name if named else to_text(key)[TAIL])


def actor_name(directory: Directory, actor: str) -> Text:
    """Name the person or command that changed an entry."""
    commands = {"import": _("导入"), "seed": _("初始数据"), "demo": _("试用数据"),
                "command": _("命令行")}  # fmt: skip
    if actor in commands:
        return commands[actor]
    try:
        return name_of(directory, from_text(actor))
    except ValueError:
        return actor


def address_of(directory: Directory, key: Id) -> str:
    """Return the page of an entry; empty for one without a page."""
    for kind, found in (
        ("organs", directory.organ_by_id(key)),
        ("units", directory.unit(key)),
        ("stations", directory.station(key)),
        ("listed", directory.listed_by_id(key)),
        ("people", key in directory.people.bodies or None),
    ):
        if found is not None:
            return f"{HERE}/{kind}/{to_text(key)}"
    division = directory.division_by_id(key)
    return division_address(division.division_code) if division else ""


def division_address(code: str) -> str:
    """Return the page of a division; for all divisions, the directory's start page."""
    return HERE if code == EVERYWHERE else f"{HERE}/divisions/{code}"


def appointment(at: str, person: Id | None) -> str:
    """Return where a person gets a role at a place, `331004/unit:…`; without one, the place."""
    if person:
        return f"{HERE}/people/{to_text(person)}?{urlencode({'at': at})}#add_grant"
    division, _slash, place = at.partition("/")
    kind, _colon, key = place.partition(":")
    page = f"{HERE}/{kind}s/{key}" if key else division_address(division)
    return f"{page}?nobody=yes#appoint"


def person_link(key: Id, name: str) -> ui.Link:
    return ui.Link(name, f"/router/directory/people/{to_text(key)}")


def links_up(directory: Directory, code: str) -> list[ui.Crumb]:
    above = reversed(directory.ancestors(code))
    return [ui.Crumb(one.name, division_address(one.division_code)) for one in above]


VOID = (
    _("原来的密码不是由能授予这些任职的系统管理员发的，不再有效，也不能再用它登录"),
    _("请由能授予这些任职的系统管理员重设密码，把新的一次性密码交给本人。"),
)
"""What becomes of a password by a right that whoever handed it out could not give; what to do."""


def void_notes(directory: Directory, key: Id, today: date) -> list[ui.Note]:
    if credentials_hold(directory, key, today):
        return []
    return [ui.Note("amber", _("%(why)s。%(todo)s", why=VOID[0], todo=VOID[1]))]


def mandates_of(directory: Directory, person: entries.DirectoryPerson) -> list[Text]:
    """Name a person's mandates and the part of street representative."""
    words: list[Text] = [mandate_words(directory, one) for one in person.mandates]
    return [*words, _("街道选民代表")] if person.is_street_rep else words


def list_address(kind: ListKind, code: str) -> str:
    """Return the page of a list as it is used in a division."""
    return f"{HERE}/lists/{kind}?{urlencode({'division': code})}"


def end_fact(entry: Ending, heir: Text, *, ended: bool) -> ui.Fact:
    """Status of an entry: exists, ended or ending; the note gives its last day and successor."""
    if entry.valid_to is None:
        return ui.Fact(_("状态"), _("存续"))
    words: Text = _("已撤并") if ended else _("将撤并")
    if isinstance(entry, entries.DirectoryStation | entries.DirectoryOrgan):
        words = _("已撤销") if ended else _("将撤销")
    if isinstance(entry, lists.DirectoryListed):
        words = _("已停用") if ended else _("将停用")
    last = entry.valid_to.isoformat()
    note = _("最后一天%(day)s", day=last)
    if heir:
        note = _("最后一天%(day)s，由%(heir)s接续", day=last, heir=heir)
    return ui.Fact(_("状态"), words, note=note)


_ROUTER = Path(__file__).parents[2]
CONSOLE = Console(*(_ROUTER / part / "console" for part in ("routing", "directory", "identity")))
