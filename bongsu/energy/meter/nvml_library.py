"""Calls the seven NVML functions that the meter needs, in the driver's own library.

`pynvml` (nvidia-ml-py) wraps all 400 functions and takes 80 ms and 18 MB to import without compiled bytecode, more than the
meter's whole budget (docs/decisions/0030). The tests compare these seven with pynvml's on a real GPU.
Source: NVIDIA, NVML API reference; structures as in nvml.h (nvmlProcessInfo_t, nvmlProcessUtilizationSample_t).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

_NOT_SUPPORTED, _NOT_FOUND, _INSUFFICIENT_SIZE = 3, 6, 7
_NAME_LENGTH = 96  # NVML_DEVICE_NAME_V2_BUFFER_SIZE, also enough for a UUID


class NvmlError(OSError):
    """An NVML call failed; `code` is its nvmlReturn_t."""

    def __init__(self, function: str, code: int) -> None:
        super().__init__(f"{function}: NVML error {code}")
        self.code = code


class _ProcessInfo(ctypes.Structure):
    _fields_ = (
        ("pid", ctypes.c_uint),
        ("memory", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    )


class _Utilisation(ctypes.Structure):
    _fields_ = (
        ("pid", ctypes.c_uint),
        ("timestamp", ctypes.c_ulonglong),  # µs since 1970
        ("sm", ctypes.c_uint),  # %
        ("memory", ctypes.c_uint),
        ("encoder", ctypes.c_uint),
        ("decoder", ctypes.c_uint),
    )


@lru_cache(maxsize=1)
def _load_library() -> ctypes.CDLL:
    library = ctypes.CDLL("nvml.dll" if os.name == "nt" else "libnvidia-ml.so.1")
    code = library.nvmlInit_v2()
    if code:
        raise NvmlError("nvmlInit_v2", code)
    return library


def _call(function: str, *arguments: object) -> None:
    try:
        pointer: Callable[..., int] = getattr(_load_library(), function)
    except AttributeError:  # a driver older than the function
        raise NvmlError(function, _NOT_SUPPORTED) from None
    code = pointer(*arguments)
    if code:
        raise NvmlError(function, code)


def list_devices() -> Sequence[Device]:
    """Lists the GPUs that the driver reports. Raises OSError if the library is missing or cannot be initialised."""
    count = ctypes.c_uint()
    _call("nvmlDeviceGetCount_v2", ctypes.byref(count))
    return [Device(index) for index in range(count.value)]


class Device:
    """One GPU; implements machine.Gpu."""

    def __init__(self, index: int) -> None:
        self._handle = ctypes.c_void_p()
        _call("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(self._handle))
        self.name = self._text("nvmlDeviceGetName")
        self.uuid = self._text("nvmlDeviceGetUUID")
        self._last_sample_us = 0

    def _text(self, function: str) -> str:
        buffer = ctypes.create_string_buffer(_NAME_LENGTH)
        _call(function, self._handle, buffer, ctypes.c_uint(_NAME_LENGTH))
        return buffer.value.decode()

    def energy_mj(self) -> int:
        value = ctypes.c_ulonglong()
        _call("nvmlDeviceGetTotalEnergyConsumption", self._handle, ctypes.byref(value))
        return value.value

    def power_mw(self) -> int:
        value = ctypes.c_uint()
        _call("nvmlDeviceGetPowerUsage", self._handle, ctypes.byref(value))
        return value.value

    def users(self) -> Mapping[int, float]:
        found: dict[int, float] = {}
        for process in self._array("nvmlDeviceGetComputeRunningProcesses_v3", _ProcessInfo):
            found[process.pid] = 0.0
        samples = self._array("nvmlDeviceGetProcessUtilization", _Utilisation, ctypes.c_ulonglong(self._last_sample_us))
        for sample in samples:
            if sample.pid and sample.timestamp > self._last_sample_us and sample.sm <= 100:
                found[sample.pid] = found.get(sample.pid, 0.0) + sample.sm
        self._last_sample_us = max([self._last_sample_us, *(sample.timestamp for sample in samples)])
        return found

    def _array(self, function: str, kind: type[ctypes.Structure], *after: object) -> list[Any]:
        """Calls an NVML function that fills an array of a given length; empty if the device does not support it."""
        length = ctypes.c_uint(64)
        for _ in range(3):  # the list may grow between two calls
            array = (kind * length.value)()
            arguments = (array, ctypes.byref(length)) if after else (ctypes.byref(length), array)
            try:
                _call(function, self._handle, *arguments, *after)
            except NvmlError as error:
                if error.code == _INSUFFICIENT_SIZE:
                    length = ctypes.c_uint(max(length.value, 1) * 2)
                    continue
                if error.code in (_NOT_SUPPORTED, _NOT_FOUND):
                    return []
                raise
            return list(array[: length.value])
        return []
