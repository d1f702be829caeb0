"""The decorator `@bongsu.metered`: meters every call of a function."""

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
    """Meters each call of a function; a call of an `async def` ends when its coroutine ends. The function's attribute
    `report` holds the last report; `on_report` is called with each report. `label` defaults to the function's qualified
    name; `country` and `send` are as for `bongsu.meter`.

    A call that raises is metered too, and the exception propagates.
    """
    Meter(label=label, country=country, send=send)  # checks country and address when decorating, not at the first call

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
