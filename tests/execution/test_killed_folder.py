"""Workers and drivers of a shared folder that are killed at random: all is done, once, as a local run does it.

The size of the study is NASRANK_TRIALS_KILLED; the measurement of 1,000 trials of half a second is

    NASRANK_TRIALS_KILLED=1000 pytest -m slow -s tests/execution/test_killed_folder.py -k killed_at_random
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from remote_tasks import nap
from tiny import TINY

from nasrank.bench.execution import Resources, Watch
from nasrank.bench.execution.shared_folder import Workers
from nasrank.bench.execution.shared_folder.standing import standing_of
from nasrank.bench.foundation import plugins

ROOT = Path(__file__).parents[2]

TRIALS = int(os.environ.get("NASRANK_TRIALS_KILLED", "80"))
WORKERS = 8
LEASE = "10"

SLEEPY = """
import os
import time

from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.strategies.spos import SinglePathOneShot


@STRATEGIES.register
class Sleepy(SinglePathOneShot):
    name = "sleepy"
    label = "SPOS that sleeps"

    def accumulate(self, step):
        time.sleep(float(os.environ["SLEEP"]) / 4)
        return super().accumulate(step)
"""

pytestmark = pytest.mark.slow

NASRANK = """
import signal
from nasrank.bench.commands.main import main
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell started the tests with &
    main()
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `nasrank` in `tmp_path`, where what it says goes to a file; whatever is left is killed in the end."""
    processes = []

    def begin(log: str, *words: object, sleep: float = 0.5) -> subprocess.Popen[str]:
        paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "execution")))
        environment = {**os.environ, "PYTHONPATH": paths, "NASRANK_CACHE": str(tmp_path / "cache"), "SLEEP": f"{sleep}"}
        environment.pop(plugins.VARIABLE, None)
        with (tmp_path / log).open("a") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", NASRANK, *map(str, words)],
                env=environment,
                cwd=tmp_path,
                start_new_session=True,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
            )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def write_study(folder: Path, trials: int) -> None:
    """So many trials: rows that differ in their learning rate, with a few seeds each."""
    seeds = min(20, trials // 2)
    study = TINY.replace('["spos"]', '["sleepy"]').replace("seeds = [0, 1]", f"seeds = {list(range(seeds))}", 1)
    study += '[estimators]\nbaselines = ["label_matched"]\n'
    for place in range(1, trials // 2 // seeds):
        study += f'[variants.rate{place}]\nstrategy = "sleepy"\nlabel = "rate {place}"\n'
        study += f"training = {{ learning_rate = {place / 1000} }}\n"
    (folder / "study.toml").write_text(study)
    (folder / "sleepy.py").write_text(SLEEPY)


def results(folder: Path) -> dict[str, str]:
    """Of every trial and estimate, without how long it took."""
    texts = {path.name: path.read_text() for path in (folder / "results").glob("*.json")}
    times = r'^ "(seconds": {[^}]*}|phases": \[[^\]]*\]),?$'
    return {name: re.sub(times, "", text, flags=re.MULTILINE) for name, text in texts.items()}


def said_done(folder: Path) -> list[str]:
    """Names of what workers say they have done, as often as they say so."""
    return [
        name for path in folder.glob("worker*.log") for name in re.findall(r"^(\S+): done \(", path.read_text(), re.M)
    ]


def nearly_given_up(log: str) -> set[str]:
    """Trials under way whose worker was killed three times in turn: after five times, chance or not, none is tried."""
    taken_over = Counter(re.findall(r"^(\S+): \S+ takes it over", log, re.M))
    finished = re.findall(r"^(\S+) +[\d,]+ passes in", log, re.M)
    return {name for name, times in taken_over.items() if times >= 3}.difference(finished)


def until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


WORDS = ("run", "study.toml", "--plugin", "sleepy.py")


def test_workers_that_are_killed_at_random_and_started_again_do_all_of_a_study(start: Start, tmp_path: Path) -> None:
    write_study(tmp_path, TRIALS)
    driver = start("driver.log", *WORDS, "--executor", "workers", "--lease", LEASE, "--out", "out", "--work", "one")

    def worker(number: int) -> subprocess.Popen[str]:
        return start(f"worker{number}.log", "work", "out", "--plugin", "sleepy.py")

    choice, kills, begun = random.Random(0), 0, time.monotonic()
    workers = [worker(number) for number in range(WORKERS)]
    until(lambda: said_done(tmp_path))
    while "trials are finished\n" not in (tmp_path / "driver.log").read_text():
        assert driver.poll() is None, (tmp_path / "driver.log").read_text()
        time.sleep(choice.uniform(1.0, 3.0))
        place = choice.randrange(WORKERS)
        if workers[place].poll() is None and not nearly_given_up((tmp_path / "driver.log").read_text()):
            workers[place].kill()
            kills += 1
            workers[place] = worker(place)
    seconds = time.monotonic() - begun
    code, log = driver.wait(600), (tmp_path / "driver.log").read_text()
    assert code == 0, log
    taken_over = log.count("takes it over, as")
    for one in workers:  # those that were about to begin find nothing, and would wait for a driver
        if one.poll() is None:
            one.terminate()
    ends = {0, 128 + signal.SIGTERM, 130, -signal.SIGTERM}  # the last two while it imports
    assert {one.wait(60) for one in workers} <= ends

    local = start("local.log", *WORDS, "--jobs", 2, "--out", "local", "--work", "two", sleep=0.0)
    assert local.wait(3600) == 0, (tmp_path / "local.log").read_text()
    assert results(tmp_path / "out") == results(tmp_path / "local")
    assert len(list((tmp_path / "out" / "results").glob("*-seed*.json"))) == TRIALS
    twice = len(said_done(tmp_path)) - len(set(said_done(tmp_path)))
    assert twice == 0
    print(f"\n{TRIALS} trials: {seconds:.0f} s, {kills} workers killed, {taken_over} trials taken over")
    assert kills > TRIALS // 40
    assert taken_over


def test_a_driver_that_is_killed_is_started_again_and_nothing_is_run_twice(start: Start, tmp_path: Path) -> None:
    write_study(tmp_path, 16)
    words = (*WORDS, "--executor", "workers", "--lease", LEASE, "--out", "out", "--work", "one")
    driver = start("driver.log", *words)
    worker = start("worker0.log", "work", "out", "--plugin", "sleepy.py")
    stored = lambda: list(tmp_path.glob("one/*/sleepy-*.json"))  # noqa: E731
    until(lambda: len(stored()) > 2)
    driver.kill()
    driver.wait()
    done = len(said_done(tmp_path))
    until(lambda: len(said_done(tmp_path)) > done + 2)  # it goes on without a driver
    assert start("driver.log", *words).wait(120) == 0, (tmp_path / "driver.log").read_text()
    assert worker.wait(60) == 0
    assert len(said_done(tmp_path)) == len(set(said_done(tmp_path))) == 16 + 8
    assert "trials are finished already" in (tmp_path / "driver.log").read_text()


@pytest.fixture
def executor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    monkeypatch.setenv(plugins.VARIABLE, "remote_tasks")
    plugins.load()
    made = Workers.with_resources(Resources(folder=tmp_path / "out", lease=600.0))
    yield made
    made.close()


def test_a_worker_that_is_asked_to_end_lets_another_have_its_task_at_once(
    start: Start, executor: Workers, tmp_path: Path
) -> None:
    """Though the lease is of ten minutes."""
    words = ("work", "out", "--plugin", "remote_tasks")
    first = start("worker1.log", *words)

    class Ends(Watch):
        def progress(self, _task: str, share: float, _figures: object = None) -> None:
            if share > 0.2 and first.poll() is None:
                first.terminate()
                assert first.wait(30) == 128 + signal.SIGTERM
                start("worker2.log", *words)

    with executor:
        executor.submit("a nap", nap, 8.0)
        begun = time.monotonic()
        assert [outcome.result for outcome in executor.outcomes(Ends())] == [8.0]
        assert time.monotonic() - begun < 100
    assert "a nap: given up after" in (tmp_path / "worker1.log").read_text()
    assert "a nap: done" in (tmp_path / "worker2.log").read_text()


def test_workers_of_a_driver_end_with_it_and_those_of_others_when_they_are_told_to(
    start: Start, tmp_path: Path
) -> None:
    write_study(tmp_path, 400)
    words = (*WORDS, "--executor", "workers", "--jobs", 1, "--out", "out", "--work", "one")
    driver, worker = start("driver.log", *words), start("worker0.log", "work", "out", "--plugin", "sleepy.py")
    until(lambda: len(standing_of(tmp_path / "out").workers) == 2)
    until(lambda: sum(task.state == "running" for task in standing_of(tmp_path / "out").tasks) == 2)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(60) == 130
    said = (tmp_path / "driver.log").read_text()
    assert "1 worker(s) go on with what is planned" in said
    assert "nasrank work out --stop" in said
    until(lambda: len(standing_of(tmp_path / "out").workers) == 1)
    assert worker.poll() is None
    assert start("stop.log", "work", "out", "--stop").wait(60) == 0
    assert worker.wait(60) == 0
    assert standing_of(tmp_path / "out").workers == ()
    assert not any(task.state == "running" for task in standing_of(tmp_path / "out").tasks)
