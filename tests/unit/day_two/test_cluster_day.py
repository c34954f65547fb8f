"""The day on a cluster whose helm and kubectl are fakes that write down what they are asked."""

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from deploy.day_two import commands
from deploy.day_two.__main__ import addresses, main
from deploy.day_two.cluster import Cluster
from deploy.day_two.commands import CHART, CommandFailed, Release, program, spelt
from deploy.day_two.patience import Calls
from deploy.day_two.report import Outcome, Report
from deploy.day_two.run import live
from deploy.day_two.shop import ShopFiles
from deploy.day_two.steady import Steady
from deploy.day_two.steps import STEPS, WITHOUT, Day, Step
from tests.unit.day_two.conftest import small_shop
from tests.unit.day_two.fake_shop import FakeShop, served
from tests.unit.day_two.programs import Programs

SERVICES = ("intake", "recommendation", "search", "pricing")
THERE = "--namespace shops"
OURS = "--selector app.kubernetes.io/instance=shop"
VALUES = f"--values {CHART}/ci/minimal-values.yaml --values {CHART.parents[1]}/day_two/values.yaml"
WHOLE_DAY = [
    f"kubectl get pvc {THERE} {OURS} --output=name",
    f"helm dependency build {CHART}",
    f"helm install shop {CHART} {THERE} --create-namespace {VALUES}",
    f"kubectl rollout status statefulset,deployment {THERE} {OURS},app.kubernetes.io/part-of=merx --timeout=5s",
    f"kubectl get jobs {THERE} {OURS} --output=json",
    f"kubectl get secret/shop-trial {THERE} --output=json",
    f"kubectl get statefulset,deployment {THERE} {OURS} --output=json",
    f"kubectl create job --from=cronjob/shop-pipelines-train train-day-two {THERE}",
    f"kubectl get job/train-day-two {THERE} --output=json",
    f"kubectl scale statefulset/shop-valkey --replicas=0 {THERE}",
    f"kubectl delete pod/shop-valkey-0 {THERE} --now --ignore-not-found --timeout=5s",
    f"kubectl scale statefulset/shop-valkey --replicas=1 {THERE}",
    f"kubectl rollout status statefulset/shop-valkey {THERE} --timeout=5s",
    f"helm upgrade shop {CHART} {THERE} {VALUES} --set global.logLevel=WARNING",
    f"kubectl rollout status statefulset,deployment {THERE} {OURS},app.kubernetes.io/part-of=merx --timeout=5s",
    f"kubectl get statefulset,deployment {THERE} {OURS} --output=json",
    f"helm rollback shop 1 {THERE}",
    f"kubectl rollout status statefulset,deployment {THERE} {OURS},app.kubernetes.io/part-of=merx --timeout=5s",
    f"kubectl get statefulset,deployment {THERE} {OURS} --output=json",
    f"helm uninstall shop {THERE}",
    f"kubectl wait --for=delete pod {THERE} {OURS} --timeout=5s",
    f"kubectl get pvc {THERE} {OURS} --output=name",
]

Live = Callable[..., tuple[Report, str]]
CLAIMS = ("home-shop-intake-0", "home-shop-search-0")


def lived(shop: FakeShop, files: Path, *, uninstall_on_failure: bool = False) -> tuple[Report, str]:
    release = Release("shop", "shops", patience_s=5)
    place = Cluster(release, dict.fromkeys(SERVICES, shop.url))
    said = io.StringIO()
    day = Day(place, ShopFiles.of(files), Calls(2.0, 0.02), Steady(rate_per_s=5.0))
    report = live(day, Console(file=said, width=200), uninstall_on_failure=uninstall_on_failure)
    return report, said.getvalue()


@pytest.fixture
def a_day(shop: FakeShop, files: Path) -> Live:
    return partial(lived, shop, files)


@dataclass(frozen=True)
class Lived:
    """A day on which nothing fails."""

    report: Report
    said: str
    calls: list[str]
    searches: int


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder: Path = tmp_path_factory.mktemp("bin")
    programs = Programs(folder)
    programs.makes_claims(*CLAIMS)
    with pytest.MonkeyPatch.context() as patch, served(FakeShop(folder)) as shop:
        patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        report, said = lived(shop, small_shop(tmp_path_factory.mktemp("files")))
        yield Lived(report, said, programs.calls, shop.asked["/v1/search"])


