"""What pricing knows of a product, what it lays down, and what it decides; no transport, no store."""

from merx_pricing.domain.answers import Answer, Asked, Curve, Doubles, Failed, Given, Line, Planned
from merx_pricing.domain.decision import Decision, Proposal, Season, decide
from merx_pricing.domain.facts import Facts, FactTable, Rival
from merx_pricing.domain.house_rules import DEFAULT_RULES, HouseTerms, Rollout
from merx_pricing.domain.reading import Situation, read

__all__ = [
    "DEFAULT_RULES",
    "Answer",
    "Asked",
    "Curve",
    "Decision",
    "Doubles",
    "FactTable",
    "Facts",
    "Failed",
    "Given",
    "HouseTerms",
    "Line",
    "Planned",
    "Proposal",
    "Rival",
    "Rollout",
    "Season",
    "Situation",
    "decide",
    "read",
]
