"""The decorator `@bongsu.metered`: every call of a function is one metering."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from bongsu.energy.meter.session import Meter

if TYPE_CHECKING:
    from bongsu.energy.meter.meter_report import MeterReport

P = ParamSpec("P")
R = TypeVar("R")


@overload
def metered(function: Callable[P, R], /) -> Callable[P, R]:
    """`@bongsu.metered`"""


@overload
def metered(
    *,
    label: str = ...,
    country: str | None = ...,
    send: str | None = ...,
    on_report: Callable[[MeterReport], object] | None = ...,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """`@bongsu.metered(label=..., country=..., send=..., on_report=...)`"""


def metered(
    function: Callable[..., Any] | None = None,
    /,
    *,
    label: str = "",
    country: str | None = None,
    send: str | None = None,
    on_report: Callable[[MeterReport], object] | None = None,
) -> Any:
    """Meters each call, an `async def` until it is done. The last report is the function's attribute `report`; `on_report`
    receives each. `label` is the function's name unless given; `country` and `send` as for `bongsu.meter`.

    A function that raises is metered too, and its error goes on.
    """
    Meter(label=label, country=country, send=send)  # a wrong country or address is an error here, not at the first call

    def wrap(inner: Callable[..., Any]) -> Callable[..., Any]:
        name = label or inner.__qualname__

        def finish(meter: Meter) -> None:
            report = meter.stop()
            outer.__dict__["report"] = report
            if on_report is not None:
                on_report(report)

        if inspect.iscoroutinefunction(inner):

            @functools.wraps(inner)
            async def outer(*args: Any, **kwargs: Any) -> Any:
                meter = Meter(label=name, country=country, send=send).start()
                try:
                    return await inner(*args, **kwargs)
                finally:
                    finish(meter)

        else:

            @functools.wraps(inner)
            def outer(*args: Any, **kwargs: Any) -> Any:
                meter = Meter(label=name, country=country, send=send).start()
                try:
                    return inner(*args, **kwargs)
                finally:
                    finish(meter)

        return outer

    return wrap if function is None else wrap(function)
