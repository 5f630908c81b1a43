"""`jianyi init`: the data files a new city fills in, and whether they can be used."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource, SettingsError

from services.intake.settings import IntakeSettings
from services.reporting.settings import ReportingSettings
from services.router.cli import SEED, file_error_lines
from services.router.directory.actions import read_city_folder
from services.router.directory.domain.city_files import FILES
from services.router.settings import RouterSettings
from services.tracker.settings import TrackerSettings
from shared.contracts.topics import OWNERS
from shared.settings import LIMITS_FILE, SharedSettings, address_of

EXAMPLE = SEED / "new_city"
SETTINGS: tuple[type[SharedSettings], ...] = (
    IntakeSettings,
    RouterSettings,
    TrackerSettings,
    ReportingSettings,
)
_LIMIT = re.compile(r"(?m)^# ([A-Z_]+)=")


def init(
    folder: Annotated[Path, typer.Argument(help="The city's folder: JIANYI_CITY names it.")],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; report every line that cannot be used.")
    ] = False,
) -> None:
    """Write the data files that a new city fills in, or check completed ones."""
    if not check:
        _write(folder)
    errors = [*_table_errors(folder), *limit_errors(folder / LIMITS_FILE)]
    for line in errors:
        typer.echo(line, err=True)
    if errors:
        typer.echo(f"{len(errors)}处要改 / {len(errors)} to correct", err=True)
        raise typer.Exit(1)
    typer.echo(f"{folder} 可以使用 / can be used: JIANYI_CITY={folder} make run")


def _write(folder: Path) -> None:
    """Write every file; existing files are never overwritten."""
    names = [*(f"{name}.csv" for name in FILES), LIMITS_FILE]
    if there := [name for name in names if (folder / name).exists()]:
        typer.echo(
            f"{folder} 里已有 {'、'.join(there)}，没有改动；要检查请加--check / "
            f"{folder} already holds {', '.join(there)}. Nothing was written; "
            "use --check to check them",
            err=True,
        )
        raise typer.Exit(1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            source = EXAMPLE / name if (EXAMPLE / name).exists() else SEED / name
            (folder / name).write_bytes(source.read_bytes())
    except OSError as error:
        typer.echo(f"写不了 {folder} / cannot write to the folder: {error}", err=True)
        raise typer.Exit(1) from None


def _table_errors(folder: Path) -> list[str]:
    _, errors = read_city_folder(folder)
    return file_error_lines(errors)


def limit_errors(file: Path) -> Iterator[str]:
    """Yield an error for each unknown name in the limits file and each invalid value."""
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    known = set(_LIMIT.findall((EXAMPLE / LIMITS_FILE).read_text(encoding="utf-8")))
    for number, line in enumerate(text.splitlines(), 1):
        name = line.partition("=")[0].strip()
        if name and not name.startswith("#") and name not in known:
            yield (
                f"{file.name}:{number}: 没有这个期限，名称见jianyi init写出的文件 / "
                f"there is no such limit; `jianyi init` writes a file that lists them all"
            )
    for name, why in dict.fromkeys(it for each in SETTINGS for it in _refused(each, file)):
        yield f"{file.name}: {name}：这个值不能用 / cannot be used: {why}"


def _refused(settings: type[SharedSettings], file: Path) -> Iterator[tuple[str, str]]:
    """Yield the limits with which a service would refuse to start."""
    needed = dict.fromkeys((*map(address_of, OWNERS), "KAFKA_BOOTSTRAP_SERVERS"), "postgresql://-")
    try:
        settings.model_validate(DotEnvSettingsSource(settings, file, "utf-8")() | needed)
    except ValidationError as error:
        prefix = settings.model_config.get("env_prefix", "")
        for one in error.errors():
            name = "__".join(map(str, one["loc"]))
            # An alias is the variable itself; a field's own name is written small.
            yield (name if name[:1].isupper() else f"{prefix}{name}").upper(), one["msg"]
    except SettingsError as error:
        yield settings.__name__, str(error)
