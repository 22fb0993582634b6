"""One run of a searcher: it asks, the table answers, and the clock runs, until the budget is spent.

An answer that would exceed the budget is not given, and ends the run. What breaks a limit, or is not in the table, is
told to be the worst and costs nothing, for that is seen before anything is trained. The incumbent is the best by what
the searcher was told, never by what is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking.fronts import non_dominated
from nasrank.bench.search.searcher import Choices, Searcher, search
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.sections import GuideSection
from nasrank.bench.search_studies.subject import FloatArray, Subject
from nasrank.predictors.known_scores import KnownScores

MOST_FREE = 10_000
"""After so many questions in a row that cost nothing, a search is held to be at its end."""


@dataclass
class Run:
    """What a run came to.

    Attributes:
        steps: whenever the incumbent changed: queries and seconds so far, its place, and what was told of it first.
        queries: of the table, in all.
        seconds: simulated, in all.
        fronts: at some numbers of queries, the places of what nothing that was told surpasses.
        ended: why it ended, in a few words.
    """

    steps: list[tuple[int, float, int, float]] = field(default_factory=list)
    queries: int = 0
    seconds: float = 0.0
    fronts: list[tuple[int, list[int]]] = field(default_factory=list)
    ended: str = ""


class Player:
    """Asks the table what a searcher asks, and charges for it.

    Args:
        told: the objectives that a searcher is told, by name; the first decides the incumbent.
        run: its number.
    """

    def __init__(self, subject: Subject, told: Sequence[str], run: int) -> None:
        self.subject, self.told, self.number = subject, told, run
        self.run = Run()
        self.over = False
        self._priced = any(subject.part.objectives[name].table for name in told)  # else nothing is trained
        self._checkpoints = checkpoints(subject.part.queries) if len(told) > 1 else []
        self._looked: list[tuple[int, FloatArray]] = []
        self._best = -np.inf
        self._most_epochs = 0
        self._answered: set[tuple[int, int | None]] = set()
        self._free = 0

    def charge(self, seconds: float) -> None:
        """Spend seconds on something else than an answer."""
        self.run.seconds += seconds
        most = self.subject.part.seconds
        if most is not None and self.run.seconds > most:
            self.over, self.run.ended = True, "the budget does not pay for what comes before the search"

    def answers(self, asked: Sequence[Choices], epochs: int | None = None) -> tuple[list[Choices], FloatArray]:
        """What the budget pays for of these, and what they are worth `(answered, objectives)`."""
        places: list[int] = []
        worth = [self.subject.told(name, self.number, epochs) for name in self.told]
        askable = self.subject.askable(tuple(self.told), epochs)
        for choices in asked:
            place = self.subject.place(tuple(choices))
            if self.over or not self._pay(place, epochs):
                break
            places.append(place)
            if askable[place]:
                self._look(place, np.array([one[place] for one in worth]), epochs)
        values = np.stack([one[places] for one in worth], axis=1)
        can = askable[places][:, None]
        return [tuple(choices) for choices in asked[: len(places)]], np.where(can, values, np.nan)

    def _pay(self, place: int, epochs: int | None) -> bool:
        part = self.subject.part
        if not self.subject.askable(tuple(self.told), epochs)[place] or (
            part.reuse == "answers" and (place, epochs) in self._answered
        ):
            self._free += 1
            if self._free > MOST_FREE:
                self.over, self.run.ended = True, "nothing new was asked for any more"
            return not self.over
        prices = self.subject.prices(epochs) if self._priced else None
        seconds = 0.0 if prices is None else float(prices[place])
        too_long = part.seconds is not None and self.run.seconds + seconds > part.seconds
        if too_long or (part.queries is not None and self.run.queries >= part.queries):
            self.over, self.run.ended = True, "budget"
            return False
        self._answered.add((place, epochs))
        self._free = 0
        self.run.seconds += seconds
        self.run.queries += 1
        return True

    def _look(self, place: int, values: FloatArray, epochs: int | None) -> None:
        """Whether it is the new incumbent, the best of those that were trained longest; or part of the front."""
        if epochs is not None and epochs > self._most_epochs:
            self._most_epochs, self._best = epochs, -np.inf
        if values[0] > self._best and (epochs is None or epochs == self._most_epochs):
            self._best = float(values[0])
            self.run.steps.append((self.run.queries, self.run.seconds, place, self._best))
        if self._checkpoints:
            if np.isfinite(values).all():
                self._looked.append((place, values))
            if self.run.queries >= self._checkpoints[0]:
                self.keep_front()

    def keep_front(self) -> None:
        """What nothing that was looked at surpasses in all that was told, as places."""
        self._checkpoints = [count for count in self._checkpoints if count > self.run.queries]
        unique = dict(self._looked)
        if unique and (not self.run.fronts or self.run.fronts[-1][0] < self.run.queries):
            kept = non_dominated(np.stack(list(unique.values())))
            front = [place for place, stays in zip(unique, kept, strict=True) if stays]
            self.run.fronts.append((self.run.queries, front))
            self._looked = [(place, unique[place]) for place in front]


def play(study: SearchStudy, subject: Subject, searcher: str, run: int) -> Run:
    """Run `run` of a searcher on a part, decided by their names and this number alone.

    Raises:
        ValueError: the searcher cannot serve the space, or a source lacks what it asks for.
    """
    row, told = study.searchers[searcher], study.told(searcher, subject.name)
    random = generator(run, Purpose.SEARCH_RUN, f"{subject.name} {searcher}")
    player = Player(subject, told, run)
    if row.epochs_charged:
        player.charge(row.epochs_charged * subject.seconds_an_epoch)
    places = subject.landmarks(row.landmarks, run) if row.landmarks else []
    first = player.answers([subject.space.to_choices(subject.places.at(place)) for place in places])
    made = row.kind(subject.searched, random, row.chosen(), objectives=1 if row.guide else len(told))
    if row.guide:
        _play_guided(player, made, row.guide)
    else:
        if row.known:
            _tell_known(made, subject, row.known, run)
        if first[0]:
            made.tell(*first)
        _play_alone(player, made)
    if len(told) > 1:
        player.keep_front()
    return player.run


def _play_alone(player: Player, searcher: Searcher) -> None:
    while not player.over:
        asked = searcher.ask()
        if not asked:
            player.run.ended = "it asks for nothing more"
            break
        paid, values = player.answers(asked, searcher.epochs)
        if paid:
            searcher.tell(paid, values)


def _play_guided(player: Player, searcher: Searcher, guide: GuideSection) -> None:
    """Search by scores that are there; then the table is asked for what scores highest, one after the other."""
    subject, scores = player.subject, player.subject.told(guide.scores, player.number)
    search(
        searcher,
        [lambda paths: scores[[subject.place(path) for path in paths]]],
        evaluations=min(guide.evaluations, len(subject.places)),
    )
    finalists = sorted(searcher.seen, key=lambda choices: float(searcher.seen[choices][0]), reverse=True)
    player.answers([choices for choices in finalists if np.isfinite(searcher.seen[choices][0])])
    player.run.ended = player.run.ended or "all that it looked at was asked for"


def refuse_unknowing(searcher: Searcher, names: Sequence[str]) -> None:
    """Raise ValueError unless the searcher has a predictor, which can know scores besides the labels."""
    if not hasattr(searcher, "know"):
        raise ValueError(f"{searcher.name} has no predictor that could know {', '.join(names)}")


def _tell_known(searcher: Any, subject: Subject, names: Sequence[str], run: int) -> None:
    """Give the searcher's predictor scores that it knows besides."""
    architectures = subject.places.architectures()
    known = (KnownScores(architectures, subject.told(name, run), name, name, nan_is_worst=True) for name in names)
    searcher.know(tuple(known))


def checkpoints(queries: int | None) -> list[int]:
    """At how many queries fronts are kept: 20, 50, 100, 200 and so on, and the last."""
    counts = [count * 10**power for power in range(1, 7) for count in (1, 2, 5)][1:]
    return counts if queries is None else [*(count for count in counts if count < queries), queries]
