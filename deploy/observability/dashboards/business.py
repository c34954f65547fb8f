"""For the shop: what comes in, what is shown, searched and quoted."""

from deploy.observability.panels import HERE, Board, Panel, quantiles, rate

BUSINESS = Board(
    uid="merx-business",
    title="Merx / Business",
    description="Records taken in, lists given, searches, prices quoted. Counts, not money.",
    rows={
        "Taken in": (
            Panel(
                title="Records accepted, by kind",
                unit="ops",
                stacked=True,
                description="Views, clicks, carts and purchases are all of kind event; the log tells them apart.",
                queries=[
                    (rate("merx_intake_records_total", "kind", matchers=HERE + ', status="accepted"'), "{{kind}}")
                ],
            ),
            Panel(
                title="Records not accepted",
                unit="ops",
                queries=[
                    (
                        rate("merx_intake_records_total", "kind, status", matchers=HERE + ', status!="accepted"'),
                        "{{kind}} {{status}}",
                    )
                ],
            ),
            Panel(
                title="Refused, by rule",
                unit="ops",
                queries=[
                    (rate("merx_intake_refused_total", "rule"), "{{rule}}"),
                    (rate("merx_intake_lines_left_out_total", "rule"), "line: {{rule}}"),
                ],
            ),
            Panel(
                title="Late events",
                unit="ops",
                queries=[(rate("merx_intake_late_events_total", "job"), "{{job}}")],
            ),
            Panel(
                title="Imports",
                unit="short",
                queries=[
                    (f"sum by (state) (increase(merx_intake_imports_total{{{HERE}}}[$__rate_interval]))", "{{state}}"),
                    (f"sum by (job) (merx_intake_imports_waiting{{{HERE}}})", "waiting"),
                ],
            ),
            Panel(
                title="Exposures written",
                unit="ops",
                queries=[(rate("merx_exposures_written_total", "job"), "{{job}}")],
            ),
        ),
        "Shown": (
            Panel(
                title="Lists given, by placement",
                unit="ops",
                stacked=True,
                queries=[
                    (rate("merx_recommendation_answers_total", "placement, strategy"), "{{placement}} {{strategy}}")
                ],
            ),
            Panel(
                title="Products shown, by source",
                unit="ops",
                stacked=True,
                queries=[(rate("merx_recommendation_items_total", "source"), "{{source}}")],
            ),
            Panel(
                title="Shoppers with an open list",
                unit="short",
                queries=[
                    (f"sum by (job) (merx_recommendation_live_shoppers{{{HERE}}})", "shoppers"),
                    (f"sum by (job) (merx_recommendation_live_waiting{{{HERE}}})", "about to get another list"),
                ],
            ),
            Panel(
                title="Live lists",
                unit="ops",
                width=12,
                queries=[(rate("merx_recommendation_live_lists_total", "outcome"), "{{outcome}}")],
            ),
            Panel(
                title="From a click to the list",
                unit="s",
                width=12,
                limit=0.25,
                queries=quantiles("merx_recommendation_live_seconds", "job"),
            ),
        ),
        "Searched": (
            Panel(
                title="Searches",
                unit="ops",
                stacked=True,
                queries=[(rate("merx_search_answers_total", "asked, ordered_by"), "{{asked}} {{ordered_by}}")],
            ),
            Panel(
                title="Searches that needed help, or found nothing",
                unit="ops",
                queries=[(rate("merx_search_nothing_found_total", "recovery"), "{{recovery}}")],
            ),
            Panel(
                title="Pictures refused",
                unit="ops",
                queries=[(rate("merx_search_pictures_refused_total", "reason"), "{{reason}}")],
            ),
        ),
        "Priced": (
            Panel(
                title="Prices quoted",
                unit="ops",
                stacked=True,
                description="applied=false: the mode left the product at its own price.",
                queries=[(rate("merx_pricing_quotes_total", "applied"), "applied={{applied}}")],
            ),
            Panel(
                title="Reasons named",
                unit="ops",
                queries=[(rate("merx_pricing_reasons_total", "reason"), "{{reason}}")],
            ),
            Panel(
                title="Prices stopped by the last look",
                unit="short",
                limit=1,
                queries=[
                    (f"sum by (rule) (increase(merx_pricing_blocked_total{{{HERE}}}[$__rate_interval]))", "{{rule}}")
                ],
            ),
        ),
    },
)
