"""What Kubernetes, and the operators whose objects the chart makes, accept.

Kubernetes's own schemas come from the package kubernetes-validate, in their strict form. Those of custom resources are
written here (`schemas/*.yaml`): the fields that the chart uses, as the operators' references have them, and no other.
"""

import re
from functools import cache
from pathlib import Path

import jsonschema
import yaml
from kubernetes_validate.utils import all_versions, schema_contents
from referencing import Registry, Resource

from tests.chart.charts import Manifest

KUBERNETES = ("1.33", "1.34", "1.35", "1.36", "1.37")
CUSTOM = {
    manifest["properties"]["kind"]["const"]: manifest
    for path in sorted((Path(__file__).parent / "schemas").glob("*.yaml"))
    for manifest in (yaml.safe_load(path.read_text()),)
}


def violations(manifest: Manifest, version: str) -> list[str]:
    """What an API server of that version would refuse about the object, in words."""
    found = _validator(manifest["apiVersion"], manifest["kind"], version).iter_errors(manifest)
    return [f"{'.'.join(str(part) for part in error.absolute_path)}: {error.message}" for error in found]


@cache
def _validator(api_version: str, kind: str, version: str) -> jsonschema.Draft202012Validator:
    if kind in CUSTOM:
        return jsonschema.Draft202012Validator(CUSTOM[kind])
    folder = f"kubernetes-json-schema/v{_release(version)}-local-strict"
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    schema = schema_contents(f"{folder}/{kind.lower()}-{group}.json", version)
    registry: Registry[object] = Registry()
    resources = (Resource.from_contents(schema), _definitions(folder, version))
    return jsonschema.Draft202012Validator(schema, registry=resources @ registry)


@cache
def _definitions(folder: str, version: str) -> Resource[object]:
    return Resource.from_contents(schema_contents(f"{folder}/_definitions.json", version))


@cache
def _release(version: str) -> str:
    return next(str(known) for known in all_versions() if known.startswith(f"{version}."))
