"""Every metric that this service owns."""

from merx_kit.metrics import counter, gauge, histogram

_COMMIT_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_SIZE_BUCKETS = (1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000)
_SHARE_BUCKETS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0)
_PROPOSAL_BUCKETS_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

QUOTES = counter("pricing_quotes", "Prices given.", ("applied",))
REASONS = counter("pricing_reasons", "Reasons that quotes named.", ("reason",))
BLOCKED = counter("pricing_blocked", "Prices that the last look stopped, by the rule they broke.", ("rule",))
CHANGE = histogram("pricing_change_ratio", "Decided over current price.", buckets=_SHARE_BUCKETS)
PROPOSAL_SECONDS = histogram(
    "pricing_proposal_seconds", "One proposal of the policy.", buckets=_PROPOSAL_BUCKETS_SECONDS
)
PROPOSALS_WAITING = gauge("pricing_proposals_waiting", "Products whose proposals are about to be made anew.")
PRODUCTS = gauge("pricing_products", "Products that the service knows.")
UNREADABLE = counter("pricing_records_unreadable", "Records of the event log that were passed over.")
AUDIT_SECONDS = histogram("pricing_audit_commit_seconds", "One commit of the audit.", buckets=_COMMIT_BUCKETS_SECONDS)
AUDIT_SIZE = histogram("pricing_audit_commit_quotes", "Quotes in one commit.", buckets=_SIZE_BUCKETS)
AUDIT_WAITING = gauge("pricing_audit_waiting", "Quotes that wait for a commit.")
