"""The trial's own stores: passwords, addresses and key fit each other, the services, and the code that reads them."""

import hashlib
import json
import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
import sqlalchemy as sa

from merx_kit.features.store import redis_connection
from merx_kit.http.api_keys import KeyFile
from tests.chart.charts import RELEASE, ROOT, Charts, Manifest, containers, deep, named, of_kind, pods


def secret(charts: Charts, values: dict[str, Any] | None = None, *, release: str = RELEASE) -> dict[str, str]:
    manifests = charts.render(values, profile="minimal", release=release)
    held: dict[str, str] = named(manifests, "Secret", f"{release}-trial")["stringData"]
    return held


def listens(manifests: tuple[Manifest, ...], host: str, port: int | None) -> bool:
    return [one["port"] for one in named(manifests, "Service", host)["spec"]["ports"]] == [port]


class TestAddresses:
    def test_lead_to_services_of_the_release(self, charts: Charts) -> None:
        manifests, held = charts.render(profile="minimal"), secret(charts)
        for key in ("database-url", "feast-registry-url", "mlflow-database-url", "feast-online-url"):
            place = urlsplit(held[key])
            assert listens(manifests, str(place.hostname), place.port), key

    def test_have_the_passwords_that_the_stores_are_given(self, charts: Charts) -> None:
        held = secret(charts)
        assert urlsplit(held["database-url"]).password == held["postgres-password"]
        assert urlsplit(held["feast-online-url"]).password == held["valkey-password"]
        identity = json.loads(held["s3.json"])["identities"][0]["credentials"][0]
        assert identity == {"accessKey": held["s3-access-key"], "secretKey": held["s3-secret-key"]}

    def test_are_read_by_the_code_that_uses_them(self, charts: Charts) -> None:
        held = secret(charts)
        assert sa.make_url(held["feast-registry-url"]).get_driver_name() == "psycopg"
        assert sa.make_url(held["database-url"]).get_backend_name() == "postgresql"
        assert held["valkey-password"] in redis_connection(held["feast-online-url"], 0.1)

    def test_of_the_object_store_are_told_to_all_that_use_it(self, charts: Charts) -> None:
        manifests = charts.render(profile="minimal")
        told = {
            variable["value"]
            for _, pod in pods(manifests)
            for container in pod["spec"]["containers"]
            for variable in container["env"]
            if variable["name"] == "AWS_ENDPOINT_URL"
        }
        assert len(told) == 1
        place = urlsplit(told.pop())
        assert listens(manifests, str(place.hostname), place.port)

    def test_are_those_of_every_secret_that_is_asked_for(self, charts: Charts) -> None:
        held, asked = secret(charts), set()
        for _, pod in pods(charts.render(profile="minimal")):
            variables = [variable for container in containers(pod) for variable in container["env"]]
            references = [one["valueFrom"]["secretKeyRef"] for one in variables if "valueFrom" in one]
            files = [volume["secret"] for volume in pod["spec"]["volumes"] if "secret" in volume]
            asked |= {(one["name"], one["key"]) for one in references}
            asked |= {(one["secretName"], item["key"]) for one in files for item in one["items"]}
        assert asked == {(f"{RELEASE}-trial", key) for key in held}


class TestTheKey:
    def test_is_the_one_whose_digest_the_services_read(self, charts: Charts) -> None:
        held = secret(charts)
        (record,) = msgspec.json.decode(held["api-keys.json"], type=KeyFile).keys
        assert record.sha256 == hashlib.sha256(held["api-key"].encode()).hexdigest()

    def test_has_every_scope_that_a_call_asks_for(self, charts: Charts) -> None:
        (record,) = msgspec.json.decode(secret(charts)["api-keys.json"], type=KeyFile).keys
        sources = [path.read_text() for path in (ROOT / "services").glob("*/src/*/*.py")]
        asked = {scope for text in sources for scope in re.findall(r'scope="([a-z:]+)"', text)}
        assert len(asked) > 5
        assert asked == set(record.scopes)


class TestPasswords:
    def test_stay_at_every_render(self, charts: Charts) -> None:
        assert secret(charts) == dict(secret(charts, {"intake": {"workload": {"replicas": 2}}}))

    def test_are_others_for_another_release_or_seed(self, charts: Charts) -> None:
        here, there = secret(charts), secret(charts, release="other")
        seeded = secret(charts, deep("global.trial.seed", "mine"))
        for key in ("postgres-password", "valkey-password", "s3-secret-key", "api-key"):
            assert len({here[key], there[key], seeded[key]}) == 3, key
        assert len({here[key] for key in ("postgres-password", "valkey-password", "s3-secret-key")}) == 3

    def test_are_nowhere_but_in_the_secret(self, charts: Charts) -> None:
        held = secret(charts)
        rest = [one for one in charts.render(profile="minimal") if one["kind"] != "Secret"]
        for key in ("postgres-password", "valkey-password", "s3-secret-key", "api-key"):
            assert held[key] not in repr(rest), key

    def test_are_not_made_where_there_is_no_trial(self, charts: Charts) -> None:
        for profile in ("production", "external", "airgapped"):
            assert not of_kind(charts.render(profile=profile), "Secret")


class TestNotes:
    def notes(self, charts: Charts, profile: str, **values: Any) -> str:
        where = ["install", RELEASE, str(charts.folder / "merx"), "--namespace", "merx", "--dry-run=client"]
        files = ["-f", str(charts.folder / "merx" / "ci" / f"{profile}-values.yaml"), "-f", "-"]
        return charts.run(*where, *files, stdin=json.dumps(values)).split("NOTES:")[1]

    def test_have_the_next_commands_with_the_names_of_the_release(self, charts: Charts) -> None:
        notes = self.notes(charts, "minimal")
        assert f"helm test {RELEASE}" in notes
        assert f"port-forward service/{RELEASE}-intake 8007" in notes
        assert f"--from=cronjob/{RELEASE}-pipelines-train" in notes
        assert f"secret {RELEASE}-trial" in notes
        assert "THIS IS A TRIAL" in notes

    def test_speak_of_nothing_that_is_not_there(self, charts: Charts) -> None:
        notes = self.notes(charts, "external", intake={"enabled": False})
        assert not any(word in notes for word in ("cronjob", "port-forward", "TRIAL", "-trial"))

    def test_warn_of_an_open_network(self, charts: Charts) -> None:
        assert "no NetworkPolicies" in self.notes(charts, "extended")
