"""What an upgrade may not change: `python -m tests.chart.upgrade` writes `released.json` anew, for a new major.

A cluster refuses another selector, other claim templates or another Service name of a StatefulSet, and another
selector of a Deployment; another name of a Service breaks callers, one of a claim loses data.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.chart.charts import PROFILES, Charts, Manifest, helm_program, label_of

RELEASED = Path(__file__).parent / "released.json"
FIXED = {
    "StatefulSet": ("selector", "serviceName", "podManagementPolicy", "volumeClaimTemplates"),
    "Deployment": ("selector",),
    "PersistentVolumeClaim": ("accessModes", "storageClassName"),
    "Service": ("ports",),
    "RayService": (),
    "CronJob": (),
    "Secret": (),
}


def fixed(manifests: tuple[Manifest, ...]) -> dict[str, Any]:
    """Each object that must stay, with the part of it that no upgrade may change."""
    return {
        label_of(one): {name: one["spec"][name] for name in FIXED[one["kind"]] if name in one.get("spec", {})}
        for one in manifests
        if one["kind"] in FIXED
    }


def everything(charts: Charts) -> dict[str, Any]:
    return {profile: fixed(charts.render(profile=profile)) for profile in PROFILES}


def main() -> int:
    helm = helm_program()
    if helm is None:
        sys.stdout.write("helm is not here\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="merx-charts-") as folder:
        whole = everything(Charts.copied(helm, Path(folder)))
    RELEASED.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
