"""For who changes models: which versions serve, whether their output moves, what they are made ready from."""

from deploy.observability.panels import HERE, Board, Panel, quantiles, rate

MEAN_SCORE = f"{rate('merx_recommendation_score_sum', 'job')} / {rate('merx_recommendation_score_count', 'job')}"

MODELS = Board(
    uid="merx-models",
    title="Merx / Models",
    description="Versions in service, arms, distributions of what models answer, and how fresh their inputs are.",
    rows={
        "Versions": (
            Panel(
                title="Replicas by version",
                unit="short",
                stacked=True,
                queries=[
                    (
                        f"count by (job, model, version) (merx_model_in_service{{{HERE}}} == 1)",
                        "{{job}} {{model}} {{version}}",
                    )
                ],
            ),
            Panel(
                title="Answers by version and arm",
                unit="reqps",
                stacked=True,
                description="Of services that write exposures.",
                queries=[
                    (
                        rate("merx_exposures_by_model_total", "job, model_version, arm"),
                        "{{job}} {{model_version}} {{arm}}",
                    )
                ],
            ),
            Panel(
                title="Replicas without the version asked for",
                unit="short",
                stacked=True,
                limit=1,
                queries=[
                    (
                        f"sum by (job, model, reason) (merx_model_degraded{{{HERE}}}) > 0",
                        "{{job}} {{model}} {{reason}}",
                    )
                ],
            ),
            Panel(
                title="Versions put into service",
                unit="short",
                width=12,
                queries=[
                    (
                        f"sum by (job, model) (increase(merx_model_swaps_total{{{HERE}}}[$__rate_interval]))",
                        "{{job}} {{model}}",
                    ),
                    (
                        f"sum by (job) (increase(merx_search_index_swaps_total{{{HERE}}}[$__rate_interval]))",
                        "{{job}} index",
                    ),
                    (
                        f"sum by (job) (increase(merx_recommendation_shelf_swaps_total{{{HERE}}}[$__rate_interval]))",
                        "{{job}} with its catalogue",
                    ),
                ],
            ),
            Panel(
                title="Versions refused",
                unit="short",
                width=12,
                queries=[
                    (
                        f"sum by (job, model, reason) (increase(merx_model_refused_total{{{HERE}}}[$__rate_interval]))",
                        "{{job}} {{model}} {{reason}}",
                    )
                ],
            ),
        ),
        "What they answer": (
            Panel(
                title="Score of the first product",
                unit="none",
                queries=quantiles("merx_recommendation_score", "job", levels=(0.1, 0.5, 0.9)),
            ),
            Panel(
                title="Mean score, and the same hour yesterday",
                unit="none",
                description="A step without a new version means that features moved.",
                queries=[
                    (
                        MEAN_SCORE,
                        "{{job}}",
                    ),
                    (
                        f"sum by (job) (rate(merx_recommendation_score_sum{{{HERE}}}[1h] offset 1d)) "
                        f"/ sum by (job) (rate(merx_recommendation_score_count{{{HERE}}}[1h] offset 1d))",
                        "{{job}} yesterday",
                    ),
                ],
            ),
            Panel(
                title="Price decided over current price",
                unit="none",
                queries=quantiles("merx_pricing_change_ratio", "job", levels=(0.05, 0.5, 0.95)),
            ),
            Panel(
                title="Products shown, by source",
                unit="percentunit",
                stacked=True,
                queries=[
                    (
                        f"{rate('merx_recommendation_items_total', 'source')} / ignoring (source) group_left () "
                        f"sum(rate(merx_recommendation_items_total{{{HERE}}}[$__rate_interval]))",
                        "{{source}}",
                    )
                ],
            ),
            Panel(
                title="Searches that found nothing",
                unit="percentunit",
                limit=0.2,
                queries=[
                    (
                        f"{rate('merx_search_nothing_found_total', 'job, recovery')} / on (job) group_left () "
                        f"{rate('merx_search_answers_total', 'job')}",
                        "{{recovery}}",
                    )
                ],
            ),
            Panel(
                title="Texts or pictures encoded together",
                unit="short",
                queries=quantiles("merx_search_encoder_batch", "kind", levels=(0.5, 0.95)),
            ),
        ),
        "What they are made from": (
            Panel(
                title="Products known",
                unit="short",
                queries=[
                    (f"max by (job) (merx_recommendation_catalogue_products{{{HERE}}})", "{{job}}"),
                    (f"max by (job) (merx_search_index_products{{{HERE}}})", "{{job}}"),
                    (f"max by (job) (merx_search_index_pictured_products{{{HERE}}})", "{{job}} with a picture"),
                    (f"max by (job) (merx_pricing_products{{{HERE}}})", "{{job}}"),
                ],
            ),
            Panel(
                title="Changes since the snapshot",
                unit="short",
                queries=[
                    (f"max by (job) (merx_recommendation_catalogue_changes{{{HERE}}})", "{{job}}"),
                    (rate("merx_search_index_changes_total", "job, kind"), "{{job}} {{kind}} each second"),
                ],
            ),
            Panel(
                title="Price proposals waiting",
                unit="short",
                queries=[(f"max by (job, instance) (merx_pricing_proposals_waiting{{{HERE}}})", "{{instance}}")],
            ),
            Panel(
                title="One price proposal",
                unit="s",
                width=12,
                queries=quantiles("merx_pricing_proposal_seconds", "job", levels=(0.5, 0.95)),
            ),
            Panel(
                title="Records read by consumers",
                unit="ops",
                width=12,
                queries=[
                    (rate("merx_consumer_records_total", "consumer"), "{{consumer}}"),
                    (rate("merx_log_tail_records_total", "tail"), "{{tail}}"),
                ],
            ),
        ),
    },
)
