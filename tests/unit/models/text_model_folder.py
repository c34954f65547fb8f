"""A text model that needs no weights: each token is a direction, and a text the mean of its tokens."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

WORDS = ("[UNK]", "ask", "tell", "red", "blue", "wine", "drill", ":")
DIM = 12


def write_text_model(folder: Path, *, seed: int = 0, more: Mapping[str, object] = MappingProxyType({})) -> Path:
    """The folder of a model that reads "ask: " before queries and "tell: " before passages; `more` goes into
    its form."""
    folder.mkdir(parents=True, exist_ok=True)
    table = np.random.default_rng(seed).standard_normal((len(WORDS), DIM)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["hidden"])],
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "t"])],
        [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["n", "t", DIM])],
        initializer=[numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "model.onnx")
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    form = {"name": "tiny-words", "dim": DIM, "query_prefix": "ask: ", "passage_prefix": "tell: ", **more}
    (folder / "text_model.json").write_text(json.dumps(form))
    return folder
