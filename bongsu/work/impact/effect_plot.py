"""Plots an event study with Altair: the coefficient of every time around the date, with its 80 % and 95 % intervals.

The axis is in per cent; lines mark the reference and the date; each group has a panel. vl-convert renders the plot here, so
pages need no script.
"""

from __future__ import annotations

import json
from typing import Any

import vl_convert

from bongsu.core.errors import N_, unknown_name
from bongsu.core.text import Text
from bongsu.store.fonts import register_vega_fonts
from bongsu.work.impact.conclusions import percent_change
from bongsu.work.impact.study import StudyResult

PLOT_FORMATS = ("svg", "png", "json")
_FONT = "system-ui, 'Noto Sans', 'Noto Sans KR', 'NanumGothic', sans-serif"
_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#666666"  # Okabe and Ito: distinguishable with any colour vision
_TITLE = Text(
    en="Exposed against less exposed occupations",
    ko="노출 직업과 덜 노출된 직업의 비교",
    fr="Professions exposées face aux moins exposées",
)
_SUBTITLE = Text(
    en="per cent against the last time before {date}; thick 80 %, thin 95 % interval",
    ko="{date} 직전 시점 대비 %, 굵은 선은 80%, 가는 선은 95% 구간",
    fr="pour cent face au dernier temps avant {date} ; trait épais : intervalle à 80 %, fin : à 95 %",
)
_AXIS_TITLE = Text(en="difference, %", ko="차이, %", fr="écart, %")


def build_specification(result: StudyResult, language: str = "en") -> dict[str, Any]:
    """Builds the plot as a Vega-Lite specification with its data."""
    import altair  # in the function that draws: its import takes a third of a second

    values = [
        {
            "group": f"{result.by} = {study.group}" if study.group else "",
            "period": at.first,
            "value": percent_change(at.coefficient.value) if at.coefficient else 0.0,
            **(
                {
                    "low": percent_change(at.coefficient.low),
                    "high": percent_change(at.coefficient.high),
                    "low95": percent_change(at.coefficient.low95),
                    "high95": percent_change(at.coefficient.high95),
                }
                if at.coefficient
                else {"low": None, "high": None, "low95": None, "high95": None}
            ),
        }
        for study in result.studies
        for at in study.event_times
        if not at.separated
    ]
    periods = list(dict.fromkeys(str(one["period"]) for one in values))
    step = max(1, len(periods) // 12)
    shown = [period for place, period in enumerate(periods) if place % step == 0]
    x = altair.X("period:O", title=None, axis=altair.Axis(values=shown, labelAngle=0 if len(shown) < 8 else -45))
    base = altair.Chart().encode(x=x)

    def y(column: str) -> altair.Y:
        return altair.Y(f"{column}:Q", title=_AXIS_TITLE.to(language), scale=altair.Scale(zero=True))

    start = next(at.first for at in result.studies[0].event_times if at.time == 0)
    layers = [
        altair.Chart().mark_rule(color=_GREY, strokeDash=[2, 2]).encode(y=altair.datum(0)),
        altair.Chart().mark_rule(color=_ORANGE, strokeWidth=2).encode(x=altair.datum(start)),
        base.mark_rule(color=_BLUE, strokeWidth=1).encode(y=y("low95"), y2="high95:Q"),
        base.mark_rule(color=_BLUE, strokeWidth=5, opacity=0.45).encode(y=y("low"), y2="high:Q"),
        base.mark_point(color=_BLUE, filled=True, size=40, opacity=1).encode(y=y("value")),
    ]
    layered = altair.layer(*layers).properties(width=560 if len(result.studies) == 1 else 380, height=280)
    data = altair.InlineData(values=values)
    if len(result.studies) == 1:
        drawn: Any = layered.properties(data=data)
    else:
        drawn = layered.facet(facet=altair.Facet("group:N", title=None), columns=2, data=data)
    title = altair.TitleParams(
        _TITLE.to(language), subtitle=_SUBTITLE.to(language).format(date=result.date), anchor="start"
    )
    made: dict[str, Any] = (
        drawn.properties(title=title)
        .configure(font=_FONT, background="white")
        .configure_view(strokeOpacity=0)
        .to_dict()
    )
    return made


def render_plot(result: StudyResult, form: str, language: str = "en") -> bytes:
    """Renders the plot as SVG or PNG, or its specification as JSON. Raises UnknownName for another format."""
    if form not in PLOT_FORMATS:
        raise unknown_name(N_("format"), form, PLOT_FORMATS)
    text = json.dumps(build_specification(result, language), ensure_ascii=False)
    if form == "json":
        return text.encode()
    register_vega_fonts()
    if form == "png":
        return bytes(vl_convert.vegalite_to_png(text, scale=2))
    return str(vl_convert.vegalite_to_svg(text)).encode()
