"""Ranking quality on a labelled collection, with confidence intervals and p-values."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from semsearch.benchmarking.collection_index import article_langs, build
from semsearch.benchmarking.datasets import Dataset
from semsearch.benchmarking.groups import Group, measure_groups
from semsearch.benchmarking.metrics import Qrels, Run, evaluate, mean, ranked
from semsearch.benchmarking.statistics import bootstrap_interval, paired_p_value
from semsearch.errors import InputError
from semsearch.index import SearchIndex
from semsearch.render.trec import trec_id, trec_lines
from semsearch.types import Mode

MEASURES = ("ndcg@10", "mrr@10", "recall@100")
DEPTH = 100
"""Articles in a run for each query: what recall@100 needs."""
_BATCH = 64
"""Queries that are searched together, a choice: progress is reported after each batch."""

_MATRIX_LANGS = 10
"""Languages of queries or articles beyond which they are not paired, a choice: a wider table cannot
be read."""

StageProgress = Callable[[str, int, int], None]
"""Called with the stage (`indexing` or a mode), the number of items done, and of all."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over queries with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """One ranking on all judged queries, or on those in one language."""

    ranking: str
    """A mode, or the name of a stored run."""
    query_lang: str | None
    """None for all queries."""
    queries: int
    scores: dict[str, Estimate]
    """By measure."""
    p_values: dict[str, float]
    """By measure: p-value of the paired randomisation test that this ranking and hybrid are equally
    good; empty for hybrid itself."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Queries in one language, scored on the articles in one language."""

    ranking: str
    query_lang: str
    article_lang: str
    queries: int
    """Number of queries with a relevant article in that language."""
    ndcg_at_10: float
    """nDCG@10 of the run without the articles in other languages."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality on one collection; `dataclasses.asdict` turns it into JSON types."""

    dataset: str
    articles: int
    queries: int
    """Number of queries with a relevant article; only these are scored."""
    missing: int
    """Number of judged articles that are not in the index; they count as not found."""
    rows: tuple[Row, ...]
    """One for each ranking on all queries, then one for each language and ranking. Queries whose
    language is not known count only among all queries."""
    matrix: tuple[Cell, ...]
    """For the modes only. The language of an article is the one that the index states."""
    groups: tuple[Group, ...]
    """For the modes only."""


def _no_progress(stage: str, done: int, total: int) -> None:
    """The `StageProgress` of a caller that does not show any."""


def measure(
    dataset: Dataset,
    *,
    index_folder: Path,
    model: str | None = None,
    run_folder: Path | None = None,
    baselines: Mapping[str, Run] | None = None,
    progress: StageProgress = _no_progress,
) -> Quality:
    """Index a collection, rank its articles for its queries in every mode, and score the runs.

    Args:
        dataset: a collection from `load_dataset`.
        index_folder: an existing index is updated, a missing one is made.
        model: that of an existing index when None, or the default for a new one.
        run_folder: folder for `hybrid.trec`, `dense.trec` and `lexical.trec`, created when missing;
            no runs are written when None.
        baselines: stored runs by name, from `read_run`.
        progress: called for each batch of articles and queries.

    Raises:
        InputError: no query has a relevant article, no article could be indexed, the index holds
            other articles too, a baseline has the name of a mode, or a run cannot be written.
        SemsearchError: the model or the index cannot be used.
    """
    baselines = baselines or {}
    if taken := set(baselines) & set(Mode):
        raise InputError(f"a stored run cannot be named {min(taken)}, because a mode is: rename it")
    scored = _with_relevant_article(dataset)
    articles, runs = _mode_runs(dataset, index_folder, model, run_folder, progress)
    judged = {doc_id for relevances in dataset.qrels.values() for doc_id in relevances}
    found = {doc_id for run in runs.values() for ids in run.values() for doc_id in ids}
    langs = article_langs(index_folder, judged | found)
    stored = {name: _with_ids_of(dataset, run) for name, run in baselines.items()}
    return Quality(
        dataset=dataset.name,
        articles=articles,
        queries=len(scored),
        missing=len(judged - langs.keys()),
        rows=tuple(_rows(dataset, scored, runs | stored)),
        matrix=tuple(_matrix(dataset, scored, runs, langs)),
        groups=tuple(measure_groups(dataset, scored, runs, langs)),
    )


def _with_relevant_article(dataset: Dataset) -> Qrels:
    """The judgements of the queries that can be scored."""
    scored = {
        id_: judged
        for id_, judged in dataset.qrels.items()
        if any(value > 0 for value in judged.values())
    }
    if not scored:
        raise InputError(
            f"no query of {dataset.name} has a relevant article: check the judgements in "
            f"{dataset.path}"
        )
    return scored


