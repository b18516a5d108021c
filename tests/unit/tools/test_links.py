"""Links between the documents: each leads to a file that is there, and to a heading of it."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tools.markdown import DOCS, ROOT

_LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
)
DOCUMENTS = sorted(ROOT / name for name in _LISTED.stdout.splitlines() if (ROOT / name).exists())

_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def text_of(path: Path) -> str:
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


@cache
def anchors(path: Path) -> frozenset[str]:
    """As GitHub makes them of headings: those of the same text are numbered."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in _HEADING.findall(text_of(path)):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return frozenset(found)


def fault(source: Path, link: str) -> str | None:
    """What is wrong with a relative link."""
    place, _, anchor = link.partition("#")
    target = (source.parent / place).resolve() if place else source
    if not target.exists():
        return f"{link}: there is no such file"
    if anchor and target.suffix == ".md" and anchor not in anchors(target):
        return f"{link}: there is no such heading"
    return None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    links = [link for link in _LINK.findall(text_of(path)) if not re.match(r"[a-z]+:", link)]
    assert not [found for link in links if (found := fault(path, link))]


def test_every_document_is_linked_from_the_readme() -> None:
    linked = {
        (ROOT / link.partition("#")[0]).resolve() for link in _LINK.findall(text_of(ROOT / "README.md"))
    }
    assert {path for path in DOCUMENTS if path.parent == DOCS} <= linked


def test_link_that_leads_nowhere_is_told() -> None:
    assert fault(DOCS / "api.md", "nothing.md") == "nothing.md: there is no such file"
    assert fault(DOCS / "api.md", "limits.md#nothing") == "limits.md#nothing: there is no such heading"
    assert fault(DOCS / "api.md", "#rates") is None
