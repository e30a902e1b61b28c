"""The entry point of the command line: `semsearch`, or `python -m semsearch`."""

import gc
import os
import sys


def main() -> None:
    """Run the command line and exit."""
    try:
        # A character that the locale cannot write must not end a listing.
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
        # A query is too small for threads of numpy's, which go on spinning beside what follows.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        # What is imported stays to the end. Looking through it again and again, and once more at
        # the exit, would take a seventh of the time of a search that a server answers.
        gc.disable()
        from semsearch.cli import app

        gc.freeze()
        gc.enable()
        app(prog_name="semsearch")
    except KeyboardInterrupt:  # while importing; commands have their own
        sys.stderr.write("semsearch: interrupted\n")
        sys.exit(130)
    except Exception:
        import traceback

        traceback.print_exc()
        sys.exit(70)  # a fault of ours; 1 would say that nothing was found


if __name__ == "__main__":
    main()
