"""The Prometheus rules of the service levels: burn rates over seven windows, and the alerts on them.

Windows and factors are those of the Site Reliability Workbook (Google, chapter 5, "Multiwindow, multi-burn-rate
alerts"): a long window says that much of a 30-day budget is gone, a short one that it still goes.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from deploy.observability.slos import PROMISES, SLOS, WINDOWS

HEADER = "# Made by `make dashboards` from deploy/observability/slos.py; change it there.\n"
SLOW_WINDOWS = ("6h", "1d", "3d")
RUNBOOK = "docs/runbooks/alerts.md"


@dataclass(frozen=True)
class Burn:
    """One alert: `factor` times the allowed rate, over the long window and still over the short one."""

    factor: float
    long: str
    short: str
    lasting: str
    severity: str
    gone: str
    """How much of the 30-day budget goes in the long window at this rate."""

    @property
    def alert(self) -> str:
        return f"MerxErrorBudgetBurn{self.long}"


BURNS = (
    Burn(14.4, "1h", "5m", "2m", "critical", "2 %"),
    Burn(6, "6h", "30m", "15m", "critical", "5 %"),
    Burn(3, "1d", "2h", "1h", "warning", "10 %"),
    Burn(1, "3d", "6h", "3h", "warning", "10 %"),
)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def recorded(window: str) -> list[dict[str, Any]]:
    return [
        {"record": f"merx:slo_burn_rate:{window}", "expr": slo.burn_rate(window), "labels": slo.labels} for slo in SLOS
    ]


def within_slo(window: str) -> dict[str, Any]:
    """Calls that met their latency objective and did not fail, by service."""
    expressions = (promise.within.replace("{window}", window) for promise in PROMISES.values())
    return {"record": f"merx:requests_within_slo:rate{window}", "expr": "\nor ".join(expressions) + "\n"}


def alert(burn: Burn) -> dict[str, Any]:
    long, short = (f"merx:slo_burn_rate:{window} > {burn.factor:g}" for window in (burn.long, burn.short))
    return {
        "alert": burn.alert,
        "expr": f"{long}\nand {short}\n",
        "for": burn.lasting,
        "labels": {"severity": burn.severity},
        "annotations": {
            "summary": "{{ $labels.job }} uses up its error budget of {{ $labels.slo }} {{ $labels.route }}",
            "description": (
                "Over the last " + burn.long + " {{ $labels.job }} in {{ $labels.namespace }} used up its budget of "
                '{{ $labels.slo }} {{ $value | printf "%.1f" }} times as fast as allowed; '
                f"at {burn.factor:g} times, {burn.gone} of a month's budget go in {burn.long}."
            ),
            "runbook_url": f"{RUNBOOK}#{burn.alert.lower()}",
        },
    }


def rules() -> dict[str, Any]:
    quick = [rule for window in WINDOWS if window not in SLOW_WINDOWS for rule in recorded(window)]
    slow = [rule for window in SLOW_WINDOWS for rule in recorded(window)]
    return {
        "groups": [
            {"name": "merx.slo", "rules": [*quick, within_slo("5m"), within_slo("1h")]},
            {"name": "merx.slo.long", "interval": "3m", "rules": slow},
            {"name": "merx.slo.alerts", "rules": [alert(burn) for burn in BURNS]},
        ]
    }


def text() -> str:
    return HEADER + yaml.dump(rules(), Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
