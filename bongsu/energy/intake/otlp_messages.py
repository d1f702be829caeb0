"""The protobuf schema of the OTLP fields that are read, decoded by protobuf's C parser (upb).

Field numbers are those of opentelemetry-proto 1.x (metrics.proto, metrics_service.proto, common.proto), which are frozen.
One difference, which the wire format allows: attributes are declared as bytes. Most points repeat a few sets of attributes,
so each set is decoded once and then looked up by its bytes (docs/decisions/0041).
Left out: exemplars, buckets, descriptions; protobuf skips undeclared fields.
"""

from __future__ import annotations

from typing import Any, Protocol

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "bongsu.otlp"
# message -> (field, number, type); * marks a repeated field; a type is a scalar type or the name of a message.
_MESSAGES: dict[str, tuple[tuple[str, int, str], ...]] = {
    "Request": (("resource_metrics", 1, "ResourceMetrics*"),),
    "ResourceMetrics": (("resource", 1, "Resource"), ("scope_metrics", 2, "ScopeMetrics*")),
    "Resource": (("attributes", 1, "bytes*"),),
    "ScopeMetrics": (("metrics", 2, "Metric*"),),
    "Metric": (
        ("name", 1, "string"),
        ("unit", 3, "string"),
        ("gauge", 5, "Numbers"),
        ("sum", 7, "Numbers"),
        ("histogram", 9, "Histograms"),
        ("exponential_histogram", 10, "ExponentialHistograms"),
        ("summary", 11, "bytes"),
    ),
    "Numbers": (("data_points", 1, "Number*"), ("aggregation_temporality", 2, "int32"), ("is_monotonic", 3, "bool")),
    "Number": (
        ("attributes", 7, "bytes*"),
        ("start_time_unix_nano", 2, "fixed64"),
        ("time_unix_nano", 3, "fixed64"),
        ("as_double", 4, "double"),
        ("as_int", 6, "sfixed64"),
        ("flags", 8, "uint32"),
    ),
    "Histograms": (("data_points", 1, "Histogram*"), ("aggregation_temporality", 2, "int32")),
    "Histogram": (
        ("attributes", 9, "bytes*"),
        ("start_time_unix_nano", 2, "fixed64"),
        ("time_unix_nano", 3, "fixed64"),
        ("sum", 5, "double"),
        ("flags", 10, "uint32"),
    ),
    "ExponentialHistograms": (("data_points", 1, "ExponentialHistogram*"), ("aggregation_temporality", 2, "int32")),
    "ExponentialHistogram": (
        ("attributes", 1, "bytes*"),
        ("start_time_unix_nano", 2, "fixed64"),
        ("time_unix_nano", 3, "fixed64"),
        ("sum", 5, "double"),
        ("flags", 10, "uint32"),
    ),
    "KeyValue": (("key", 1, "string"), ("value", 2, "AnyValue")),
    "AnyValue": (
        ("string_value", 1, "string"),
        ("bool_value", 2, "bool"),
        ("int_value", 3, "int64"),
        ("double_value", 4, "double"),
    ),
    "Status": (("code", 1, "int32"), ("message", 2, "string")),
}
_TYPES = {
    "bytes": _FIELD.TYPE_BYTES,
    "string": _FIELD.TYPE_STRING,
    "bool": _FIELD.TYPE_BOOL,
    "int32": _FIELD.TYPE_INT32,
    "uint32": _FIELD.TYPE_UINT32,
    "int64": _FIELD.TYPE_INT64,
    "fixed64": _FIELD.TYPE_FIXED64,
    "sfixed64": _FIELD.TYPE_SFIXED64,
    "double": _FIELD.TYPE_DOUBLE,
}
# oneof groups: protobuf records which member was sent.
_ONE_OF = {
    "Number": ("value", ("as_double", "as_int")),
    "AnyValue": ("value", tuple(n for n, _, _ in _MESSAGES["AnyValue"])),
}


class MessageClass(Protocol):
    """The part of a generated protobuf class that is used."""

    def FromString(self, data: bytes, /) -> Any: ...  # noqa: N802 (protobuf's name)


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="bongsu/otlp.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        group, members = _ONE_OF.get(name, ("", ()))
        if group:
            message.oneof_decl.add(name=group)
        for field, number, kind in fields:
            repeated, plain = kind.endswith("*"), kind.rstrip("*")
            row = message.field.add(name=field, number=number)
            row.label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
            if plain in _TYPES:
                row.type = _TYPES[plain]
            else:
                row.type, row.type_name = _FIELD.TYPE_MESSAGE, f".{_PACKAGE}.{plain}"
            if field in members:
                row.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


_CLASS = _classes()
Request: MessageClass = _CLASS["Request"]
KeyValue: MessageClass = _CLASS["KeyValue"]


def encode_status(message: str) -> bytes:
    """Encodes a google.rpc.Status with code 3 (invalid argument), the OTLP error response in protobuf."""
    encoded: bytes = _CLASS["Status"](code=3, message=message).SerializeToString()
    return encoded
