"""python -m tests.torture: 200 runs killed over 2,000 articles, and the power cut 300 times."""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from .kills import KillLoop
from .power import PowerLoss
from .recording import HAVE_STRACE
from .state import Wrong

_FILES = 2000
_RECORDED_FILES = 600


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--crashes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="semsearch-torture-"))
    print(f"seed {arguments.seed}, in {place}", file=sys.stderr)
    try:
        killed(place / "kills", arguments.kills, arguments.seed)
        if HAVE_STRACE:
            powerless(place / "power", arguments.crashes, arguments.seed)
        else:
            print("power: not tested, as strace is not installed")
    except Wrong as error:
        sys.exit(f"WRONG: {error}; seed {arguments.seed}, left in {place}")
    shutil.rmtree(place, ignore_errors=True)


def killed(place: Path, kills: int, seed: int) -> None:
    began = time.perf_counter()
    seen = KillLoop(place, files=_FILES, words=400, seed=seed).run(kills, _progress())
    print(f"kills: {kills} of {kills} survived in {_minutes(began)}; {seen}")


def powerless(place: Path, crashes: int, seed: int) -> None:
    began = time.perf_counter()
    power = PowerLoss(place, files=_RECORDED_FILES, seed=seed)
    seen = power.run(crashes, _progress())
    print(f"power: {seen.survived} of {crashes} survived in {_minutes(began)}; {seen}")
    control = power.run(crashes // 3, _progress(), syncs=lambda sync: False, harm=True)
    if not control.harmed:
        raise Wrong("a disk that ignores syncs did no harm: the check sees nothing")
    print(f"control, on a disk that ignores syncs: {control}")


def _progress() -> Callable[[str], None]:
    last = time.monotonic()

    def report(line: str) -> None:
        nonlocal last
        if time.monotonic() - last > 10:
            last = time.monotonic()
            print(line, file=sys.stderr)

    return report


def _minutes(began: float) -> str:
    return f"{(time.perf_counter() - began) / 60:.0f} minutes"


if __name__ == "__main__":
    main()
