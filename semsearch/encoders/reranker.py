"""Re-ranking by a cross-encoder of sentence-transformers, which reads query and passage at once."""

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from semsearch.encoders.folders import find_folder
from semsearch.encoders.quiet import quiet
from semsearch.errors import ModelError, first_line

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_BATCH = 8
"""A choice: passages scored between two checks of the time budget."""


class Reranker:
    """A cross-encoder by name or folder, in float32."""

    def __init__(self, name: str, model: "CrossEncoder") -> None:
        self._name = name
        self._model = model

    def score(
        self, query: str, passages: Sequence[str], budget_ms: float
    ) -> npt.NDArray[np.float32]:
        """(m,) scores of the first m passages: as many as the budget allows, at least one batch.

        Args:
            query: a text.
            passages: texts, best candidates first.
            budget_ms: milliseconds after which no further batch is started.

        Raises:
            ModelError: the model does not return one finite number for each pair of texts.
        """
        began = time.perf_counter()
        scores: list[float] = []
        for start in range(0, len(passages), _BATCH):
            if start and (time.perf_counter() - began) * 1000 >= budget_ms:
                break
            pairs = [(query, passage) for passage in passages[start : start + _BATCH]]
            found = np.asarray(self._model.predict(pairs, show_progress_bar=False))
            if found.shape != (len(pairs),) or not np.isfinite(found).all():
                raise ModelError(
                    f"The model {self._name!r} does not return one number for each pair of texts: "
                    "name a cross-encoder for ranking."
                )
            scores.extend(found.tolist())
        return np.array(scores, dtype=np.float32)


@lru_cache(maxsize=1)
def load_reranker(name: str) -> Reranker:
    """The cross-encoder of that name or in that folder; the last one is cached.

    Raises:
        ModelError: the model cannot be found, fetched or loaded as a cross-encoder.
    """
    folder = find_folder(name)
    with quiet():
        from sentence_transformers import CrossEncoder

        try:
            model = CrossEncoder(
                str(folder),
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:
            raise ModelError(
                f"The cross-encoder {name!r} could not be loaded: {first_line(error)}"
            ) from error
    return Reranker(name, model)
