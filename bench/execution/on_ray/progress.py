"""How far the tasks of a Ray cluster are: an actor takes what they tell, and keeps it for whoever started them.

What is told this way is for watching only. Where the actor dies it is started anew, and what it had is not told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeAlias

from nasrank.bench.execution.on_ray.connection import imported
from nasrank.bench.execution.watch import NO_FIGURES, STEP, STEPS, Figures, Progress

Told: TypeAlias = tuple[str, float, Figures]
"""A task, the share of it that is done, and what it tells of itself."""

_REPORTED_EVERY = 0.3
"""Seconds after which a task says anew how far it is; other figures, such as a loss now and then, go out at once."""

_DELIVERY = 5.0
"""Seconds that a task which is done waits at most for what it told last to arrive."""

_PATIENCE = 1.0
"""Seconds that whoever asks for news waits at most."""


class Board:
    """The actor."""

    def __init__(self) -> None:
        self._told: list[Told] = []

    def tell(self, task: str, share: float, figures: Figures) -> None:
        """Called by tasks."""
        self._told.append((task, share, figures))

    def take(self) -> list[Told]:
        """What was told since the last call."""
        told, self._told = self._told, []
        return told


class News:
    """What a board on this node was told; needs a connection to a cluster.

    Attributes:
        board: the actor, for those who tell.
    """

    def __init__(self) -> None:
        ray = imported()
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        options = {"num_cpus": 0, "max_restarts": -1, "scheduling_strategy": here}
        self.board: Any = ray.remote(Board).options(**options).remote()
        self._asked: Any = None

    def since_last(self) -> list[Told]:
        """All that was told before this call and not returned yet; less where the board does not answer in time."""
        told = self._answer() if self._asked is not None else []  # asked before, so perhaps not all
        if self._asked is None:
            self._asked = self.board.take.remote()
            told = told + self._answer()
        return told

    def end(self) -> None:
        """End the actor."""
        imported().kill(self.board)

    def _answer(self) -> list[Told]:
        ray = imported()
        ready, _ = ray.wait([self._asked], timeout=_PATIENCE)
        if not ready:
            return []
        asked, self._asked = self._asked, None
        try:
            told: list[Told] = ray.get(asked)
        except ray.exceptions.RayError:
            return []
        return told


def telling_a_board(board: Any, task: str) -> tuple[Progress, Callable[[], None]]:
    """What a task calls to say how far it is, and what waits until that has arrived."""
    ray, last = imported(), 0.0
    untold: dict[str, Any] = {}
    sent: Any = None

    def progress(share: float, figures: Figures = NO_FIGURES, /) -> None:
        nonlocal last, sent
        untold.update(figures)
        if figures.keys() - {STEP, STEPS} or time.monotonic() - last > _REPORTED_EVERY:
            last = time.monotonic()
            sent = board.tell.remote(task, share, dict(untold))
            untold.clear()

    def delivered() -> None:
        if sent is not None:
            ray.wait([sent], timeout=_DELIVERY)

    return progress, delivered
