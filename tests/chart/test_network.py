"""NetworkPolicies let pass the arrows of docs/architecture.md, and nothing else."""

import re

import pytest

from tests.chart.charts import RELEASE, ROOT, Charts, named, of_kind
from tests.chart.network import Place, allowed, places, policies

HEADING = "## Who may talk to whom"
PORTS = {53, 80, 443, 5000, 5432, 6379, 8001, 8002, 8003, 8007, 8017, 8333}
CLIENT = Place("clients", {"merx.dev/client": "true"})
PROMETHEUS = Place("prometheus", {}, namespace="monitoring")
DNS = Place("dns", {"k8s-app": "kube-dns"}, namespace="kube-system")
STRANGERS = (Place("neighbour", {"app": "shop"}), Place("elsewhere", {"app": "other"}, namespace="other"))
INTERNET = Place("internet", address="203.0.113.7")
Arrow = tuple[str, str, int]


def documented() -> set[Arrow]:
    """The table of the section: `from` is names, `to` is name:port, both lists."""
    section = (ROOT / "docs" / "architecture.md").read_text().split(HEADING)[1].split("\n## ")[0]
    rows = [row.strip("|").split("|") for row in section.splitlines() if row.startswith("| ") and "`" in row]
    arrows = set()
    for row in rows:
        targets = re.findall(r"`([a-z]+):(\d+)`", row[1])
        arrows |= {(source, name, int(port)) for source in re.findall(r"`([a-z]+)`", row[0]) for name, port in targets}
    return arrows


def rendered(charts: Charts, *, outsiders: tuple[Place, ...]) -> set[Arrow]:
    """Every connection that the policies of the profile with all stores inside let pass."""
    manifests = charts.render(profile="minimal")
    rules = policies(manifests)
    inside = [place for place in places(manifests) if not place.name.startswith("test:")]
    everywhere = [*inside, *outsiders]
    return {
        (source.name, target.name, port)
        for source in everywhere
        for target in everywhere
        for port in PORTS
        if (source in inside or target in inside) and allowed(rules, source, target, port)
    }


class TestTheArrows:
    def test_are_those_of_the_document_and_no_other(self, charts: Charts) -> None:
        found = rendered(charts, outsiders=(CLIENT, PROMETHEUS, DNS, *STRANGERS, INTERNET))
        arrows = documented()
        assert len(arrows) > 30
        assert found == arrows

    def test_of_a_helm_test_lead_to_its_service_and_to_dns(self, charts: Charts) -> None:
        manifests = charts.render(profile="minimal")
        rules, everybody = policies(manifests), [*places(manifests), DNS, INTERNET]
        tests = [place for place in everybody if place.name.startswith("test:")]
        assert len(tests) == 6
        for test in tests:
            reached = {(to.name, port) for to in everybody for port in PORTS if allowed(rules, test, to, port)}
            own = test.name.removeprefix("test:")
            assert {name for name, _ in reached} == {own, "dns"}, test.name


class TestStoresOutside:
    def test_are_reached_at_their_addresses_alone(self, charts: Charts) -> None:
        manifests = charts.render(profile="production")
        rules = policies(manifests)
        pods = {place.name: place for place in places(manifests)}
        database, redis = Place("database", address="10.20.0.9"), Place("redis", address="10.20.1.9")
        assert allowed(rules, pods["intake"], database, 5432)
        assert not allowed(rules, pods["intake"], INTERNET, 5432)
        assert allowed(rules, pods["recommendation"], redis, 6379)
        assert not allowed(rules, pods["intake"], redis, 6379)

    def test_without_an_address_are_reached_by_their_ports_alone(self, charts: Charts) -> None:
        manifests = charts.render(profile="gpu")
        rules = policies(manifests)
        search = next(place for place in places(manifests) if place.name == "search")
        reached = {port for port in PORTS if allowed(rules, search, INTERNET, port)}
        assert reached == {443, 5432, 6379}

    def test_of_the_registry_may_be_the_companys(self, charts: Charts) -> None:
        manifests = charts.render(profile="external")
        rules = policies(manifests)
        pricing = next(place for place in places(manifests) if place.name == "pricing")
        assert allowed(rules, pricing, Place("mlflow", address="10.30.0.4"), 443)
        assert not allowed(rules, pricing, Place("mlflow", address="10.30.1.4"), 5000)


class TestCallers:
    def test_of_the_gateways_namespace_may_call(self, charts: Charts) -> None:
        manifests = charts.render(profile="production")
        rules = policies(manifests)
        gateway = Place("gateway", {}, namespace="gateways")
        pods = {place.name: place for place in places(manifests)}
        assert allowed(rules, gateway, pods["recommendation"], 8001)
        assert not allowed(rules, gateway, pods["worker"], 8017)
        assert not allowed(rules, gateway, pods["mlflow"], 5000)

    def test_that_are_strangers_may_not(self, charts: Charts) -> None:
        manifests = charts.render(profile="production")
        rules = policies(manifests)
        for place in places(manifests):
            assert not any(allowed(rules, stranger, place, port) for stranger in STRANGERS for port in PORTS)


class TestARayCluster:
    def test_speaks_to_itself_on_every_port(self, charts: Charts) -> None:
        manifests = charts.render(profile="rayservice")
        search = next(place for place in places(manifests) if place.name == "search")
        assert all(allowed(policies(manifests), search, search, port) for port in (6379, 8265, 10001, 30010))

    def test_is_steered_by_kuberays_operator(self, charts: Charts) -> None:
        manifests = charts.render(profile="rayservice")
        search = next(place for place in places(manifests) if place.name == "search")
        operator = Place("operator", {"app.kubernetes.io/name": "kuberay-operator"}, namespace="kuberay")
        assert allowed(policies(manifests), operator, search, 8265)
        assert not allowed(policies(manifests), STRANGERS[1], search, 8265)


class TestSwitches:
    def test_leave_no_policy_where_there_should_be_none(self, charts: Charts) -> None:
        assert not of_kind(charts.render(profile="extended"), "NetworkPolicy")

    def test_open_no_way_to_traces_unless_they_are_sent(self, charts: Charts) -> None:
        collector = Place("collector", {}, namespace="observability")
        for profile, wanted in (("production", True), ("ingress", False)):
            manifests = charts.render(profile=profile)
            intake = next(place for place in places(manifests) if place.name == "intake")
            assert allowed(policies(manifests), intake, collector, 4318) is wanted

    def test_deny_by_default_what_has_no_policy_of_its_own(self, charts: Charts) -> None:
        deny = named(charts.render(profile="minimal"), "NetworkPolicy", f"{RELEASE}-default-deny")["spec"]
        assert deny["policyTypes"] == ["Ingress", "Egress"]
        assert not deny.keys() & {"ingress", "egress"}


@pytest.mark.parametrize("extra", ["extraIngress", "extraEgress"])
def test_more_rules_open_more(charts: Charts, extra: str) -> None:
    neighbour = STRANGERS[0]
    way = "from" if extra == "extraIngress" else "to"
    rule = {"ports": [{"port": 8001, "protocol": "TCP"}], way: [{"podSelector": {"matchLabels": {"app": "shop"}}}]}
    manifests = charts.render({"recommendation": {"network": {extra: [rule]}}}, profile="minimal")
    pod = next(place for place in places(manifests) if place.name == "recommendation")
    ends = (neighbour, pod) if extra == "extraIngress" else (pod, neighbour)
    assert allowed(policies(manifests), *ends, 8001)
