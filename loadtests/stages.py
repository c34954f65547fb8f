"""Load by time, and the options that all scenarios share."""

from locust import LoadTestShape, events
from locust.argument_parser import LocustArgumentParser


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def options(parser: LocustArgumentParser) -> None:
    """What profiles set beside locust's own options."""
    parser.add_argument("--stages", default="20:5", help="seconds:users,... one after the other")
    parser.add_argument("--starts", type=float, default=0.0, help="users that may start in a second; 0: all of them")
    parser.add_argument("--error-share", type=float, default=0.0, help="gate on the share of failed requests")
    parser.add_argument("--degraded-share", type=float, default=0.0, help="gate on answers that lacked something")
    parser.add_argument("--api-key", default="", help="where the service asks for one", is_secret=True)
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn")


class Stages(LoadTestShape):  # type: ignore[misc]
    """Users by time, as `--stages` says."""

    def tick(self) -> tuple[int, float] | None:
        """Users and how many of them may start in a second; None at the end."""
        asked, left = self.runner.environment.parsed_options, self.get_run_time()
        for stage in asked.stages.split(","):
            seconds, _, users = stage.partition(":")
            if left < float(seconds):
                return int(users), asked.starts or float(users)
            left -= float(seconds)
        return None
