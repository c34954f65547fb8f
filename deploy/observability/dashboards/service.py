"""For who carries the pager: requests, errors, durations, what is lacking, what is full."""

from deploy.observability.panels import CALLS, HERE, Board, Panel, quantiles, rate

BURN = "Times as fast as allowed; 1 uses up the budget of 30 days in 30 days."

SERVICE = Board(
    uid="merx-service",
    title="Merx / Service",
    description="Requests, errors, durations, service levels, degradation and saturation of each service.",
    rows={
        "Now": (
            Panel(
                title="Requests",
                unit="reqps",
                number=True,
                width=6,
                queries=[(f"sum by (job) (merx:http_requests:rate5m{{{HERE}}})", "{{job}}")],
            ),
            Panel(
                title="Answers that failed",
                unit="percentunit",
                number=True,
                width=6,
                limit=0.001,
                queries=[(f"merx:http_errors:ratio_rate5m{{{HERE}}}", "{{job}}")],
            ),
            Panel(
                title="p99",
                unit="s",
                number=True,
                width=6,
                queries=[(f"merx:http_request_duration_seconds:p99_5m{{{HERE}}}", "{{job}}")],
            ),
            Panel(
                title="Replicas that lack something",
                unit="percentunit",
                number=True,
                width=6,
                limit=0.01,
                queries=[(f"merx:degraded:share{{{HERE}}}", "{{job}}")],
            ),
        ),
        "Requests": (
            Panel(
                title="Requests by route",
                unit="reqps",
                stacked=True,
                queries=[(rate("merx_http_requests_total", "job, route", matchers=CALLS), "{{job}} {{route}}")],
            ),
            Panel(
                title="Errors by route",
                unit="reqps",
                queries=[
                    (
                        rate("merx_http_requests_total", "job, route, status", matchers=CALLS + ', status=~"5..|429"'),
                        "{{job}} {{route}} {{status}}",
                    )
                ],
            ),
            Panel(
                title="Durations",
                unit="s",
                queries=[
                    (f"merx:http_request_duration_seconds:p{level}_5m{{{HERE}}}", f"{{{{job}}}} p{level}")
                    for level in (50, 95, 99)
                ],
            ),
            Panel(
                title="p99 by route",
                unit="s",
                width=12,
                queries=quantiles("merx_http_request_duration_seconds", "route, job", levels=(0.99,), matchers=CALLS),
            ),
            Panel(
                title="Answers in time and well",
                unit="reqps",
                width=12,
                queries=[(f"merx:requests_within_slo:rate5m{{{HERE}}}", "{{job}}")],
                description="Within the latency objective of the service's main call, and not failed.",
            ),
        ),
        "Service levels": tuple(
            Panel(
                title=f"Burn rate, {window}",
                unit="none",
                width=6,
                limit=limit,
                description=BURN,
                queries=[(f"merx:slo_burn_rate:{window}{{{HERE}}}", "{{job}} {{slo}} {{route}}")],
            )
            for window, limit in (("1h", 14.4), ("6h", 6), ("1d", 3), ("3d", 1))
        ),
        "Degraded": (
            Panel(
                title="Replicas by what they lack",
                unit="short",
                stacked=True,
                queries=[(f"sum by (job, reason) (merx_degraded{{{HERE}}}) > 0", "{{job}} {{reason}}")],
            ),
            Panel(
                title="Share of answers that lack something",
                unit="percentunit",
                limit=0.05,
                queries=[(f"merx:fallbacks:ratio_rate5m{{{HERE}}}", "{{job}}")],
            ),
            Panel(
                title="Fallbacks by reason",
                unit="ops",
                queries=[
                    (rate("merx_recommendation_fallbacks_total", "job, reason"), "{{job}} {{reason}}"),
                    (rate("merx_search_fallbacks_total", "job, reason"), "{{job}} {{reason}}"),
                ],
            ),
            Panel(
                title="Circuits that are open",
                unit="short",
                width=12,
                queries=[(f"sum by (job, circuit) (merx_circuit_open{{{HERE}}})", "{{job}} {{circuit}}")],
            ),
            Panel(
                title="Crashes of background tasks",
                unit="short",
                width=12,
                queries=[
                    (
                        f"sum by (job, task) (increase(merx_background_crashes_total{{{HERE}}}[$__rate_interval]))",
                        "{{job}} {{task}}",
                    )
                ],
            ),
        ),
        "Saturation": (
            Panel(
                title="Queue pressure",
                unit="percentunit",
                limit=1,
                description="Requests at work and waiting, over the places that all replicas have.",
                queries=[(f"merx:queue_pressure{{{HERE}}}", "{{job}}")],
            ),
            Panel(
                title="Requests waiting, and refused each second",
                unit="short",
                queries=[
                    (f"sum by (job) (merx_http_requests_queued{{{HERE}}})", "{{job}} waiting"),
                    (rate("merx_http_refused_total", "job, reason"), "{{job}} refused: {{reason}}"),
                ],
            ),
            Panel(
                title="Processor cores at work",
                unit="short",
                queries=[(rate("process_cpu_seconds_total", "job, instance"), "{{job}} {{instance}}")],
            ),
            Panel(
                title="Memory",
                unit="bytes",
                queries=[(f"max by (job, instance) (process_resident_memory_bytes{{{HERE}}})", "{{job}} {{instance}}")],
            ),
            Panel(
                title="Open files",
                unit="percentunit",
                limit=0.8,
                queries=[
                    (
                        f"max by (job, instance) (process_open_fds{{{HERE}}} / process_max_fds{{{HERE}}})",
                        "{{job}} {{instance}}",
                    )
                ],
            ),
            Panel(
                title="Open streams",
                unit="short",
                queries=[(f"sum by (job, route) (merx_http_streams_open{{{HERE}}})", "{{job}} {{route}}")],
            ),
        ),
        "Stages": (
            Panel(
                title="Recommendation, p95",
                unit="s",
                queries=quantiles("merx_recommendation_stage_seconds", "stage", levels=(0.95,)),
            ),
            Panel(
                title="Search, p95", unit="s", queries=quantiles("merx_search_stage_seconds", "stage", levels=(0.95,))
            ),
            Panel(
                title="Commits, p95",
                unit="s",
                queries=[
                    *quantiles("merx_log_commit_duration_seconds", "job", levels=(0.95,)),
                    *quantiles("merx_pricing_audit_commit_seconds", "job", levels=(0.95,)),
                ],
            ),
        ),
        "Event log and its readers": (
            Panel(
                title="Consumers behind",
                unit="s",
                limit=120,
                queries=[
                    (
                        f"merx_consumer_lag_seconds{{{HERE}}} and on (namespace, job, instance, consumer) "
                        f"(merx_consumer_active{{{HERE}}} == 1)",
                        "{{consumer}}",
                    )
                ],
            ),
            Panel(
                title="Replicas behind the log",
                unit="s",
                limit=30,
                queries=[(f"max by (job, tail) (merx_log_tail_behind_seconds{{{HERE}}})", "{{job}} {{tail}}")],
            ),
            Panel(
                title="Records set aside, and passed over",
                unit="short",
                queries=[
                    (f"max by (consumer) (merx_consumer_poison_records{{{HERE}}})", "{{consumer}} set aside"),
                    *(
                        (f"sum by (job) (merx_{service}_records_unreadable_total{{{HERE}}})", "{{job}} passed over")
                        for service in ("recommendation", "search", "pricing")
                    ),
                ],
            ),
            Panel(
                title="Exposures that wait, and are lost each second",
                unit="short",
                queries=[
                    (f"sum by (job) (merx_exposures_waiting{{{HERE}}})", "{{job}} waiting"),
                    (rate("merx_exposures_lost_total", "job, reason"), "{{job}} lost: {{reason}}"),
                ],
            ),
            Panel(
                title="Records, or quotes, in a commit",
                unit="short",
                queries=[
                    *quantiles("merx_log_commit_records", "job", levels=(0.5, 0.95)),
                    *quantiles("merx_pricing_audit_commit_quotes", "job", levels=(0.5, 0.95)),
                ],
            ),
            Panel(
                title="Records waiting for a commit",
                unit="short",
                queries=[
                    (f"sum by (job) (merx_log_commit_waiting{{{HERE}}})", "{{job}} log"),
                    (f"sum by (job) (merx_pricing_audit_waiting{{{HERE}}})", "{{job}} audit"),
                ],
            ),
        ),
    },
)
