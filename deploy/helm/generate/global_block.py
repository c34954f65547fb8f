"""The block `global` of a chart's values, kept equal in the charts that share it."""

from pathlib import Path

BEGIN = "# The block below is ../service/values.yaml's, which `make chart` copies here."
END = "# End of that block."


def block(values: Path) -> str:
    """The lines of the key `global` and all below it; the last key of its file."""
    lines = values.read_text().splitlines()
    start = lines.index("global:")
    return "\n".join(lines[start:])


def with_block(text: str, lines: str) -> str:
    """`text` with what stands between the two markers put anew. Raises ValueError where a marker is missing."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or not after:
        raise ValueError(f"the values file wants the lines {BEGIN!r} and {END!r}")
    comment = "# -- (object) What all workloads share."
    return f"{before}{BEGIN}\n{comment}\n{lines}\n{END}{after}"
