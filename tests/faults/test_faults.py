"""Services fail, time out and answer after having acted; functions die; events are lost, doubled and late.

Whatever happens: no execution is lost or stuck, no settled node runs again, none starts after the cancel or
pause that its function has read, no attempt overlaps a live lease of another, every status has its reason,
and what completes comes to what it does when nothing disturbs it. `python -m tests.faults` runs more of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.plans import Fault
from tests.faults.scenario import play_randomly
from tests.faults.sites import Site, call_sites, play_fault
from workflows.adapters.executions import ExecutionStore
from workflows.domain.execution import Execution
from workflows.services.reconciler import Reconciler
from workflows.services.slots import Slots, Taken

ROOT = Path(__file__).parents[2]
RATES = (0.01, 0.05, 0.1, 0.2)
EXECUTIONS = 25


@pytest.fixture(scope="module")
def sites() -> list[Site]:
    return list(call_sites())


@pytest.mark.parametrize("world", range(8))
def test_random_faults_break_no_rule(world: int) -> None:
    report = play_randomly(f"test/{world}", EXECUTIONS, RATES[world % len(RATES)])

    assert len(report.outcomes) == EXECUTIONS
    assert not report.monitor.violations, _told(report.monitor)


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
def test_one_fault_at_every_call_site_breaks_no_rule(fault: Fault, sites: list[Site]) -> None:
    possible = [site for site in sites if fault in site.call.possible()]
    assert possible

    for site in possible:
        report = play_fault(site, fault)
        assert not report.monitor.violations, (site.scenario, site.call, _told(report.monitor))


def test_same_seed_gives_the_same_run_in_another_process() -> None:
    outputs = {_digest(hash_seed) for hash_seed in ("1", "2")}

    assert len(outputs) == 1


def _nothing(*_: Any, **__: Any) -> Any:
    return {}


@pytest.mark.parametrize(
    ("owner", "name", "broken", "rule"),
    [
        (ExecutionStore, "has_live_lease", lambda *_: False, "overlap"),
        (Execution, "lets_run", lambda *_: True, "stopped"),
        (Reconciler, "run", _nothing, "stuck"),
        (Slots, "take", lambda *_: Taken(), "slots"),
    ],
)
def test_rules_notice_what_is_broken(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, broken: Callable[..., Any], rule: str
) -> None:
    monkeypatch.setattr(owner, name, broken)

    found = {
        v.rule for world in range(4) for v in play_randomly(f"mutant/{world}", 15, 0.1).monitor.violations
    }

    assert rule in found


def _digest(hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.faults", "--executions", "10", "--seed", "same", "--jobs", "1"]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    (digest,) = [line for line in done.stdout.splitlines() if line.startswith("digest")]
    return digest


def _told(monitor: Any) -> str:
    first = monitor.violations[0]
    return "\n".join([str(first), *monitor.traces[first.execution_id]])
