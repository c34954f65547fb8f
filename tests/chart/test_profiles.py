"""Every profile in `ci/`, whole: Helm's lint, Kubernetes's own schemas, and what holds for all objects."""

from collections import Counter

import pytest

from tests.chart.charts import NAMESPACE, PROFILES, RELEASE, Charts, Refused, containers, label_of, pods
from tests.chart.schemas import CUSTOM, KUBERNETES, violations

MOVING = {"latest", "nightly", "main", "master", "edge"}
_checked: set[tuple[str, str]] = set()
"""What was found right already, by version and content: profiles share most of their objects."""


@pytest.mark.parametrize("profile", PROFILES)
class TestEveryProfile:
    def test_passes_helms_strict_lint(self, charts: Charts, profile: str) -> None:
        path = charts.folder / "merx"
        values = str(path / "ci" / f"{profile}-values.yaml")
        assert "0 chart(s) failed" in charts.run("lint", "--strict", str(path), "-f", values)

    def test_keeps_to_the_schemas_of_every_supported_kubernetes(self, charts: Charts, profile: str) -> None:
        for manifest in charts.render(profile=profile):
            for version in KUBERNETES[:1] if manifest["kind"] in CUSTOM else KUBERNETES:
                if (key := (version, repr(manifest))) not in _checked:
                    assert not violations(manifest, version), f"{label_of(manifest)} on {version}"
                    _checked.add(key)

    def test_renders_the_same_twice(self, charts: Charts, profile: str) -> None:
        assert charts.text({}, profile=profile) == charts.text_once(profile)

    def test_names_every_object_once_in_the_releases_namespace(self, charts: Charts, profile: str) -> None:
        manifests = charts.render(profile=profile)
        twice = [name for name, count in Counter(map(label_of, manifests)).items() if count > 1]
        assert not twice
        for manifest in manifests:
            assert manifest["metadata"].get("namespace", NAMESPACE) == NAMESPACE, label_of(manifest)
            assert manifest["metadata"]["name"].startswith(RELEASE), label_of(manifest)
            assert len(manifest["metadata"]["name"]) <= 63

    def test_names_images_by_a_tag_that_stays_or_a_digest(self, charts: Charts, profile: str) -> None:
        for name, pod in pods(charts.render(profile=profile)):
            for container in containers(pod):
                image = container["image"]
                tag = image.rpartition("/")[2].partition(":")[2]
                assert "@sha256:" in image or (tag and tag not in MOVING), f"{name}: {image}"

    def test_asks_for_resources_and_bounds_memory_in_every_container(self, charts: Charts, profile: str) -> None:
        for name, pod in pods(charts.render(profile=profile)):
            for container in containers(pod):
                resources = container["resources"]
                assert {"cpu", "memory"} <= resources["requests"].keys(), name
                assert "memory" in resources["limits"], name

    def test_has_no_hook_but_tests(self, charts: Charts, profile: str) -> None:
        hooks = {
            label_of(manifest): manifest["metadata"]["annotations"]["helm.sh/hook"]
            for manifest in charts.render(profile=profile)
            if "helm.sh/hook" in manifest["metadata"].get("annotations", {})
        }
        assert set(hooks.values()) == {"test"}
        assert all(name.startswith("Pod/") for name in hooks)

    def test_writes_no_value_of_a_secret_into_a_pod(self, charts: Charts, profile: str) -> None:
        for name, pod in pods(charts.render(profile=profile)):
            for container in containers(pod):
                for variable in container.get("env", ()):
                    secret = any(word in variable["name"] for word in ("PASSWORD", "SECRET", "DATABASE_URL", "BACKEND"))
                    assert not secret or "secretKeyRef" in variable["valueFrom"], f"{name}: {variable['name']}"


class TestWithoutAnything:
    def test_says_which_secret_to_make(self, charts: Charts) -> None:
        with pytest.raises(Refused, match=r"global\.existingSecret"):
            charts.render({})
