"""Every sentence the pages can say, found in templates and in the Python that fills them."""

from collections.abc import Iterable
from pathlib import Path

from babel.messages.extract import extract_from_file

from shared.web.i18n import KEYWORDS

ROOT = Path(__file__).parents[3]
_READERS = {".html": "jinja2.ext:babel_extract", ".py": "python"}


def sentences(folders: Iterable[Path], suffix: str) -> set[str]:
    """Extract the Chinese sentences of the files with this suffix."""
    files = [file for folder in folders for file in folder.rglob(f"*{suffix}")]
    return {
        message[0] if isinstance(message, tuple) else message
        for file in files
        for _, message, _, _ in extract_from_file(
            _READERS[suffix], str(file), KEYWORDS, options={"silent": "false"}
        )
    }
