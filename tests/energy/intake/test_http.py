"""Reports over real HTTP: granian, sockets, the stock exporter, kills. What any sender will meet."""

from __future__ import annotations

import gzip
import itertools
import json
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from bongsu.energy.intake import views
from bongsu.energy.intake.energy_sums import sum_energy
from bongsu.energy.intake.intake_errors import MessageTooLarge
from bongsu.energy.intake.message_formats import MAX_MESSAGE_BYTES
from bongsu.energy.intake.report_encoding import decode_report
from bongsu.store.logs.report_log import ReportLog
from tests.web.served import Served, make_node, run, served, token

PROTOBUF, JSON = "application/x-protobuf", "application/json"


class Here:
    """The served node with one organisation's token."""

    def __init__(self, server: Served, node: Path, secret: str) -> None:
        self.server, self.node, self.secret = server, node, secret

    def post(self, path, body, type_=PROTOBUF, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.post(path, body, {"Authorization": f"Bearer {self.secret}", "Content-Type": type_, **named})

    def kept(self, organisation="kaist"):
        return [decode_report(frame.payload) for frame in ReportLog(self.node / "points").read(organisation)]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    node = tmp_path_factory.mktemp("served") / "node"
    make_node(node)
    with served(node) as server:
        yield Here(server, node, token(node))


def one(at: float, value: float = 1.0) -> bytes:
    """A message of one point, JSON."""
    point = {"timeUnixNano": str(round(at * 1e9)), "asDouble": value, "attributes": []}
    metric = {"name": "hw.host.energy", "unit": "J", "sum": {"aggregationTemporality": 2, "dataPoints": [point]}}
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).encode()


def test_the_stock_exporter_sends_when_its_endpoint_is_the_node(here):
    """opentelemetry-sdk with its OTLP/HTTP exporter, gzip, a token in its headers; two exports of one counter."""
    exporter = pytest.importorskip("opentelemetry.exporter.otlp.proto.http.metric_exporter")
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource

    sender = exporter.OTLPMetricExporter(
        endpoint=f"http://127.0.0.1:{here.server.port}/v1/metrics",
        headers={"authorization": f"Bearer {here.secret}"},
        compression=Compression.Gzip,
    )
    reader = PeriodicExportingMetricReader(sender, export_interval_millis=3_600_000)
    provider = MeterProvider([reader], resource=Resource({"host.name": "exporter-host"}))
    energy = provider.get_meter("test").create_counter("hw.energy", unit="J")
    for _ in range(2):
        energy.add(50.0, {"hw.id": "GPU-0", "hw.type": "gpu"})
        assert provider.force_flush()
    provider.shutdown()
    mine = [r for r in here.kept() if r.series[0].source == "exporter-host"]
    assert [value for report in mine for value in report.value.tolist()][:2] == [50.0, 100.0]
    assert {round(row.kwh * 3.6e6, 6) for row in sum_energy(mine).rows} == {100.0}


def test_json_is_answered_in_json(here):
    answer = here.post("/v1/metrics", one(time.time()), JSON)
    assert (answer.status, answer.json) == (200, {})


def test_a_repeated_post_is_answered_alike_and_changes_nothing(here, specimen):
    body = specimen("codecarbon-3.3.2.csv")
    first = here.post("/energy/intake/codecarbon?timezone=UTC", body, "text/csv")
    before = len(here.kept())
    again = here.post("/energy/intake/codecarbon?timezone=UTC", body, "text/csv")
    assert first.json == {"accepted": 6, "series": 3, "new": True, "ignored": []}
    assert again.json == {**first.json, "new": False}
    assert (first.status, again.status, len(here.kept())) == (200, 200, before)


@pytest.mark.parametrize(
    ("format_", "name"),
    [
        ("boamps", "boamps-codecarbon-3.3.2.json"),
        ("prometheus", "kepler-0.11.prom"),
        ("otlp-protobuf", "otlp-delta-1.pb"),
        ("otlp-json", "otlp-cumulative-3.json"),
    ],
)
def test_every_format_has_its_address(here, specimen, format_, name):
    assert here.post(f"/energy/intake/{format_}", specimen(name)).json["new"] is True


def test_a_scrape_may_state_its_time(here):
    text = b"kepler_node_dram_joules_total 5\n"
    assert here.post("/energy/intake/prometheus?at=2026-04-01T09:30:00Z", text).status == 200
    (report,) = [r for r in here.kept() if r.format == "prometheus" and len(r) == 1]
    assert report.time.tolist() == [1_775_035_800 * 10**9]


def test_gzip_with_chunks_and_without_a_length(here):
    body = gzip.compress(one(time.time() - 1))
    pieces = (body[n : n + 7] for n in range(0, len(body), 7))
    assert here.post("/v1/metrics", pieces, JSON, Content_Encoding="gzip").status == 200


def refused(answer, status, *words):
    assert answer.status == status
    for word in words:
        assert word in answer.body.decode(errors="replace")


