"""What must never be taken in, of whatever format: nothing is kept, and the error names the place."""

import gzip
import io
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, UnknownName
from bongsu.energy.intake import message_formats
from bongsu.energy.intake.message_formats import (
    MESSAGE_READERS,
    MessageTooLarge,
    decompress_gzip,
    read_message,
    read_report_file,
)

NOW = 1_795_500_000 * 10**9
T = 1_795_478_400


def test_a_protobuf_cut_in_half_is_refused_at_every_byte(specimen):
    """No cut of the stock exporter's message is taken for a whole one."""
    whole = specimen("otlp-cumulative-3.pb")
    for end in range(len(whole)):
        with pytest.raises(BadInput):
            read_message("otlp-protobuf", whole[:end], received=NOW)


def test_a_json_cut_anywhere_is_refused(specimen):
    whole = specimen("otlp-cumulative-3.json")
    for end in range(0, len(whole.rstrip()), 97):
        with pytest.raises(BadInput):
            read_message("otlp-json", whole[:end], received=NOW)


@pytest.mark.parametrize("format_", sorted(MESSAGE_READERS))
@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300))
@example(data=b"")
@example(data=b"{}")
@example(data=b"[]")
@example(data=b"null")
@example(data=b'{"resourceMetrics": 7}')
@example(data=b'{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "hw.energy", "sum": []}]}]}]}')
@example(data=b'{"resourceMetrics": [{"resource": null}]}')
@example(data=b"\xff" * 20)
def test_any_bytes_are_refused_with_a_bongsu_error(format_, data):
    with pytest.raises(BadInput):
        read_message(format_, data, received=NOW)


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_a_changed_byte_never_causes_an_unexpected_error(specimen, at, byte):
    data = bytearray(specimen("otlp-cumulative-3.pb"))
    data[at % len(data)] = byte
    try:
        report = read_message("otlp-protobuf", bytes(data), received=NOW)
    except BadInput:
        return
    assert (report.value >= 0).all()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-1, "is negative"),
        (float("inf"), "finite"),
        (float("nan"), "finite"),
        (1e20, "above the maximum"),
    ],
)
def test_impossible_values_are_refused(otlp, value, message):
    with pytest.raises(BadInput, match=rf"{message}.*metrics\[0\].data_points\[1\]"):
        otlp.report(otlp.counter("hw.energy", otlp.point(1, T, hw_id="a"), otlp.point(value, T + 1, hw_id="a")))


def test_a_power_above_the_maximum_is_refused(otlp):
    with pytest.raises(BadInput, match=r"above the maximum.*gpu"):
        otlp.report(otlp.gauge("hw.power", otlp.point(50_000, T, hw_id="a", hw_type="gpu")))


def test_a_delta_is_measured_against_its_interval(otlp):
    """5 kW is the ceiling of a GPU: 18 MJ in an hour are possible, in a minute not."""

    def delta(seconds):
        return otlp.counter(
            "hw.energy", otlp.point(1.7e7, T + seconds, start=T, hw_id="a", hw_type="gpu"), temporality=1
        )

    assert len(otlp.report(delta(3600))) == 1
    with pytest.raises(BadInput, match="above the maximum"):
        otlp.report(delta(60))


def test_a_clock_an_hour_ahead_is_refused(otlp):
    now = T * 10**9
    with pytest.raises(BadInput, match=r"60 min ahead of this node’s clock.*data_points\[0\]"):
        otlp.report(otlp.counter("hw.host.energy", otlp.point(1, T + 3600)), received=now)
    assert len(otlp.report(otlp.counter("hw.host.energy", otlp.point(1, T + 240)), received=now)) == 1


def test_a_clock_an_hour_behind_is_accepted(otlp):
    assert len(otlp.report(otlp.counter("hw.host.energy", otlp.point(1, T - 3600)), received=T * 10**9)) == 1


@pytest.mark.parametrize("at", [0, 1, 1_000_000_000])
def test_a_time_that_was_never_set(otlp, at):
    with pytest.raises(BadInput, match="missing or before 2010"):
        otlp.report(otlp.counter("hw.host.energy", otlp.point(1, at)))


def test_an_interval_that_ends_before_it_starts(otlp):
    with pytest.raises(BadInput, match="before it starts"):
        otlp.report(otlp.counter("hw.host.energy", otlp.point(1, T, start=T + 1)))


def test_an_interval_longer_than_a_year(otlp):
    metric = otlp.counter("hw.host.energy", otlp.point(1, T, start=T - 400 * 86_400), temporality=1)
    with pytest.raises(BadInput, match="over a year"):
        otlp.report(metric)


def test_an_unknown_format_offers_the_nearest():
    with pytest.raises(UnknownName, match="codecarbon"):
        read_message("codecarbn", b"", received=NOW)


def test_an_unknown_file_names_the_known_formats():
    with pytest.raises(BadInput, match=r"picture\.png.*otlp-protobuf"):
        read_report_file(b"\x89PNG\r\n", "picture.png", received=NOW)


def test_a_message_longer_than_the_limit_is_too_large(monkeypatch):
    monkeypatch.setattr(message_formats, "MAX_MESSAGE_BYTES", 1000)
    with pytest.raises(MessageTooLarge) as caught:
        read_message("prometheus", b"x" * 1001, received=NOW)
    assert caught.value.http_status == 413


def test_gzip_may_be_as_long_as_the_limit():
    body = gzip.compress(b"12345") + gzip.compress(b"67890")
    assert decompress_gzip(body, limit=10) == b"1234567890"
    with pytest.raises(MessageTooLarge):
        decompress_gzip(body, limit=9)


def test_gzip_is_unpacked_and_its_members_joined():
    assert decompress_gzip(gzip.compress(b"one") + gzip.compress(b"two")) == b"onetwo"


@pytest.mark.parametrize("members", [1, 40])
def test_a_gzip_bomb_is_not_unpacked_beyond_the_limit(members):
    """200 MB of zeros in some 200 kB: no more than the limit of 8 MiB is ever held."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        for _ in range(200 // members):
            file.write(bytes(1_000_000))
    bomb = packed.getvalue() * members
    tracemalloc.start()
    with pytest.raises(MessageTooLarge):
        decompress_gzip(bomb, limit=8 * 1024 * 1024)
    assert tracemalloc.get_traced_memory()[1] < 40e6
    tracemalloc.stop()


@pytest.mark.parametrize(
    "data", [gzip.compress(b"x" * 99, mtime=0)[:-3], b"\x1f\x8b\x08rubbish", gzip.compress(b"x", mtime=0) + b"tail"]
)
def test_a_broken_gzip_is_refused(data):
    with pytest.raises(BadInput, match="gzip"):
        decompress_gzip(data)


def test_the_errors_never_repeat_the_whole_message(otlp):
    """A secret pasted into the wrong place is not sent back in full: a value is cut to sixty characters."""
    with pytest.raises(BadInput) as caught:
        read_message("prometheus", b"kepler_node_dram_joules_total " + b"s" * 500 + b"\n", received=NOW)
    assert len(str(caught.value)) < 200
