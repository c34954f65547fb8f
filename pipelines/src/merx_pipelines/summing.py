"""Where the graphs of pricing begin: the log's purchases, cleaned, and summed by product, channel and week."""

from typing import Any

from merx_pipelines.components import elasticity as weekly
from merx_pipelines.components import features as shared


def summed() -> tuple[Any, Any]:
    """The outputs `cleaned` and `sales`, within a graph that is being built."""
    tables = shared.extract()
    cleaned = shared.clean(tables=tables.outputs["tables"]).outputs["cleaned"]
    return cleaned, weekly.sum_sales(cleaned=cleaned).outputs["sales"]
