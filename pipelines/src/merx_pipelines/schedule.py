"""The recurring run on a Kubeflow cluster: one by its name, put in the place of the one before."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXPERIMENT = "merx"
PAGE = 100


class ScheduleRefused(RuntimeError):
    """The cluster did not take the recurring run, and why."""


@dataclass(frozen=True, kw_only=True)
class Recurring:
    """`cron` has six fields, seconds first, as Kubeflow Pipelines reads it ("0 0 3 * * *": at three every night)."""

    host: str
    cron: str
    name: str = "merx-retrain"
    token: str = field(default="", repr=False)
    namespace: str | None = None
    profile: str = "full"


def schedule(wanted: Recurring) -> str:
    """Makes the recurring run and returns its id; another of the same name is removed, after the new one is there.

    At most one run at a time, and missed ones are not made up for. Raises ScheduleRefused.
    """
    from kfp import Client
    from kfp.compiler import Compiler
    from kfp_server_api.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    from merx_pipelines.retrain import retrain

    try:
        client = Client(host=wanted.host, existing_token=wanted.token or None)
        experiment = client.create_experiment(EXPERIMENT, namespace=wanted.namespace).experiment_id
        before = _named(client, wanted.name, experiment)
        with tempfile.TemporaryDirectory(prefix="merx-retrain-") as folder:
            package = Path(folder) / "retrain.yaml"
            Compiler().compile(retrain, str(package))
            made = client.create_recurring_run(
                experiment,
                wanted.name,
                cron_expression=wanted.cron,
                max_concurrency=1,
                no_catchup=True,
                params={"profile": wanted.profile},
                pipeline_package_path=str(package),
                enable_caching=False,
            )
        for earlier in before:
            client.delete_recurring_run(earlier)
    except (ApiException, HTTPError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise ScheduleRefused(f"Kubeflow Pipelines at {wanted.host} did not take it: {reason}") from error
    return str(made.recurring_run_id)


def _named(client: Any, name: str, experiment: str) -> list[str]:
    found, token = [], ""
    while True:
        page = client.list_recurring_runs(page_token=token, page_size=PAGE, experiment_id=experiment)
        found += [run.recurring_run_id for run in page.recurring_runs or () if run.display_name == name]
        token = page.next_page_token or ""
        if not token:
            return found
