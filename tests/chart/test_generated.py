"""Schemas and READMEs are made from the comments in values files; what is stale, or no comment at all, fails."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.helm.generate.__main__ import generated, main, stale
from deploy.helm.generate.comments import CommentRefused, read
from deploy.helm.generate.global_block import block, with_block
from deploy.helm.generate.readme import readme
from deploy.helm.generate.schema import chart_schema
from tests.chart.charts import HELM

EXAMPLE = """
# -- (object) What runs.
workload:
  # -- (integer, minimum=1) How many.
  replicas: 2
  # -- (string, enum=A|B) Which | or what.
  kind: A
# -- (list of string) Names.
names: []
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    path = tmp_path / "values.yaml"
    path.write_text(EXAMPLE)
    return path


def refusals(schema: dict[str, Any], values: dict[str, Any]) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(values)]


class TestTheChartsFiles:
    def test_are_fresh(self) -> None:
        assert not [str(path) for path in stale()], "run make chart"

    def test_say_so(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--check"]) == 0
        assert "fresh" in capsys.readouterr().out

    def test_accept_the_charts_own_defaults(self) -> None:
        for chart in ("service", "merx"):
            schema = json.loads((HELM / chart / "values.schema.json").read_text())
            values = yaml.safe_load((HELM / chart / "values.yaml").read_text())
            jsonschema.Draft202012Validator.check_schema(schema)
            assert not refusals(schema, values)

    def test_know_every_key_of_the_defaults(self) -> None:
        """Each key of values.yaml has a comment, or belongs to a workload."""
        for chart in ("service", "merx"):
            path = HELM / chart / "values.yaml"
            assert {value.path[0] for value in read(path)} == yaml.safe_load(path.read_text()).keys()

    def test_share_the_block_of_what_all_workloads_share(self) -> None:
        inner, outer = (yaml.safe_load((HELM / chart / "values.yaml").read_text()) for chart in ("service", "merx"))
        assert inner["global"] == outer["global"]

    def test_link_to_files_that_are_there(self) -> None:
        for path, text in generated().items():
            if path.suffix == ".md":
                links = [part.split(")")[0] for part in text.split("](")[1:]]
                assert all((path.parent / link).exists() for link in links if "://" not in link), path


class TestReading:
    def test_takes_type_constraint_and_text(self, example: Path) -> None:
        workload, names = read(example)
        replicas, kind = workload.children
        assert (replicas.name, replicas.type, replicas.default) == ("workload.replicas", "integer", 2)
        assert replicas.constraints == {"minimum": "1"}
        assert [leaf.name for leaf in workload.leaves()] == ["workload.replicas", "workload.kind"]
        assert kind.text == "Which | or what."
        assert names.default == []

    def test_refuses_a_key_of_an_object_without_a_comment(self, example: Path) -> None:
        example.write_text(EXAMPLE.replace("  # -- (integer, minimum=1) How many.\n", ""))
        with pytest.raises(CommentRefused, match="workload is an object"):
            read(example)

    @pytest.mark.parametrize("comment", ["# -- How many.", "# -- (integer minimum=1 How many.", "# -- (integer)"])
    def test_refuses_a_comment_without_a_type(self, example: Path, comment: str) -> None:
        example.write_text(EXAMPLE.replace("# -- (integer, minimum=1) How many.", comment))
        with pytest.raises(CommentRefused, match=r"workload\.replicas"):
            read(example)

    @pytest.mark.parametrize("comment", ["# -- (integre) How many.", "# -- (integer, least=1) How many."])
    def test_refuses_a_type_or_constraint_that_there_is_not(self, example: Path, comment: str) -> None:
        example.write_text(EXAMPLE.replace("# -- (integer, minimum=1) How many.", comment))
        with pytest.raises(CommentRefused, match=r"workload\.replicas"):
            chart_schema(read(example))


class TestSchema:
    @pytest.mark.parametrize("values", [{}, {"workload": {"replicas": 1}}, {"workload": {"kind": "B"}, "names": ["a"]}])
    def test_accepts(self, example: Path, values: dict[str, Any]) -> None:
        assert not refusals(chart_schema(read(example)), values)

    @pytest.mark.parametrize(
        "values",
        [
            {"workload": {"replicas": 0}},
            {"workload": {"replica": 1}},
            {"workload": {"kind": "C"}},
            {"names": [1]},
            {"x": 1},
        ],
    )
    def test_refuses(self, example: Path, values: dict[str, Any]) -> None:
        assert len(refusals(chart_schema(read(example)), values)) == 1


class TestReadme:
    def test_has_a_row_for_each_value_at_the_marker(self, example: Path) -> None:
        text = readme("before\n<!-- values -->\nafter\n", read(example))
        assert text.startswith("before\n")
        assert text.endswith("\nafter\n")
        assert "| `workload.replicas` | integer | `2` | How many. |" in text
        assert '| `workload.kind` | `A` or `B` | `"A"` | Which \\| or what. |' in text
        assert text.index("`names`") < text.index("### `workload`")

    def test_without_a_marker_is_refused(self, example: Path) -> None:
        with pytest.raises(ValueError, match="wants a line"):
            readme("nowhere", read(example))


class TestTheSharedBlock:
    def test_is_put_between_its_markers_and_nowhere_else(self, tmp_path: Path) -> None:
        source = tmp_path / "values.yaml"
        source.write_text("a: 1\nglobal:\n  b: 2\n")
        begin, end = (line for line in (HELM / "merx" / "values.yaml").read_text().splitlines() if "block" in line)
        text = with_block(f"x: 1\n{begin}\nold: 1\n{end}\ny: 1\n", block(source))
        assert yaml.safe_load(text) == {"x": 1, "global": {"b": 2}, "y": 1}

    def test_without_its_markers_is_refused(self) -> None:
        with pytest.raises(ValueError, match="wants the lines"):
            with_block("x: 1\n", "global: {}")
