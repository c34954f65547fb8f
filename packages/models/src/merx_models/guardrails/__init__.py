"""The limits that no price leaves: rules as documents, the price that keeps them, and a check that trusts neither.

`rules` says what there is to keep, `settle` turns any proposal into an allowed price, `verify` looks at the answer once
more, on its own arithmetic, before it leaves, `treatment` measures afterwards whether offers treat groups alike.
"""

from merx_models.guardrails.rules import (
    PRECEDENCE,
    Announced,
    Change,
    Competitor,
    Endings,
    Fairness,
    Family,
    ListPrice,
    LowestPrice,
    Margin,
    PriceContext,
    Relative,
    RuleSet,
)
from merx_models.guardrails.settle import Bound, Guardrails, PriceRange, Settled
from merx_models.guardrails.treatment import Treatment, TreatmentSettings, equal_treatment
from merx_models.guardrails.verify import LastLook, Violation, verify

__all__ = [
    "PRECEDENCE",
    "Announced",
    "Bound",
    "Change",
    "Competitor",
    "Endings",
    "Fairness",
    "Family",
    "Guardrails",
    "LastLook",
    "ListPrice",
    "LowestPrice",
    "Margin",
    "PriceContext",
    "PriceRange",
    "Relative",
    "RuleSet",
    "Settled",
    "Treatment",
    "TreatmentSettings",
    "Violation",
    "equal_treatment",
    "verify",
]
