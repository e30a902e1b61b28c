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
        # A query is too small for numpy's threads, which would keep a core busy after each use.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        # Imported modules are never garbage. Scanning them while they are imported, and again at
        # exit, would take a seventh of the time of a search that a server answers.
        gc.disable()
        from semsearch.cli import app

        gc.freeze()
        gc.enable()
        app(prog_name="semsearch")
    except KeyboardInterrupt:  # while importing; commands handle it themselves
        sys.stderr.write("semsearch: interrupted\n")
        sys.exit(130)
    except Exception:
        import traceback

        traceback.print_exc()
        sys.exit(70)  # EX_SOFTWARE, a bug of semsearch; 1 would mean that nothing was found


if __name__ == "__main__":
    main()
