"""The command that adapts the bundled model: train."""

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.console import print_lines, progress

EXAMPLES = {
    "train": "\b\nExamples:\n"
    "  semsearch train --pairs pairs.tsv --out my-model\n"
    "  semsearch index news/ --model my-model --index my-index"
}


def train(
    pairs: Annotated[
        Path,
        typer.Option(
            "--pairs", metavar="FILE", help="One pair on each line: two texts, with a tab between."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the new model.")],
    base: Annotated[
        str,
        typer.Option(
            "--base",
            metavar="NAME_OR_FOLDER",
            help="Model to start from: bundled, or a folder that train has made.",
        ),
    ] = "bundled",
    epochs: Annotated[
        int,
        typer.Option("--epochs", metavar="N", min=1, help="Number of passes over the pairs."),
    ] = 10,
) -> None:
    """Adapt the bundled model to your own pairs of texts.

    The two texts of a pair should find each other: translations, a question and a passage, a title
    and a body. One pair in ten is held out to measure whether training helped.
    """
    from semsearch.encoders import static_folder
    from semsearch.training.adapt import adapt
    from semsearch.training.pairs import read_pairs

    with progress("Training") as report:
        done = adapt(read_pairs(pairs), static_folder(base), out, epochs=epochs, progress=report)
    print_lines(
        [
            f"{done.learnt:,} pairs learnt, {done.held_out:,} held out:"
            f" MRR@10 {done.before:.3f} before, {done.after:.3f} after.",
            f"Use it: semsearch index PATH --model {out}",
        ]
    )
