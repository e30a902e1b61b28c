"""How good the three rankings are on a labelled collection, and how sure that is."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

from semsearch.benchmarking.datasets import Dataset
from semsearch.benchmarking.statistics import bootstrap_interval, paired_p_value
from semsearch.errors import IndexMissing, InputError
from semsearch.evaluation import Qrels, Run, evaluate, mean, ranked
from semsearch.index import SearchIndex
from semsearch.render.records import trec_id, trec_lines
from semsearch.store import Reader
from semsearch.types import Mode
