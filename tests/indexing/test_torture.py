"""A few killed runs and power failures; `make torture` does hundreds."""

from pathlib import Path

import pytest

from tests.torture.kills import KillLoop
from tests.torture.power import PowerLoss
from tests.torture.recording import HAVE_STRACE

pytestmark = pytest.mark.slow


def test_a_killed_run_leaves_the_old_or_the_new_state_and_the_next_goes_on(tmp_path: Path) -> None:
    seen = KillLoop(tmp_path, files=12, words=200, seed=5).run(3, lambda line: None)
    assert seen.killed == 3


@pytest.mark.skipif(not HAVE_STRACE, reason="needs strace to record writes")
def test_a_loss_of_power_leaves_the_old_or_the_new_state(tmp_path: Path) -> None:
    power = PowerLoss(tmp_path, files=6, seed=1)
    assert power.run(10).survived == 10
    assert power.run(6, syncs=lambda sync: False, harm=True).harmed, "syncs are what saves it"
