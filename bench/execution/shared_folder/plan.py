"""What the driver says of its plan: for whom it is, which versions and plugins made it, and whether there is more.

Results depend on versions, and tasks on plugins, so a worker that has others refuses. It never imports a plugin because
the folder says so: whoever starts it names those that he trusts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nasrank.bench.execution.shared_folder.files import read, replace
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.describing import describe, listed
from nasrank.bench.foundation.environment import environment

OPEN = "open"
"""There are tasks to do."""

BETWEEN = "between"
"""All tasks are done, and the driver makes further ones of what they found."""

CLOSED = "closed"
"""All is done: workers leave."""

_STATES = (OPEN, BETWEEN, CLOSED)


@dataclass(frozen=True)
class Plan:
    """Of one run of a driver.

    Attributes:
        token: no other run has it.
        state: OPEN, BETWEEN or CLOSED.
        lease: seconds without a sign of life after which an attempt is taken over.
        environment: versions, as results record them.
        plugins: checksums of those that the driver was given, by name.
    """

    token: str
    state: str
    lease: float
    environment: Mapping[str, str]
    plugins: Mapping[str, str]

    def write(self, path: Path) -> None:
        """Replace the plan that is there."""
        replace(path, {"format": 1, **asdict(self)})

    @classmethod
    def read(cls, path: Path) -> Plan | None:
        """The plan of a file; None where there is none. ValueError when it is damaged."""
        content = read(path)
        if content is None:
            return None
        try:
            return cls(
                token=_text(content["token"]),
                state=_STATES[_STATES.index(content["state"])],
                lease=_positive(content["lease"]),
                environment=_texts(content["environment"]),
                plugins=_texts(content["plugins"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged: it is no plan: {error}") from error

    def refuse_others(self, folder: Path) -> None:
        """Raise ValueError where this process has other versions, or lacks a plugin; the message says what to do."""
        mine = environment()
        if different := [name for name, one in self.environment.items() if mine.get(name) != one]:
            there, here = ({name: known.get(name) for name in different} for known in (self.environment, mine))
            raise ValueError(
                f"this worker differs from the driver of {folder} in {listed(different)}: the driver has "
                f"{describe(there)}, and this worker {describe(here)}; results depend on that, so install the same"
            )
        known = plugins.fingerprints()
        if missing := [name for name in self.plugins if name not in known]:
            options = " ".join(f"--plugin {name}" for name in self.plugins)
            raise ValueError(
                f"the driver of {folder} has the plugin {listed(missing)}; if you trust it, start this worker with: "
                f"nasrank work {folder} {options}"
            )
        if others := [name for name, checksum in self.plugins.items() if known[name] != checksum]:
            raise ValueError(
                f"the plugin {listed(others)} is another one here than where the driver of {folder} runs: take the "
                "same file"
            )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{describe(value)} is no text")
    return value


def _texts(value: Any) -> dict[str, str]:
    return {_text(name): _text(one) for name, one in dict(value).items()}


def _positive(value: Any) -> float:
    if not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"{describe(value)} is no number of seconds")
    return float(value)
