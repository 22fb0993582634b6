"""What Ctrl-C and a request to terminate do: the first ends the program in good order, and no further one hurries it.

A terminal sends Ctrl-C to all of a program's processes, and a program that runs it, such as tox, sends another one to
the first of them. Were that to end what cleans up after the first, workers would go on, and what they share be left.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ended_once() -> Iterator[None]:
    """Within the block the first of these signals raises KeyboardInterrupt, and from then on they are ignored.

    Without one, everything is as before after the block. Signals that are ignored stay so, as those of a program in the
    background, and in a thread other than the main one, which signals do not reach, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in taken:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in taken.items():
            if signal.getsignal(number) is _end:
                signal.signal(number, handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


class Ending(threading.Event):
    """Set when a program is asked to end, by one that ends where it stands well.

    Attributes:
        signal: the number of the signal that asked; 0 as long as none has.
    """

    signal = 0


@contextmanager
def asked_to_end() -> Iterator[Ending]:
    """Within the block these signals interrupt nothing: they set what it yields. Signals that are ignored stay so."""
    ending = Ending()

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        ending.signal = number
        ending.set()

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in taken:
        signal.signal(number, ask)
    try:
        yield ending
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)
