"""The manual is complete, and its links point to existing files."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_links_point_to_existing_files() -> None:
    links = [
        (page, target)
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:", target)
    ]
    assert len(links) > len(PAGES)
    assert not [f"{page.relative_to(ROOT)}: {target}" for page, target in links if not (page.parent / target).exists()]


def test_every_method_has_its_manual() -> None:
    from bongsu.store.tables.manual import method_records

    pages = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "methods").glob("*.md"))
    for record in method_records().values():
        assert (ROOT / record.manual).is_file(), (record.name, record.manual)
        if record.manual.startswith("docs/methods/"):
            assert record.name in pages, f"docs/methods does not name the method {record.name}"


def test_the_tour_lists_every_package() -> None:
    tour = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (ROOT / "bongsu").iterdir() if (path / "__init__.py").exists()]
    assert not [room for room in rooms if f"`{room}" not in tour and f"{room}/" not in tour]


def test_readmes_show_the_two_commands_first() -> None:
    for name in ("README.md", "README.ko.md"):
        first_screen = "\n".join((ROOT / name).read_text(encoding="utf-8").splitlines()[:40])
        assert "make run" in first_screen
        assert "make test" in first_screen
        assert re.search(r"!\[[^\]]*\]\([^)]+\)", first_screen), "a picture of the running node"


def test_decisions_are_numbered_once() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len(set(numbers)) == len(numbers)


def test_addresses_are_templates() -> None:
    listed = re.findall(r"^\| `([^`]+)`", (ROOT / "docs/reference/addresses.md").read_text(encoding="utf-8"), re.M)
    assert "/sdmx/data/{flow}/{key}/{provider}" in listed
    assert "/sdmx/data/{context}/{agency}/{id}/{version}/{key}" in listed
    assert "/files/{dataflow}/{number}.{form}" in listed
    assert not [address for address in listed if set(address) & set("^$?()|<>\\*")]
