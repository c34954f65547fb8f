"""The trained vectors: Transformer over histories and LightGCN, as they are served."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from merx_models.graph import GraphModel, GraphSettings
from merx_models.sequence import ENCODER, SequenceModel, SequenceSettings
from merx_models.sequence_training import check_parity, trained
from tests.unit.models.sequences import EACH, PRODUCTS, histories, hit_rate, labels

SEQUENCE = SequenceSettings(width=16, length=10, epochs=40, negatives=32, batch=64, learning_rate=1e-2, dropout=0.1)
GRAPH = GraphSettings(width=16, steps=60, negatives=32, batch=512)


@pytest.fixture(scope="module")
def sequence() -> SequenceModel:
    return SequenceModel.fit(histories(), PRODUCTS, settings=SEQUENCE)


@pytest.fixture(scope="module")
def graph() -> GraphModel:
    return GraphModel.fit(histories(), PRODUCTS, labels=labels(), settings=GRAPH)


class TestSequence:
    def test_finds_the_next_product_of_new_shoppers(self, sequence: SequenceModel) -> None:
        assert hit_rate(sequence, histories(200, seed=8)) > 0.5  # measured .70; 5 of 60 by chance are .08

    def test_order_matters(self, sequence: SequenceModel) -> None:
        history = histories()[0]
        assert not np.allclose(sequence.scores(history), sequence.scores(history[::-1]))

    def test_only_the_most_recent_products_count(self, sequence: SequenceModel) -> None:
        recent = np.concatenate([histories()[1], histories()[2], histories()[3]])[-SEQUENCE.length :]
        longer = np.concatenate([np.array([5, 6], dtype=np.int32), recent])
        np.testing.assert_array_equal(sequence.scores(longer), sequence.scores(recent))

    def test_one_history_scores_as_it_does_padded_in_a_batch(self, sequence: SequenceModel) -> None:
        some = histories()[:8]
        for alone, batched in zip(some, sequence.batch_scores(some), strict=True):
            np.testing.assert_allclose(sequence.scores(alone), batched, atol=1e-5)  # onnxruntime sums in other orders

    def test_a_shopper_without_history_scores_nothing(self, sequence: SequenceModel) -> None:
        assert not sequence.scores(np.array([-1, -1], dtype=np.int32)).any()

    def test_comes_back_from_disk_the_same(self, sequence: SequenceModel, tmp_path: Path) -> None:
        sequence.save(tmp_path)
        loaded = SequenceModel.load(tmp_path)
        np.testing.assert_array_equal(loaded.scores(histories()[0]), sequence.scores(histories()[0]))

    def test_labels_bring_products_alike_together(self) -> None:
        rare = [np.array([0, 1, 2], dtype=np.int32), np.array([EACH, EACH + 1], dtype=np.int32)]
        short = SequenceSettings(width=16, length=10, epochs=15, negatives=32)
        _, table = trained(rare, PRODUCTS, labels=labels(), settings=short)
        alike = table @ table.T
        inside, outside = alike[3:EACH, 3:EACH].mean(), alike[3:EACH, EACH + 3 :].mean()
        assert inside > outside


class TestTraining:
    def test_two_runs_with_one_seed_agree_to_the_bit_and_another_seed_does_not(self) -> None:
        once, again, other = (
            trained(histories(60), PRODUCTS, labels=labels(), settings=SequenceSettings(epochs=2, width=8, seed=seed))
            for seed in (1, 1, 2)
        )
        np.testing.assert_array_equal(once[1], again[1])
        assert not np.array_equal(once[1], other[1])

    def test_the_global_state_of_torch_is_as_before(self) -> None:
        import torch

        before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
        GraphModel.fit(histories(20), PRODUCTS, settings=GraphSettings(width=4, steps=1))
        assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before


class TestExport:
    def test_onnx_answers_as_torch_does(self, sequence: SequenceModel) -> None:
        import torch

        encoder, table = trained(histories(), PRODUCTS, labels=None, settings=SEQUENCE)  # the fixture's, seed for seed
        for history in (histories()[0], histories()[0][:1]):
            with torch.no_grad():
                wanted = encoder(torch.from_numpy(table[history])[None])[0, -1].numpy()
            np.testing.assert_allclose(sequence.encode([history])[0], wanted, atol=1e-5)

    def test_refuses_a_graph_that_answers_otherwise(self, sequence: SequenceModel, tmp_path: Path) -> None:
        other, _ = trained(histories(20), PRODUCTS, labels=None, settings=replace(SEQUENCE, epochs=1))
        sequence.save(tmp_path)
        with pytest.raises(ArithmeticError, match="differs"):
            check_parity(other, (tmp_path / ENCODER).read_bytes(), SEQUENCE)


class TestGraph:
    def test_finds_the_next_product_of_new_shoppers(self, graph: GraphModel) -> None:
        assert hit_rate(graph, histories(200, seed=8)) > 0.3  # order-blind: 5 of 12 in the right department are .42

    def test_a_product_never_bought_stands_near_its_department(self) -> None:
        without = [history[history != 0] for history in histories()]
        table = GraphModel.fit(without, PRODUCTS, labels=labels(), settings=GRAPH).table
        alike = table @ table[0]
        assert alike[1:EACH].mean() > alike[EACH:].mean() + 0.1

    def test_two_runs_with_one_seed_agree(self, graph: GraphModel) -> None:
        again = GraphModel.fit(histories(), PRODUCTS, labels=labels(), settings=GRAPH)
        np.testing.assert_array_equal(again.table, graph.table)

    def test_works_without_labels(self) -> None:
        model = GraphModel.fit(histories(), PRODUCTS, settings=GRAPH)
        assert hit_rate(model, histories(200, seed=8)) > 0.3

    def test_one_history_scores_as_it_does_in_a_batch(self, graph: GraphModel) -> None:
        some = [*histories()[:8], np.zeros(0, dtype=np.int32)]
        for alone, batched in zip(some, graph.batch_scores(some), strict=True):
            np.testing.assert_allclose(graph.scores(alone), batched, atol=1e-5)

    def test_comes_back_from_disk_the_same(self, graph: GraphModel, tmp_path: Path) -> None:
        graph.save(tmp_path)
        loaded = GraphModel.load(tmp_path)
        np.testing.assert_array_equal(loaded.scores(histories()[0]), graph.scores(histories()[0]))
