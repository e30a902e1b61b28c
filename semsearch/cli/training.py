"""The command that adapts a model: train."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.console import print_lines, progress
from semsearch.errors import InputError

if TYPE_CHECKING:
    from semsearch.training.pairs import Adaptation, Pairs

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
            help="Model to start from.",
        ),
    ] = "multilingual",
    epochs: Annotated[
        int | None,
        typer.Option(
            "--epochs", metavar="N", min=1, help="Passes over the pairs, with --base fast: 10."
        ),
    ] = None,
) -> None:
    """Adapt a model: to your own pairs of texts, or to collections of many languages.

    With --pairs: the two texts of a pair should find each other: translations, a question and a
    passage, a title and a body. One pair in ten is held out to measure whether training helped.
    The fast model learns words; of other models only the vectors are mapped.

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


def _adapt(pairs: Path, base: str, out: Path, epochs: int | None) -> None:
    from semsearch.encoders import load_encoder, model_folder
    from semsearch.encoders.static import StaticEncoder
    from semsearch.training.pairs import read_pairs

    texts = read_pairs(pairs)
    if not isinstance(load_encoder(base), StaticEncoder):
        if epochs is not None:
            raise InputError("--epochs is for the fast model, or one made of it: omit it.")
        _adapt_linear(texts, base, out)
    else:
        _adapt_static(texts, model_folder(base), out, epochs or 10)


def _adapt_static(pairs: "Pairs", base: Path, out: Path, epochs: int) -> None:
    from semsearch.training.adapt import adapt

    with progress("Training") as report:
        done = adapt(pairs, base, out, epochs=epochs, progress=report)
    print_lines([_effect(done), f"Use it: semsearch index PATH --model {out}"])


def _adapt_linear(pairs: "Pairs", base: str, out: Path) -> None:
    from semsearch.training.linear import TOLERATED, adapt_linear

    with progress("Encoding") as report:
        done = adapt_linear(pairs, base, out, progress=report)
    lines = [
        _effect(done),
        "Sentences about other things and their translations: MRR@10"
        f" {done.general_before:.3f} before, {done.general_after:.3f} after.",
    ]
    if done.is_worse_in_general:
        lines.append(f"It is worse than {base} on other texts, by more than {TOLERATED}.")
    if done.after <= done.before:
        lines.append(
            f"It finds the held-out pairs no better than {base}: you may as well use that."
        )
    print_lines([*lines, f"Use it: semsearch index PATH --model {out}"])


def _effect(done: "Adaptation") -> str:
    return (
        f"{done.learnt:,} pairs learnt, {done.held_out:,} held out:"
        f" MRR@10 {done.before:.3f} before, {done.after:.3f} after."
    )
