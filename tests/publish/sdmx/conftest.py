"""A node served over HTTP on loopback, so that clients use it like any other service."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from bongsu.store.node import Node
from tests.store.drafts import draft
from tests.web.served import served


class Service(NamedTuple):
    """The address of the node's SDMX service, and the node itself."""

    url: str
    node: Node

    def get(self, path: str, accept: str = "", **headers: str) -> httpx.Response:
        """Sends a request with the given headers and no default headers of the library."""
        sent = {"Accept-Encoding": "identity", **({"Accept": accept} if accept else {})}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        with httpx.Client(timeout=60) as client:
            request = client.build_request("GET", f"{self.url}/{path}")
            request.headers.clear()
            request.headers.update({"Host": request.url.netloc.decode(), **sent})
            return client.send(request)

    def raw(self, path: str) -> httpx.Response:
        """Sends a request for exactly this path, which a client library would normalise."""
        url = httpx.URL(self.url)
        link = http.client.HTTPConnection(url.host, url.port, timeout=30)
        with closing(link):
            link.putrequest("GET", f"/sdmx/{path}".replace(" ", "%20"))
            link.endheaders()
            answer = link.getresponse()
            return httpx.Response(answer.status, content=answer.read())


@pytest.fixture(scope="session")
def service(starter: Path) -> Iterator[Service]:
    """The starter node's SDMX service, served by granian as in production."""
    with served(starter) as here:
        yield Service(f"http://127.0.0.1:{here.port}/sdmx", Node(starter))


@pytest.fixture(scope="session")
def flows(starter: Path) -> list[str]:
    """The ids of all dataflows of the node."""
    return Node(starter).releases.dataflows()


def ask(node: Node, path: str, accept: str = "", **headers: str) -> HttpResponse:
    """Returns a node's response to sdmx/{path}, without a server."""
    request = RequestFactory().get(f"/sdmx/{path}", headers={"Accept": accept, **headers})
    request.META["QUERY_STRING"] = path.partition("?")[2]  # as it was written
    request.node = node  # type: ignore[attr-defined]
    view, args, kwargs = resolve(request.path_info)
    answer: HttpResponse = view(request, *args, **kwargs)
    return answer


@pytest.fixture(scope="session")
def revised(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A node whose dataflow TEST_FLOW was released in January, revised in February and, wrongly, again in March.

    January: KOR and FRA, 2020 and 2021. February: KOR 2021 is 20 instead of 2, FRA 2021 is removed, KEN 2021 is new.
    March: everything is 99; withdrawn on the 15th.
    """
    node = Node.create(tmp_path_factory.mktemp("revised") / "node", agency="TEST")
    january = {("KOR", "2020"): 1.0, ("KOR", "2021"): 2.0, ("FRA", "2020"): 3.0, ("FRA", "2021"): 4.0}
    february = {("KOR", "2020"): 1.0, ("KOR", "2021"): 20.0, ("FRA", "2020"): 3.0, ("KEN", "2021"): 5.0}
    march = dict.fromkeys(february, 99.0)
    with pytest.MonkeyPatch.context() as patch:
        for month, values in ((1, january), (2, february), (3, march)):
            patch.setattr(
                "bongsu.store.releases.release_store.utc_now", lambda month=month: f"2026-{month:02}-01T00:00:00Z"
            )
            observations = [
                {"REF_AREA": area, "TIME_PERIOD": year, "OBS_VALUE": value, "KIND": "measured", "VINTAGE": "2026",
                 "SOURCE": "a, \"b\" & c" if area == "FRA" else "test"}
                for (area, year), value in values.items()
            ]  # fmt: skip
            node.releases.seal(draft(observations))
        patch.setattr("bongsu.store.releases.release_store.utc_now", lambda: "2026-03-15T00:00:00Z")
        node.releases.withdraw("TEST_FLOW", 3, "wrong")
    return node


class Direct(NamedTuple):
    """The node's SDMX service, asked in this process."""

    node: Node

    def get(self, path: str, accept: str = "", **headers: str) -> httpx.Response:
        """Asks as `Service.get` does."""
        answer = ask(self.node, path, accept, **{name.replace("_", "-"): value for name, value in headers.items()})
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        request_finished.disconnect(close_old_connections)  # as Django's test client does: the database is the tests'
        answer.close()  # gives its slot back
        request_finished.connect(close_old_connections)
        return httpx.Response(answer.status_code, headers=list(answer.items()), content=body)


@pytest.fixture(scope="session")
def direct(starter: Path) -> Direct:
    """The starter node's SDMX service without a server, for tests of what a message says."""
    return Direct(Node(starter))
