"""Many executions in one world, while everything goes wrong; and what must hold when that is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.faults.checks import Outcome, check, compare, outcomes
from tests.faults.documents import Document, all_nodes, document
from tests.faults.monitor import Monitor
from tests.faults.plans import Plan, RandomFaults, no_faults
from tests.faults.users import Action, Visit, Visitor
from tests.faults.world import World
from workflows.domain.access import Caller
from workflows.domain.execution import TERMINAL
from workflows.services.definitions import definitions
from workflows.services.starts import starts

OWNER = Caller("user", "owner")
CALM_SECONDS = 12 * 3_600.0
"""How long everything may take after the last fault: leases, waits between tries, the reconciler's pace."""

CALLS_OF_AN_EXECUTION = 2_000
"""More than any takes, all its retries included, unless something goes round in circles."""


@dataclass
class Scenario:
    """
    Attributes:
        documents: The workflows.
        visits: Of workflows by their place in `documents` (as `workflow_id`, until it has one).
        user_limit: How many executions of a user may run at once; 0: any number.
    """

    seed: str
    documents: list[Document]
    visits: list[Visit]
    user_limit: int = 0
    mischief: float = 0.0


@dataclass
class Report:
    """What came of a scenario."""

    monitor: Monitor
    outcomes: dict[int, Outcome]
    calls: int
    faults: int
    seconds: float


def random_scenario(seed: str, executions: int, mischief: float) -> Scenario:
    """A few workflows with all sorts of settings, and people at them."""
    random = Random(seed)
    documents = [_random_document(random) for _ in range(random.randint(3, 5))]
    visits = [_random_visit(random, number, len(documents)) for number in range(executions)]
    return Scenario(seed, documents, visits, random.choice([0, 0, 3]), mischief)


def _random_document(random: Random) -> Document:
    settings: dict[str, Any] = {"visibility": "public"}
    if random.random() < 0.35:
        settings["max_concurrent_executions"] = random.randint(1, 3)
    if random.random() < 0.2:
        settings["timeout_seconds"] = random.choice([15, 60, 300])
    return document(random, **settings)


def _random_visit(random: Random, number: int, documents: int) -> Visit:
    actions: list[Action] = []
    if random.random() < 0.6:
        kinds = ["cancel", "pause", "pause", "stop", "overflow"]
        for _ in range(random.choice([1, 1, 2, 3])):
            after = random.choice([0.0, random.uniform(0, 3), random.uniform(0, 30), random.uniform(0, 120)])
            kind = random.choice(kinds)
            actions.append((after, kind))
            if kind == "pause":
                actions.append((after + random.choice([0.0, random.uniform(0, 60)]), "resume"))
    return Visit(
        number=number,
        user_id=f"user {random.randrange(3)}",
        workflow_id=str(random.randrange(documents)),
        inputs={"n": random.randrange(10), "big": "x" * random.choice([10, 10, 10_000])},
        starts_after=random.choice([0.0, random.uniform(0, 60), random.uniform(0, 200)]),
        actions=sorted(actions, key=lambda action: action[0]),
        retries=random.choice([0, 3, 6]),
        webhook_url=random.choice([None, "https://hooks/"]),
    )


def play(
    scenario: Scenario, plan: Plan = no_faults, *, kind: bool = False, calm: float = CALM_SECONDS
) -> Report:
    """Let a scenario happen.

    Args:
        plan: What goes wrong, until all visits are over.
        kind: Nothing is flaky either: so it would be on a good day.
    """
    world = World(scenario.seed)
    with world.running():
        visits = _prepare(world, scenario)
        world.servers.is_kind = kind
        world.seam.plan = plan
        world.platform.mischief = scenario.mischief
        is_over = _ending(world, visits)
        world.loop.spawn(lambda: world.platform.schedule(is_over))
        world.settle(6 * 3_600.0, is_over)
        world.seam.plan = no_faults
        world.platform.mischief = 0.0
        world.servers.is_kind = True
        world.settle(calm, is_over)
        if world.seam.calls > CALLS_OF_AN_EXECUTION * len(visits):
            world.monitor.broken("endless", "", f"{world.seam.calls} calls, and no end")
        check(world, visits)
        found = outcomes(world, visits)
        return Report(
            world.monitor, found, world.seam.calls, world.seam.faults, world.loop.now - 1_800_000_000
        )


def _prepare(world: World, scenario: Scenario) -> list[Visit]:
    saved = [definitions().create(OWNER, document).workflow_id for document in scenario.documents]
    accepting = replace(starts(), user_limit=scenario.user_limit)
    visits = []
    for visit in scenario.visits:
        nodes = all_nodes(scenario.documents[int(visit.workflow_id)])
        visit = replace(visit, workflow_id=saved[int(visit.workflow_id)])
        visits.append(visit)
        world.monitor.nodes.tries_of[visit.workflow_id] = {
            node["id"]: node.get("retry", {}).get("max_attempts", 1) for node in nodes
        }
        world.loop.spawn(Visitor(world, accepting, visit).run, delay=visit.starts_after)
    return visits


def _ending(world: World, visits: list[Visit]) -> Callable[[], bool]:
    records, engine = world.monitor.statuses.records, world.engine
    looked_at = 0.0

    def is_over() -> bool:
        nonlocal looked_at
        if world.loop.now < looked_at + 1:
            return False
        looked_at = world.loop.now
        if world.seam.calls > CALLS_OF_AN_EXECUTION * len(visits):
            return True
        if not all(visit.is_done for visit in visits) or world.platform.at_work or world.platform.is_busy:
            return False
        return all(r["status"] in TERMINAL and "due_at" not in r for r in records.values()) and not any(
            run.status == "RUNNING" for run in engine.runs.values()
        )

    return is_over


def plan_of(seed: str, rate: float) -> RandomFaults:
    return RandomFaults(rate, Random(f"{seed} faults"))


def undisturbed(scenario: Scenario) -> Scenario:
    """The same wishes, and nothing in their way."""
    limits = {"timeout_seconds", "max_concurrent_executions"}
    documents = [{k: v for k, v in each.items() if k not in limits} for each in scenario.documents]
    visits = [replace(visit, actions=[], retries=0) for visit in scenario.visits]
    return Scenario(scenario.seed, documents, visits)


def play_randomly(seed: str, executions: int, rate: float) -> Report:
    """A random scenario, compared with what it comes to when nothing disturbs it."""
    scenario = random_scenario(seed, executions, mischief=min(0.3, 2 * rate))
    report = play(scenario, plan_of(seed, rate))
    calm = play(undisturbed(scenario), kind=True)
    report.monitor.violations += calm.monitor.violations
    compare(report.monitor, report.outcomes, calm.outcomes)
    return report
