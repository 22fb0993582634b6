"""How a run stands, as whoever looks at its folder finds it: plain values, from whatever source tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from itertools import chain
from typing import Any, TypeVar


class State(StrEnum):
    """What has become of a run."""

    RUNNING = "running"
    SILENT = "silent"
    """It should be running, and nothing of it is heard."""
    KILLED = "killed"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    FINISHED = "finished"


@dataclass(frozen=True)
class Running:
    """A task that somebody works on.

    Attributes:
        share: how much of it is done, in [0, 1]; None where that is not known.
        seconds: since when, by the clock of whoever works on it.
        by: who that is, as `host:process`; empty where that is the run's own process, or one that it started.
        figures: what it told of itself; NaN of those that were not finite.
        since: when it began, as text, where the clock is that of another machine.
    """

    task: str
    share: float | None = None
    seconds: float | None = None
    by: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    since: str = ""


@dataclass(frozen=True)
class Unsuccessful:
    """A task without a result, or with one that is a failure, and why."""

    task: str
    reason: str


@dataclass(frozen=True)
class RunStatus:
    """A run at one moment. What no source tells is empty or None.

    Attributes:
        reason: of the state, where there is something to say.
        command: the one that runs it.
        by: the process of that command, as `host:process`.
        started: in UTC by the clock of that host.
        seconds: that it has been running, or did until it was last heard of.
        doing: what it said last of itself.
        what: what the counts are of, such as "all trials".
        total: units of work in all.
        finished: those that are done, the failed ones included and the lost ones not.
        failed: with results that are failures.
        lost: whose worker was lost; the same command does them again.
        left: seconds until the end, estimated.
    """

    state: State
    reason: str = ""
    command: str = ""
    by: str = ""
    started: str = ""
    seconds: float | None = None
    doing: str = ""
    what: str = ""
    total: int | None = None
    finished: int | None = None
    running: Sequence[Running] = ()
    failed: Sequence[Unsuccessful] = ()
    lost: Sequence[Unsuccessful] = ()
    left: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; figures that are not finite are None."""
        content = asdict(self)
        for one in content["running"]:
            one["figures"] = {name: None if value != value else value for name, value in one["figures"].items()}
        return content

    def with_workers(self, workers: RunStatus) -> RunStatus:
        """This status of the process that planned a run, with what the workers say that do its tasks.

        What they say of a task counts; what this one knows besides is kept. It runs as long as one of the two does.
        """
        states = (self.state, workers.state)
        live = self if self.state == State.RUNNING or State.RUNNING not in states else workers
        known = {one.task: one for one in self.running}
        running = {
            **known,
            **{
                one.task: replace(
                    one, figures={**(known[one.task].figures if one.task in known else {}), **one.figures}
                )
                for one in workers.running
            },
        }
        return replace(
            self,
            state=live.state,
            reason=live.reason,
            total=self.total if workers.total is None else workers.total,
            finished=self.finished if workers.finished is None else workers.finished,
            running=tuple(running.values()),
            failed=_once(self.failed, workers.failed),
            lost=_once(self.lost, workers.lost),
            left=self.left if workers.left is None else workers.left,
        )


_Named = TypeVar("_Named", bound=Unsuccessful)


def _once(some: Sequence[_Named], others: Sequence[_Named]) -> tuple[_Named, ...]:
    """By task, the later ones of each."""
    return tuple({one.task: one for one in chain(some, others)}.values())
