"""Reports of commands as text: what was done to an index, what it holds, and one article."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from semsearch.render.hits import origin
from semsearch.render.screen import BOLD, DIM, Screen
from semsearch.reports import (
    Changes,
    Damage,
    ReindexReport,
    Removal,
    RepairReport,
    Status,
    SyncReport,
)
from semsearch.text import language_name
from semsearch.types import Article, Skipped

if TYPE_CHECKING:
    from semsearch.encoders import ModelInfo

_PATHS_PER_REASON = 5
_REASONS = 12
"""A terminal shows this many paths for each reason, and this many reasons (a choice);
a file or a pipe gets all of them."""


def report_lines(report: SyncReport, screen: Screen) -> Iterator[str]:
    """What a run of `index` did. All skipped files are listed unless it is for a terminal."""
    yield (
        f"{_count(report.articles, 'article')}, {_count(report.passages, 'passage')}"
        f" in {report.seconds:.1f} s"
    )
    yield (
        f"files: {report.added:,} new, {report.changed:,} changed, {report.moved:,} moved, "
        f"{report.removed:,} removed, {report.unchanged:,} unchanged; "
        f"{_count(report.embedded, 'passage')} embedded"
    )
    if report.languages:
        yield from screen.paragraph("languages: " + _languages(report.languages))
    if report.skipped:
        yield from _skipped_lines(report.skipped, screen)


def batch_line(report: SyncReport) -> str:
    """What one run of `watch` did."""
    skipped = f", {len(report.skipped):,} skipped" if report.skipped else ""
    return (
        f"{report.added:,} new, {report.changed:,} changed, {report.moved:,} moved, "
        f"{report.removed:,} removed{skipped}; {_count(report.articles, 'article')}"
    )


def damage_line(damage: Damage, screen: Screen) -> str:
    """What is damaged in an index, and what to do about it."""
    return screen.inline(f"{damage.what}. {damage.advice}")


def repair_lines(report: RepairReport, screen: Screen) -> Iterator[str]:
    """What a run of `repair` saved, and what is lost."""
    yield (
        f"whole again: {_count(report.articles, 'article')}, {_count(report.passages, 'passage')};"
        f" {_count(report.embedded, 'passage')} embedded"
    )
    if report.lost:
        yield f"{_count(report.lost, 'article')} could neither be saved nor be read again"
    for path in report.lost_files:
        yield f"  {screen.inline(path)}"
    if report.set_aside:
        yield screen.inline(f"the damaged state is kept in {report.set_aside}")


def changes_lines(changes: Changes, screen: Screen) -> Iterator[str]:
    """What a run of `index` would do, one file on each line."""
    for path in changes.added:
        yield f"new      {screen.inline(path)}"
    for path in changes.changed:
        yield f"changed  {screen.inline(path)}"
    for before, path in changes.moved:
        yield f"moved    {screen.inline(before)} -> {screen.inline(path)}"
    for path in changes.removed:
        yield f"removed  {screen.inline(path)}"
    yield (
        f"would be: {len(changes.added):,} new, {len(changes.changed):,} changed, "
        f"{len(changes.moved):,} moved, {len(changes.removed):,} removed, "
        f"{changes.unchanged:,} unchanged; nothing was written"
    )
    if changes.skipped:
        yield from _skipped_lines(changes.skipped, screen)


def removal_lines(removal: Removal, screen: Screen) -> Iterator[str]:
    """What was removed from an index, one name on each line, and whether it can come back."""
    for name in (*removal.files, *removal.doc_ids):
        yield f"removed {screen.inline(name)}"
    if removal.files or removal.doc_ids:
        yield f"{_count(removal.articles, 'article')} removed from the index; no file was touched"
    if removal.files:
        yield from screen.paragraph(
            "Files that still lie in an indexed folder come back when it is indexed again: "
            "name them in a .semsearchignore there to keep them out."
        )
    if removal.doc_ids:
        yield "Single articles stay out until their file changes."


def reindex_lines(report: ReindexReport, screen: Screen) -> Iterator[str]:
    """What a run of `reindex` did."""
    yield (
        f"{_count(report.articles, 'article')}, {_count(report.passages, 'passage')}"
        f" in {report.seconds:.1f} s; {_count(report.embedded, 'passage')} embedded"
    )
    yield f"the index now answers with the model {screen.inline(report.model)}"


def _skipped_lines(skipped: Sequence[Skipped], screen: Screen) -> Iterator[str]:
    """Skipped files by reason, most frequent reason first."""
    paths: dict[str, list[str]] = {}
    for file in skipped:
        paths.setdefault(file.reason, []).append(file.path)
    reasons = sorted(paths, key=lambda reason: -len(paths[reason]))
    yield f"skipped {_count(len(skipped), 'file')}:"
    bounded = screen.columns is not None
    for reason in reasons[: _REASONS if bounded else None]:
        yield f"  {screen.inline(reason)} ({len(paths[reason]):,})"
        shown = paths[reason][: _PATHS_PER_REASON if bounded else None]
        for path in shown:
            yield f"    {screen.inline(path, DIM)}"
        if len(shown) < len(paths[reason]):
            yield f"    and {len(paths[reason]) - len(shown):,} more"
    if bounded and len(reasons) > _REASONS:
        rest = sum(len(paths[reason]) for reason in reasons[_REASONS:])
        yield f"  and {rest:,} more for {_count(len(reasons) - _REASONS, 'other reason')}"


def status_lines(status: Status, screen: Screen) -> Iterator[str]:
    """What an index holds, one fact on each line."""
    facts = {
        "index": status.folder,
        "articles": f"{status.articles:,}",
        "passages": f"{status.passages:,}",
        "languages": _languages(status.languages),
        "model": f"{status.model} ({status.dim} dimensions)",
        "size": _size(status.size_bytes),
        "tokens lost": f"{status.tokens_lost:,}",
        "vectors": "exact"
        if status.ann_recall_at_10 is None
        else f"approximate, ann_recall@10 {status.ann_recall_at_10:.3f}",
        "updated": status.updated,
    }
    indent = max(map(len, facts)) + 2
    for name, fact in facts.items():
        lines = screen.paragraph(fact, indent=indent, flush=False)
        yield name.ljust(indent) + "".join(lines[:1])[indent:]
        yield from lines[1:]


def article_lines(article: Article, screen: Screen) -> Iterator[str]:
    """An article with a line above each passage: its number, and where it begins and ends."""
    document = article.document
    yield from screen.paragraph(document.title or document.doc_id, style=BOLD)
    yield origin(document, screen)
    end = 0
    for number, chunk in enumerate(article.chunks, 1):
        yield from _text_lines(document.text[end : chunk.start], screen, DIM)
        yield ""
        yield screen.rule(f"passage {number} · {chunk.start}-{chunk.end}")
        yield from _text_lines(chunk.text, screen)
        end = max(end, chunk.end)
    yield from _text_lines(document.text[end:], screen, DIM)


def _text_lines(text: str, screen: Screen, style: str = "") -> Iterator[str]:
    """The paragraphs of a text, with the empty lines between them."""
    for line in text.strip().splitlines():
        yield from screen.paragraph(line, style=style) or [""]


def model_lines(models: Sequence["ModelInfo"], screen: Screen) -> Iterator[str]:
    """The models that can be used, two lines each: name, size and state, then use and source."""
    room = max((len(model.name) for model in models), default=0)
    for model in models:
        here = "on this machine" if model.on_this_machine else "to be fetched"
        size = "" if model.size_bytes is None else _size(model.size_bytes)
        name = screen.inline(model.name.ljust(room), BOLD)
        yield f"{name}  {size:>7}  {here}"
        known = [model.note]
        if model.across_languages is not None:
            known.append(f"MRR@10 across languages {model.across_languages:.2f}")
        if model.passages_per_second is not None:
            known.append(f"{model.passages_per_second:,} passages a second")
        yield from screen.paragraph(" · ".join([*known, model.where]), indent=2, style=DIM)


def _size(size_bytes: int) -> str:
    size, units = float(size_bytes), ["B", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.0f} {units[0]}" if units[0] == "B" or size >= 100 else f"{size:.1f} {units[0]}"


def _languages(languages: Mapping[str, int]) -> str:
    return ", ".join(f"{language_name(code)} {count:,}" for code, count in languages.items())


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