def test_what_is_refused_and_how(here, specimen):
    whole = specimen("otlp-cumulative-3.pb")
    before = len(here.kept())
    half = here.post("/v1/metrics", whole[: len(whole) // 2])
    refused(half, 400, "not a complete OTLP")
    assert half.headers["content-type"] == PROTOBUF  # a google.rpc.Status
    assert half.body[:2] == b"\x08\x03"
    refused(here.post("/v1/metrics", whole, "text/plain"), 415, "text/plain")
    refused(here.post("/v1/metrics", whole, Content_Encoding="br"), 415)
    refused(here.post("/v1/metrics", whole, Content_Encoding="gzip"), 400)
    refused(here.post("/energy/intake/scaphandre", b"x"), 404, "scaphandre")
    refused(here.post("/energy/intake/codecarbon?timezone=Mars/Base", b"x"), 400, "Mars/Base")
    refused(here.post("/energy/intake/prometheus", b"kepler_node_dram_joules_total -5\n"), 400, "line 1", "negative")
    refused(here.post("/v1/metrics", one(time.time() + 3600), JSON), 400, "60 min ahead", "data_points[0]")
    assert here.server.get("/v1/metrics").status == 405
    assert len(here.kept()) == before


def test_a_report_of_100_mb_is_refused(here):
    before = len(here.kept())
    refused(here.post("/v1/metrics", bytes(100_000_000)), 413, "64 MiB")
    refused(here.post("/v1/metrics", itertools.repeat(bytes(1_000_000), 100)), 413, "64 MiB")
    bomb = gzip.compress(bytes(100_000_000))
    refused(here.post("/v1/metrics", bomb, Content_Encoding="gzip"), 413)
    assert here.server.get("/health").json["status"] == "ok"
    assert len(here.kept()) == before


def test_without_a_token_nothing_is_accepted(here):
    for secret in ("", "Bearer ", "Bearer bongsu_wrong", "Basic Ym9uZ3N1"):
        answer = here.server.post("/v1/metrics", one(time.time()), {"Authorization": secret, "Content-Type": JSON})
        refused(answer, 401)
    answer = here.server.post("/v1/metrics", one(time.time()), {"Content-Type": JSON})
    refused(answer, 401, "token")


def test_a_token_is_never_repeated_nor_kept(here):
    wrong = "bongsu_" + "s3cret" * 6
    answer = here.server.post("/v1/metrics", b"", {"Authorization": f"Bearer {wrong}", "Content-Type": JSON})
    assert wrong.encode() not in answer.body
    assert "s3cret" not in str(answer.headers)
    everything = b"".join(path.read_bytes() for path in here.node.rglob("*") if path.is_file())
    assert here.secret.encode() not in everything
    assert here.secret[:11].encode() in everything  # the hint is


def test_a_revoked_token_and_one_that_has_run_out_are_not_accepted(here):
    gone = token(here.node, "snu")
    run(here.node, "token", "--revoke", gone[:11])
    late = json.loads(run(here.node, "token", "snu", "--days", "-1"))["token"]
    for secret in (gone, late):
        answer = here.server.post(
            "/v1/metrics", one(time.time()), {"Authorization": f"Bearer {secret}", "Content-Type": JSON}
        )
        refused(answer, 401)


def test_organisations_are_kept_apart(here):
    other = token(here.node, "inria")
    body = one(time.time() - 5, 7.0)
    for secret in (here.secret, other):
        here.server.post("/v1/metrics", body, {"Authorization": f"Bearer {secret}", "Content-Type": JSON})
    assert [r.value.tolist() for r in here.kept("inria")] == [[7.0]]


@pytest.mark.slow
def test_all_acknowledged_points_survive_a_kill(tmp_path):
    """Two senders post without pause; the server dies by SIGKILL in the middle, three times; each answered post is there."""
    node = tmp_path / "node"
    make_node(node)
    secret = token(node)
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": JSON}
    acknowledged: set[float] = set()
    for round_ in range(3):
        with served(node, workers=2) as server:

            def send(lane, server=server, round_=round_):
                for n in itertools.count():
                    value = float(f"{round_ + 1}{lane}{n:06}")
                    try:
                        if server.post("/v1/metrics", one(time.time(), value), headers).status == 200:
                            acknowledged.add(value)
                    except (OSError, HTTPException):
                        return  # the server is dead, perhaps in the middle of its answer: not acknowledged

            lanes = [threading.Thread(target=send, args=(lane,)) for lane in range(2)]
            for lane in lanes:
                lane.start()
            while len(acknowledged) < (round_ + 1) * 40:
                time.sleep(0.01)
            server.kill()
            for lane in lanes:
                lane.join()
    kept = {
        value
        for frame in ReportLog(node / "points").read("kaist")
        for value in decode_report(frame.payload).value.tolist()
    }
    assert len(acknowledged) >= 120
    assert acknowledged <= kept


def test_a_body_without_content_length_is_read_no_further_than_the_limit():
    class LongBody:
        taken = 0

        def read(self, size):
            self.taken += size
            return bytes(size) if self.taken < 3 * MAX_MESSAGE_BYTES else b""

    body = LongBody()
    request = RequestFactory().generic("POST", "/v1/metrics")
    request.environ["CONTENT_LENGTH"] = ""
    request.environ["wsgi.input"] = body
    with pytest.raises(MessageTooLarge):
        views._read_body(request)
    assert MAX_MESSAGE_BYTES < body.taken <= MAX_MESSAGE_BYTES + (1 << 20)  # a chunk


def test_a_scrape_is_of_its_stated_time_or_of_its_arrival(empty):
    """Without a server; the report is kept for the organisation of the token."""

    def send(query):
        request = RequestFactory().post(f"/energy/intake/prometheus{query}", b"kepler_node_dram_joules_total 5\n", JSON)
        request.node, request.organisation = empty, SimpleNamespace(name="kaist")
        before = time.time_ns()
        assert json.loads(views.receive_report(request, "prometheus").content)["new"] is True
        *_, frame = ReportLog(empty.root / "points").read("kaist")
        (at,) = decode_report(frame.payload).time.tolist()
        return before, at, time.time_ns()

    assert send("?at=2026-04-01T09:30:00Z")[1] == 1_775_035_800 * 10**9
    before, at, after = send("")
    assert before // 10**9 * 10**9 <= at <= after
