"""Commands on directory entries, and worlds in which they were given, for the tests of mirrors."""

from services.router.directory.domain.commands import EditEntry, PutEntry, SwitchAutoDispatch
from services.router.directory.domain.edits import RenameUnit
from shared.ids import named_id, to_text
from tests.support.mirrors import World
from tests.support.places import person_id
from tests.support.router.play import COUNTY, DIRECTORY, PERSON, unit

ENTRY = ("router", "entry")


def put_entry(_world: World) -> PutEntry:
    key = unit(COUNTY, "power_co")
    there = DIRECTORY.unit(key)
    assert there is not None
    return PutEntry(key, there)


def switch(_world: World) -> SwitchAutoDispatch:
    key = named_id("matter", "power_supply")
    return SwitchAutoDispatch(key, True, to_text(PERSON), "规则已核对")


async def put_matter(world: World) -> None:
    key = named_id("matter", "power_supply")
    there = DIRECTORY.matter("power_supply")
    assert there is not None
    await world.do(ENTRY, PutEntry(key, there))


async def put(world: World) -> None:
    await world.do(ENTRY, put_entry(world))


def edit_entry(world: World) -> EditEntry:
    edit = RenameUnit(do="rename_unit", basis=1, name="供电公司", short_name="供电")
    return EditEntry(put_entry(world).key, edit, person_id("admin"))
