"""The command that adapts a model: train."""

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.console import print_lines, progress
from semsearch.errors import InputError

EXAMPLES = {
    "train": "\b\nExamples:\n"
    "  semsearch train --pairs pairs.tsv --out my-model\n"
    "  semsearch index news/ --model my-model --index my-index\n"
    "  semsearch train --neutral --base intfloat/multilingual-e5-base --out neutral-e5"
}


def train(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the new model.")],
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs", metavar="FILE", help="One pair on each line: two texts, with a tab between."
        ),
    ] = None,
    neutral: Annotated[
        bool,
        typer.Option(
            "--neutral", help="Remove the preference for passages in the language of the question."
        ),
    ] = False,
    base: Annotated[
        str,
        typer.Option(
            "--base",
            metavar="NAME_OR_FOLDER",
            help="Model to start from; with --pairs fast, or a folder that train has made.",
        ),
    ] = "fast",
    epochs: Annotated[
        int,
        typer.Option("--epochs", metavar="N", min=1, help="Number of passes over the pairs."),
    ] = 10,
) -> None:
    """Adapt a model: to your own pairs of texts, or to collections of many languages.

    With --pairs: the two texts of a pair should find each other: translations, a question and a
    passage, a title and a body. One pair in ten is held out to measure whether training helped.

    With --neutral: a multilingual model no longer prefers passages in the language of the question.
    The sentences for it come with semsearch.
    """
    if neutral == (pairs is not None):
        raise InputError("Give either --pairs FILE or --neutral.")
    if pairs is None:
        _neutralize(base, out)
    else:
        _adapt(pairs, base, out, epochs)


def _neutralize(base: str, out: Path) -> None:
    from semsearch.training.neutral_model import neutralize

    with progress("Encoding") as report:
        done = neutralize(base, out, report)
    print_lines(
        [
            f"{done.learnt:,} sentences in {done.languages} languages learnt,"
            f" {done.held_out:,} held out.",
            f"Their English versions among rivals: MRR@10 {done.before:.3f} before,"
            f" {done.after:.3f} after.",
            f"Use it: semsearch index PATH --model {out}",
        ]
    )


def _adapt(pairs: Path, base: str, out: Path, epochs: int) -> None:
    from semsearch.encoders import model_folder
    from semsearch.training.adapt import adapt
    from semsearch.training.pairs import read_pairs

    with progress("Training") as report:
        done = adapt(read_pairs(pairs), model_folder(base), out, epochs=epochs, progress=report)
    print_lines(
        [
            f"{done.learnt:,} pairs learnt, {done.held_out:,} held out:"
            f" MRR@10 {done.before:.3f} before, {done.after:.3f} after.",
            f"Use it: semsearch index PATH --model {out}",
        ]
    )