def _mode_runs(
    dataset: Dataset,
    index_folder: Path,
    model: str | None,
    run_folder: Path | None,
    progress: StageProgress,
) -> tuple[int, dict[str, Run]]:
    """Index the articles and search them in every mode: number of articles, and runs by mode."""
    runs: dict[str, Run] = {}
    with build(
        dataset, index_folder, model, progress=lambda *counts: progress("indexing", *counts)
    ) as index:
        articles = index.status().articles
        for mode in Mode:
            runs[mode.value], lines = _search(index, dataset.queries, mode, progress)
            if run_folder is not None:
                _write(run_folder / f"{mode.value}.trec", lines)
    return articles, runs


def _search(
    index: SearchIndex, queries: Mapping[str, str], mode: Mode, progress: StageProgress
) -> tuple[dict[str, list[str]], list[str]]:
    """The run of a mode, and its lines in TREC format."""
    run: dict[str, list[str]] = {}
    lines: list[str] = []
    ids = list(queries)
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        texts = [queries[query_id] for query_id in batch]
        results = index.search_many(texts, DEPTH, mode=mode, highlights=False, all_copies=True)
        for query_id, result in zip(batch, results, strict=True):
            run[query_id] = [hit.doc_id for hit in result.hits]
            lines.extend(trec_lines(query_id, result))
        progress(mode.value, start + len(batch), len(ids))
    return run, lines


def _write(path: Path, lines: Sequence[str]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write the run {path}: {error.strerror}") from error


def _with_ids_of(dataset: Dataset, run: Run) -> dict[str, list[str]]:
    """A stored run with the ids of the collection, where the file had to encode white space."""
    queries = {trec_id(query_id): query_id for query_id in dataset.qrels}
    articles = {trec_id(doc_id): doc_id for judged in dataset.qrels.values() for doc_id in judged}
    return {
        queries.get(query_id, query_id): [articles.get(id_, id_) for id_ in ranked(answers)]
        for query_id, answers in run.items()
    }


def _rows(dataset: Dataset, scored: Qrels, runs: Mapping[str, Run]) -> Iterator[Row]:
    """Each ranking on all queries, then on the queries in each language."""
    scores = {
        name: {measure: evaluate(scored, run, measure) for measure in MEASURES}
        for name, run in runs.items()
    }
    for lang, group in [(None, list(scored)), *_by_language(dataset, scored).items()]:
        for name in runs:
            values = {m: [scores[name][m][query_id] for query_id in group] for m in MEASURES}
            hybrid = {m: [scores[Mode.HYBRID][m][query_id] for query_id in group] for m in MEASURES}
            yield Row(
                ranking=name,
                query_lang=lang,
                queries=len(group),
                scores={m: _estimate(values[m]) for m in MEASURES},
                p_values={
                    m: paired_p_value(hybrid[m], values[m]) for m in MEASURES if name != Mode.HYBRID
                },
            )


def _estimate(scores: Sequence[float]) -> Estimate:
    return Estimate(sum(scores) / len(scores), *bootstrap_interval(scores))


def _by_language(dataset: Dataset, scored: Qrels) -> dict[str, list[str]]:
    """The scored queries by language, the language with most queries first."""
    langs = {id_: lang for id_ in scored if (lang := dataset.query_langs[id_]) is not None}
    common = sorted(Counter(langs.values()).items(), key=lambda item: (-item[1], item[0]))
    return {name: [id_ for id_ in langs if langs[id_] == name] for name, _ in common}


def _matrix(
    dataset: Dataset, scored: Qrels, runs: Mapping[str, Run], langs: Mapping[str, str | None]
) -> Iterator[Cell]:
    """The pairs of languages in which a query has a relevant article, unless they are many."""
    asked = _by_language(dataset, scored)
    held = sorted({lang for lang in langs.values() if lang is not None})
    if max(len(asked), len(held)) > _MATRIX_LANGS:
        return
    for lang in held:
        within = {
            query_id: {id_: value for id_, value in judged.items() if langs.get(id_) == lang}
            for query_id, judged in scored.items()
        }
        for name, run in runs.items():
            filtered = {
                query_id: [doc_id for doc_id in ranked(answers) if langs.get(doc_id) == lang]
                for query_id, answers in run.items()
            }
            scores = evaluate(within, filtered, "ndcg@10")
            for query_lang, group in asked.items():
                part = {query_id: scores[query_id] for query_id in group if query_id in scores}
                if part:
                    yield Cell(name, query_lang, lang, len(part), mean(part))
