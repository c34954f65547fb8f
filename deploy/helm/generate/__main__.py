"""`python -m deploy.helm.generate` writes the charts' values.schema.json and README.md anew, from the comments in their
values and the prose in this folder; with `--check` it writes nothing, and fails where something is stale."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.helm.generate.comments import read
from deploy.helm.generate.global_block import block, with_block
from deploy.helm.generate.readme import readme
from deploy.helm.generate.schema import chart_schema

HELM = Path(__file__).parents[1]
PROSE = Path(__file__).parent


def generated(helm: Path = HELM) -> Mapping[Path, str]:
    """What every generated file should hold. `merx/values.yaml` comes first: the rest is made of it."""
    service, merx = helm / "service", helm / "merx"
    values = merx / "values.yaml"
    shared = with_block(values.read_text(), block(service / "values.yaml"))
    if shared != values.read_text():
        return {values: shared}
    inner, outer = read(service / "values.yaml"), read(values)
    schemas = {service: chart_schema(inner, aliased=True), merx: chart_schema(outer, workload=inner)}
    found = {chart / "values.schema.json": json.dumps(schema, indent=1) + "\n" for chart, schema in schemas.items()}
    for chart, documented in ((service, inner), (merx, outer)):
        found[chart / "README.md"] = readme((PROSE / f"{chart.name}.md").read_text(), documented)
    return found


def stale(helm: Path = HELM) -> list[Path]:
    """The generated files that do not hold what they should."""
    return [path for path, text in generated(helm).items() if not path.exists() or path.read_text() != text]


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        names = [str(path.relative_to(HELM)) for path in stale()]
        sys.stdout.write(f"stale: {', '.join(names)}; run make chart\n" if names else "the charts' files are fresh\n")
        return bool(names)
    while paths := stale():
        wanted = generated()
        for path in paths:
            path.write_text(wanted[path])
            sys.stdout.write(f"{path.relative_to(HELM)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