def of(report: Report, step: str) -> Outcome:
    return next(outcome for outcome in report.outcomes if outcome.step == step)


def states(report: Report) -> list[str]:
    return [outcome.state for outcome in report.outcomes]


class TestAWholeDay:
    def test_gives_a_cluster_its_commands_in_their_order(self, whole: Lived) -> None:
        assert states(whole.report) == ["passed"] * len(STEPS), whole.said
        assert whole.calls == WHOLE_DAY
        assert whole.report.status == 0

    def test_asks_every_service_all_along(self, whole: Lived) -> None:
        counts = whole.report.counts
        assert {seen.service for seen in counts} == set(SERVICES)
        assert {seen.step for seen in counts} <= {step.name for step in STEPS}
        assert sum(count.requests for seen, count in counts.items() if seen.service == "search") == whole.searches

    def test_is_without_redis_until_every_service_was_asked(self, whole: Lived) -> None:
        without = dict.fromkeys(SERVICES, 0)
        for seen, count in whole.report.counts.items():
            without[seen.service] += count.requests if seen.step == "redis" else 0
        assert min(without.values()) >= WITHOUT
        degraded = {
            seen.service for seen, count in whole.report.counts.items() if seen.step == "redis" and count.degraded
        }
        assert degraded == {"recommendation"}

    def test_says_what_is_left(self, whole: Lived) -> None:
        assert "2 volumes stay" in of(whole.report, "uninstall").seen
        assert "kubectl delete pvc -n shops" in of(whole.report, "uninstall").seen

    def test_is_what_a_rehearsal_prints(self, whole: Lived) -> None:
        release = Release("shop", "shops", patience_s=5)
        told = [words for step in STEPS for words in release.told(step.name)]
        printed = [" ".join(words) for words in told if "port-forward" not in words]
        assert printed
        assert [line for line in printed if line not in whole.calls] == []
        assert all(str(commands.ROOT) not in spelt(words) for words in told)


class TestAStepThatFails:
    def test_is_the_last_and_is_said_by_its_name(self, a_day: Live, programs: Programs) -> None:
        programs.refuses("create job")
        report, said = a_day()
        assert of(report, "retrain").state == "failed"
        assert "no: create job" in of(report, "retrain").seen
        assert states(report)[4:] == ["not reached"] * 5
        assert "retrain" in said
        assert "CrashLoopBackOff" in said
        assert report.status == 1
        assert not [call for call in programs.calls if call.startswith("helm uninstall")]

    def test_is_cleared_away_where_that_was_asked_for(self, a_day: Live, programs: Programs) -> None:
        programs.refuses("create job")
        report, _ = a_day(uninstall_on_failure=True)
        assert [call for call in programs.calls if call.startswith("helm uninstall")]
        assert report.status == 1

    def test_is_the_first_where_volumes_of_another_release_are_left(self, a_day: Live, programs: Programs) -> None:
        programs.holds_claims("home-shop-postgres-0")
        report, _ = a_day()
        assert "home-shop-postgres-0" in of(report, "install").seen
        assert not [call for call in programs.calls if call.startswith("helm install")]

    def test_is_training_whose_model_was_refused(self, a_day: Live, programs: Programs) -> None:
        programs.trains("Failed")
        report, _ = a_day()
        assert "kubectl logs job/train-day-two" in of(report, "retrain").seen

    def test_is_a_push_that_shows_what_is_not_the_shop_s(self, a_day: Live, shop: FakeShop) -> None:
        shop.foreign = True
        report, _ = a_day()
        assert of(report, "push").state == "failed"
        assert "somebody-else-s" in of(report, "push").seen

    def test_is_training_that_changes_no_list(self, a_day: Live, shop: FakeShop) -> None:
        shop.still = True
        report, _ = a_day()
        assert "the same as before training" in of(report, "retrain").seen

    def test_is_the_upgrade_where_pods_are_told_the_old_value(self, a_day: Live, programs: Programs) -> None:
        path = programs.folder / "kubectl"
        path.write_text(path.read_text().replace("s/@VALUE@/WARNING/", "s/@VALUE@/INFO/"))
        report, _ = a_day()
        assert "MERX_LOG_LEVEL is not what it should be in ['shop-intake'" in of(report, "upgrade").seen

    def test_may_be_one_that_somebody_stops(self, programs: Programs, shop: FakeShop, files: Path) -> None:
        def stopped(day: Day) -> str:
            raise KeyboardInterrupt

        place = Cluster(Release("shop", "shops", patience_s=5), dict.fromkeys(SERVICES, shop.url))
        day = Day(place, ShopFiles.of(files), Calls(2.0, 0.02), Steady())
        steps = (Step("push", "waits", stopped), STEPS[-1])
        report = live(day, Console(file=io.StringIO()), steps=steps)
        assert [(outcome.state, outcome.seen) for outcome in report.outcomes] == [
            ("failed", "interrupted"),
            ("not reached", ""),
        ]

    def test_brings_redis_back(self, a_day: Live, programs: Programs, shop: FakeShop) -> None:
        shop.lists = lambda body, made=shop.lists: {**made(body), "degraded": []}  # type: ignore[method-assign,misc]
        report, _ = a_day()
        assert "features_unavailable: not within" in of(report, "redis").seen
        assert f"kubectl scale statefulset/shop-valkey --replicas=1 {THERE}" in programs.calls


