"""The static site: written by the real command, and served by Python's web server from a folder below its root. Every
internal link of every page is followed; none is broken."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import httpx
import pytest

from bongsu.publish.exports.static_site import StaticSite
from bongsu.store.node import Node
from tests.store.drafts import ORIGIN, draft
from tests.web.served import run

ADDRESS = "https://stats.example.org/"
LINKS = re.compile(r'\s(href|src|srcset|data-spec|data-vega)="([^"]*)"')


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node with two dataflows, one of them with a withdrawn release, and an entry in a catalogue of its own."""
    node = Node.create(tmp_path_factory.mktemp("small") / "node", name="Small node", agency="TEST")
    rows = [
        {"REF_AREA": area, "TIME_PERIOD": year, "OBS_VALUE": 1.5, "KIND": "measured", "VINTAGE": "2026", "SOURCE": "s"}
        for area in ("KOR", "FRA")
        for year in ("2023", "2024", "2025")
    ]
    node.releases.seal(draft(rows))
    node.releases.seal(draft([{**row, "OBS_VALUE": 2.5} for row in rows]))
    node.releases.withdraw("TEST_FLOW", 1, "wrong & <late>")
    node.releases.seal(draft(rows, id_="OTHER_FLOW"))
    assert ORIGIN.licence == "CC-BY-4.0"
    return node.root


@pytest.fixture(scope="module")
def written(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, one level below the root of a server."""
    folder = tmp_path_factory.mktemp("web") / "below" / "site"
    folder.parent.mkdir()
    told = json.loads(run(small, "publish", "site", str(folder), "--address", ADDRESS))
    # This node has no data for the scenario page and no catalogue, and a file cannot sign in; every other address is there.
    assert {one["address"].split("/")[2] for one in told["left_out"]} <= {"energy", "commons", "account"}
    assert told["files"] > 100
    return folder


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Logs nothing."""


@pytest.fixture(scope="module")
def address(written: Path) -> Iterator[str]:
    """The address of the served site."""
    handler = partial(_Quiet, directory=str(written.parents[1]))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/below/site/"
        server.shutdown()


def links(page: str, text: str) -> set[str]:
    """Yields the address of every link of a page."""
    found = set()
    for name, value in LINKS.findall(text):
        for one in value.split(", ") if name == "srcset" else [value]:
            link = one.partition(" ")[0] if name == "srcset" else one
            if link and not link.startswith(("#", "data:", "mailto:")):
                found.add(urldefrag(urljoin(page, unescape(link))).url)
    return found


def test_every_internal_link_exists(address: str, written: Path) -> None:
    seen, waiting, pages = set(), [address], 0
    with httpx.Client() as client:
        while waiting:
            here = waiting.pop()
            if here in seen or not here.startswith(address):
                assert here in seen or not here.startswith("http://127.0.0.1"), f"{here} leaves the site's folder"
                continue
            seen.add(here)
            answer = client.get(here, follow_redirects=True)
            assert answer.status_code == 200, here
            if answer.headers["content-type"].startswith("text/html") and "<!doctype" in answer.text[:20]:
                pages += 1
                waiting += links(str(answer.url), answer.text)
    assert pages > 40
    for language in ("en", "ko", "fr"):
        for page in ("", "flows/TEST_FLOW/", "releases/TEST_FLOW/1/", "countries/KOR/", "glossary/"):
            assert f"{address}{language}/{page}" in seen
    assert any(one.endswith(".css") for one in seen)
    assert any(re.search(r"/charts/.*\.svg$", one) for one in seen)


def test_files_equal_those_of_the_node(written: Path, small: Path) -> None:
    node = Node(small)
    release = node.releases.get("TEST_FLOW", 2)
    folder = written / "files" / "TEST_FLOW"
    sums = dict(reversed(line.split("  ")) for line in (folder / "2" / "SHA256SUMS").read_text().splitlines())
    for name, sha256 in sums.items():
        data = (folder / name.removeprefix("TEST_FLOW-")).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sha256
    assert len(sums) == 5
    assert (folder / "2.parquet").read_bytes() == node.releases.path(release).read_bytes()


def test_machine_readable_files_contain_the_address(written: Path) -> None:
    from rdflib import Graph

    graph = Graph().parse(written / "catalogue" / "1.ttl")
    assert f"{ADDRESS}catalogue/releases/TEST_FLOW/1" in {str(one) for one in graph.subjects()}
    assert f"<loc>{ADDRESS}ko/flows/TEST_FLOW/</loc>" in (written / "sitemap.xml").read_text()
    assert f"Sitemap: {ADDRESS}sitemap.xml" in (written / "robots.txt").read_text()
    assert json.loads((written / "feeds" / "ko.json").read_text())["home_page_url"] == f"{ADDRESS}ko/"
    assert json.loads((written / "openapi.json").read_text())["servers"] == [{"url": ADDRESS}]
    page = (written / "ko" / "releases" / "TEST_FLOW" / "1" / "index.html").read_text()
    assert "wrong &amp; &lt;late&gt;" in page
    assert '="/' not in page.replace('="//', "")  # every address of the site is relative


@pytest.mark.django_db
def test_a_site_replaces_an_older_one(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("middleware", "context", "views"):
        monkeypatch.setattr(f"bongsu.web.{module}.open_node", lambda: Node(small))
    folder = tmp_path / "site"
    for text in ("old", ""):
        site = StaticSite(Node(small), folder, ADDRESS)
        site.waiting = ["/robots.txt"]  # one address is enough to be put in place
        site.write_waiting(lambda: None)
        site.finish()
        if text:
            (folder / "left-over.html").write_text(text)
    assert not (folder / "left-over.html").exists()
    assert (folder / "robots.txt").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]
    site = StaticSite(Node(small), folder, ADDRESS)
    site.waiting = ["/robots.txt"]
    site.write_waiting(lambda: None)
    site.discard()  # as after an interruption
    assert (folder / "robots.txt").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]


def test_invalid_arguments_leave_no_files(small: Path, tmp_path: Path) -> None:
    import subprocess

    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    for words in ((str(mine),), (str(tmp_path / "no" / "where"),), (str(tmp_path / "x"), "--address", "ftp://x/")):
        with pytest.raises(subprocess.CalledProcessError) as refused:
            run(small, "publish", "site", *words)
        assert json.loads(refused.value.stderr)["error"]["code"] == "bad-input"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]
    assert (mine / "letter.txt").read_text() == "dear"


def test_a_node_that_fails_leaves_no_site(small: Path, tmp_path: Path) -> None:
    import shutil
    import subprocess

    copy = tmp_path / "node"
    shutil.copytree(small, copy)
    path = copy / "releases" / "OTHER_FLOW" / "0001" / "observations.parquet"
    path.write_bytes(b"x" + path.read_bytes()[1:])
    with pytest.raises(subprocess.CalledProcessError):
        run(copy, "publish", "site", str(tmp_path / "site"))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["node"]
