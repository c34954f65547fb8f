"""A ranker that MLflow saved, whatever made it."""

from pathlib import Path

import numpy as np

from merx_models.ranker import Floats, RankerError, Rows


class PyfuncRanker:
    """A model logged with MLflow; `predict` gets a data frame of the ranking columns, or of what its signature names.

    History reaches only ONNX rankers; a pyfunc model sees it through the features.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        import mlflow.pyfunc
        from mlflow.exceptions import MlflowException

        try:
            self._model = mlflow.pyfunc.load_model(str(path))
        except MlflowException as error:
            raise RankerError(f"{path.name} is not a model that MLflow loads: {error}") from error
        self.columns = columns

    def score(self, features: Floats, history: Rows, candidates: Rows) -> Floats:  # noqa: ARG002
        import pandas as pd

        answer = self._model.predict(pd.DataFrame(features, columns=list(self.columns)))
        scores = np.asarray(answer, dtype=np.float32)
        scores = scores[:, -1] if scores.ndim == 2 else scores.reshape(-1)
        if len(scores) != len(features):
            raise RankerError(f"{len(scores)} scores for {len(features)} candidates")
        return scores
