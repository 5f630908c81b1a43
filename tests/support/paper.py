"""What a PDF prints."""

import re
from collections.abc import Iterator

A4_LANDSCAPE = (842, 595)


def paper(pdf: bytes) -> Iterator[tuple[int, int]]:
    """Read the size of each page, in points."""
    for page in re.findall(rb"/Type\s*/Page\b.*?/MediaBox\s*\[([^\]]*)\]", pdf, re.DOTALL):
        width, height = page.split()[2:4]
        yield round(float(width)), round(float(height))
