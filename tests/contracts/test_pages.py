"""What every template keeps to, so that the walls around the pages hold."""

import re

from tests.contracts.sources import ROOT, tracked

FORM = re.compile(r"<form\b[^>]*>")
UNGUARDED = re.compile(
    r'<form\b[^>]*\smethod="post"[^>]*>(?!\{\{ (?:\w+\.)?csrf_field\(page\) \}\})'
)
METHOD = re.compile(r'\s(?:method="(post|dialog)"|(method|formmethod)\b)')
INLINE = re.compile(
    r"<style\b|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE
)


def templates() -> list[tuple[str, str]]:
    pages = [path for path in tracked() if "/templates/" in path and path.endswith(".html")]
    return [(path, (ROOT / path).read_text(encoding="utf-8")) for path in pages]


def test_every_form_that_posts_carries_its_token() -> None:
    """`csrf_field` stands right behind `<form … method="post" …>`; nothing else may post."""
    unguarded = [(path, form) for path, text in templates() for form in UNGUARDED.findall(text)]
    odd = [
        (path, form)
        for path, text in templates()
        for form in FORM.findall(text)
        if any(not found[0] for found in METHOD.findall(form))
    ]
    other_ways = [
        path
        for path, text in templates()
        for tag in re.findall(r"<\w+\b[^>]*\shx-(?:post|put|delete|patch)=[^>]*>", text)
        if not (tag.startswith("<form") and ' method="post"' in tag and " hx-post=" in tag)
    ]
    assert (unguarded, odd, other_ways) == ([], [], [])
    assert sum(text.count('method="post"') for _, text in templates()) > 10


def test_no_template_has_script_or_style_in_line() -> None:
    found = [(path, INLINE.findall(text)) for path, text in templates() if INLINE.search(text)]
    assert found == []
