"""What the dashboards are built of: panels with a title, a unit and expressions, under one choice of installation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    GraphTresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from deploy.observability.slos import PROBES

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
HERE = 'namespace="$namespace", job=~"$job"'
"""Label matchers of what the viewer has chosen."""
CALLS = f'{HERE}, route!~"{PROBES}"'
"""The same, probes left out."""
HEIGHT = 8

Query = tuple[str, str]
"""PromQL, and the legend of its series."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Lines over time; `limit` is drawn across them. `number`: the last value alone."""

    title: str
    unit: str
    queries: Sequence[Query]
    description: str = ""
    limit: float | None = None
    stacked: bool = False
    number: bool = False
    width: int = 8

    def built(self, place: int) -> timeseries.Panel | stat.Panel:
        panel = stat.Panel() if self.number else self._lines()
        panel = panel.id(place).title(self.title).unit(self.unit).datasource(SOURCE).description(self.description)
        panel = panel.span(self.width).height(HEIGHT // 2 if self.number else HEIGHT)
        steps = [Threshold(value=None, color="green")]
        if self.limit is not None:
            steps.append(Threshold(value=self.limit, color="red"))
        panel = panel.thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        for number, (expression, legend) in enumerate(self.queries):
            query = prometheus.Dataquery().expr(expression).legend_format(legend).ref_id(chr(ord("A") + number))
            panel = panel.with_target(query.datasource(SOURCE).instant() if self.number else query.datasource(SOURCE))
        return panel

    def _lines(self) -> timeseries.Panel:
        legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
        tooltip = common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)
        panel = timeseries.Panel().legend(legend.show_legend(True)).tooltip(tooltip).axis_soft_min(0)
        if self.stacked:
            panel = panel.fill_opacity(30).stacking(common.StackingConfig().mode(StackingMode.NORMAL))
        if self.limit is not None:
            panel = panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphTresholdsStyleMode.DASHED))
        return panel


@dataclass(frozen=True, kw_only=True)
class Board:
    """A dashboard: rows of panels by their titles. `numbers` are settings that the viewer can change."""

    uid: str
    title: str
    description: str
    rows: Mapping[str, Sequence[Panel]]
    numbers: Mapping[str, tuple[str, float]] | None = None
    """By name: a label, and the value at first."""

    def text(self) -> str:
        """Its JSON, as Grafana reads it."""
        board = (
            dashboard.Dashboard(self.title)
            .uid(self.uid)
            .description(self.description)
            .tags(["merx"])
            .editable()
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .refresh("1m")
            .time("now-6h", "now")
            .timezone("browser")
            .with_variable(dashboard.DatasourceVariable("datasource").label("Source").type("prometheus"))
            .with_variable(_choice("namespace", "merx_http_requests_in_flight"))
            .with_variable(_choice("job", 'merx_http_requests_in_flight{namespace="$namespace"}').multi(True))
        )
        for name, (label, value) in (self.numbers or {}).items():
            now = VariableOption(text=f"{value:g}", value=f"{value:g}")
            board = board.with_variable(
                dashboard.TextBoxVariable(name).label(label).default_value(f"{value:g}").current(now)
            )
        place = 0
        for title, panels in self.rows.items():
            place += 1
            board = board.with_row(dashboard.Row(title).id(place))
            for panel in panels:
                place += 1
                board = board.with_panel(panel.built(place))
        return JSONEncoder(sort_keys=True, indent=1).encode(board.build()) + "\n"


def _choice(name: str, series: str) -> dashboard.QueryVariable:
    several = name == "job"
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(SOURCE)
        .query(f"label_values({series}, {name})")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .include_all(several)
        .current(VariableOption(text="All", value="$__all") if several else VariableOption(text="", value=""))
    )


def rate(name: str, by: str, *, matchers: str = HERE) -> str:
    """Per second, over the panel's own interval."""
    return f"sum by ({by}) (rate({name}{{{matchers}}}[$__rate_interval]))"


def quantiles(name: str, by: str, *, levels: Sequence[float] = (0.5, 0.95, 0.99), matchers: str = HERE) -> list[Query]:
    """Of the histogram `name`, by the labels `by`, each level a query."""
    label = by.partition(",")[0]
    series = rate(f"{name}_bucket", f"{by}, le", matchers=matchers)
    return [(f"histogram_quantile({level:g}, {series})", f"{{{{{label}}}}} p{level * 100:g}") for level in levels]