class TestWhatMayBeAway:
    def test_is_a_service_of_one_replica_while_it_is_replaced(self, programs: Programs, shop: FakeShop) -> None:
        programs.serves({"intake": 2, "recommendation": 1, "search": 2, "pricing": 2})
        cluster = Cluster(Release("shop", "shops", patience_s=5), dict.fromkeys(SERVICES, shop.url))
        cluster.ready()
        assert set(cluster.excused("upgrade")) == set(cluster.excused("rollback")) == {"recommendation"}
        assert cluster.excused("redis") == {}

    def test_is_redis_only_where_it_is_the_release_s_own(self, a_day: Live, programs: Programs) -> None:
        programs.serves(dict.fromkeys(SERVICES, 2), store=False)
        report, _ = a_day()
        assert of(report, "redis").state == "skipped"
        assert not [call for call in programs.calls if "valkey" in call]
        assert report.status == 0


class TestTheKey:
    def test_is_the_trial_s_and_goes_with_every_call(self, programs: Programs, shop: FakeShop) -> None:
        cluster = Cluster(Release("shop", "shops", patience_s=5), dict.fromkeys(SERVICES, shop.url))
        cluster.ready()
        assert {door.key for door in cluster.doors.values()} == {"merx_key"}

    def test_is_missed_by_name(self, programs: Programs, shop: FakeShop) -> None:
        cluster = Cluster(Release("shop", "shops", patience_s=5), secret="mine", secret_key="shop-key")
        with pytest.raises(Exception, match="secret/mine has no shop-key"):
            cluster.ready()


class TestTheCommandLine:
    def test_without_a_cluster_says_so(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("KUBECONFIG", raising=False)
        assert main([]) == 2
        assert "KUBECONFIG names no cluster" in capsys.readouterr().err

    @pytest.mark.parametrize("given", ["recommendation", "shelves=http://a"])
    def test_refuses_an_address_of_nothing(self, given: str) -> None:
        with pytest.raises(ValueError, match="--address"):
            addresses([given])

    def test_runs_the_day_and_writes_its_figures(
        self, shop: FakeShop, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KUBECONFIG", "/somewhere")
        reached = [word for service in SERVICES for word in ("--address", f"{service}={shop.url}")]
        named = ["--release", "shop", "--namespace", "shops", "--shop", str(files), "--patience-s", "5"]
        assert main([*named, *reached, "--report", str(tmp_path / "new" / "report.json")]) == 0
        assert '"place": "cluster"' in (tmp_path / "new" / "report.json").read_text()

    def test_a_program_that_is_not_there_is_told_by_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(commands, "ROOT", tmp_path)
        with pytest.raises(CommandFailed, match="helm is not here: `make tools`"):
            program("helm")
