"""Downloads that can be interrupted, continued and trusted: what `nasrank fetch NAME` does.

What has arrived is kept beside the target as `NAME.part`, and the next attempt asks the server for the rest only. The
target itself appears in one step, and only with the published checksum. No more is taken than the published size. Of
two attempts at once the second waits, and finds the file. An archive is unpacked and removed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nasrank.bench.foundation.files import DataError, check_sha256, remove_abandoned, unfinished
from nasrank.bench.foundation.locks import held
from nasrank.bench.oracles.imports.sources import Archive, ByHand, File, Source

if TYPE_CHECKING:
    import requests

Report = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes there will be."""

_SECONDS_TO_CONNECT, _SECONDS_OF_SILENCE = 10, 60
_BLOCK = 2**16


def fetch(source: Source, folder: Path, *, report: Report = lambda done, total: None) -> Path:
    """Download a source into `folder` and return what is used of it: the file, or the folder of its files.

    Files that are there with the right checksum are not downloaded again, nor is an archive whose folder is there.

    Raises:
        DataError: the source has no stable address, and the message says how to get it by hand; another file has the
            name of one of these; the download failed; what was downloaded is not what was published; the packages of
            the extra `fetch` are missing.
    """
    if isinstance(source, ByHand):
        raise DataError(source.directions)
    total = sum(file.size for file in source.files)
    done = 0
    for file in source.files:
        here = _shifted(report, done, total)
        if file.archive:
            _fetch_archive(file, file.archive, folder / source.folder, here)
        else:
            _fetch_file(file, folder / source.folder, here)
        done += file.size
        report(done, total)
    return folder / source.main


def _fetch_archive(file: File, archive: Archive, folder: Path, report: Callable[[int], None]) -> None:
    from nasrank.bench.oracles.imports.unpacking import unpack

    with held(folder / f".{archive.folder}.lock", f"fetching {archive.folder}", wait=True):
        if (folder / archive.folder).exists():
            _refuse_altered(folder / archive.folder, archive)
            return
        _fetch_file(file, folder, report)
        unpack(folder / file.name, archive, folder)
        (folder / file.name).unlink()


def _refuse_altered(folder: Path, archive: Archive) -> None:
    advice = f"Move {folder} away, and the same command downloads the published one."
    for member in archive.members:
        if not (folder / member.name).is_file():
            raise DataError(f"{folder} lacks {member.name}. {advice}")
        if member.sha256:
            check_sha256(folder / member.name, member.sha256, advice=advice)


def _shifted(report: Report, done: int, total: int) -> Callable[[int], None]:
    return lambda arrived: report(done + arrived, total)


def _fetch_file(file: File, folder: Path, report: Callable[[int], None]) -> None:
    try:
        import pooch
        import requests  # pooch's own dependency
    except ImportError as error:
        raise DataError(f"downloads need the package {error.name}: pip install 'nasrank[fetch]'") from error
    pooch.get_logger().setLevel("WARNING")  # progress is reported here
    target = folder / file.name
    folder, name = target.parent, target.name
    with held(folder / f".{name}.lock", f"downloading {name}", wait=True):
        remove_abandoned(folder)
        if target.exists():
            check_sha256(target, file.sha256, advice="Move it away, and the same command downloads the published one.")
            return
        resuming = _Resuming(folder / f"{name}.part", file.size, report)
        try:
            with unfinished(folder) as here:
                pooch.retrieve(file.url, f"sha256:{file.sha256}", fname=name, path=here, downloader=resuming)
                (here / name).replace(target)
        except requests.RequestException as error:
            raise DataError(
                f"{name} could not be downloaded from {file.url}: {_words(error)}; what has arrived "
                f"({resuming.kept:,} bytes) is kept, and the same command resumes"
            ) from error
        except ValueError as error:  # the download is gone; pooch's words give both checksums
            raise DataError(f"{file.url} was refused: {error}") from error


class _Resuming:
    """A downloader for pooch that continues `part` where an earlier attempt stopped.

    The server's name for the version of the file (a strong ETag) is kept beside it. With `If-Range` the server sends
    the rest only of that version, and of a newer one everything.
    """

    def __init__(self, part: Path, size: int, report: Callable[[int], None]) -> None:
        """`size`: in bytes; no more is taken."""
        self._part = part
        self._size = size
        self._etag = part.with_name(f"{part.name}.etag")
        self._report = report

    @property
    def kept(self) -> int:
        """Size of `part` in bytes."""
        return self._part.stat().st_size if self._part.exists() else 0

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        self._complete(url)
        self._part.replace(output_file)
        self._etag.unlink(missing_ok=True)

    def _complete(self, url: str) -> None:
        import requests

        kept = self.kept
        headers = {"Accept-Encoding": "identity"}  # else lengths would be those of a compressed body
        if kept:
            headers["Range"] = f"bytes={kept}-"
            if self._etag.exists():
                headers["If-Range"] = self._etag.read_text()
        timeout = _SECONDS_TO_CONNECT, _SECONDS_OF_SILENCE
        with requests.get(url, headers=headers, stream=True, timeout=timeout) as answer:
            span = answer.headers.get("Content-Range", "")
            if kept and span == f"bytes */{kept}":  # there is no rest: only the last step was missing
                return
            if kept and answer.status_code in (206, 416) and not span.startswith(f"bytes {kept}-"):
                self._part.unlink()  # what the server has does not continue it
                self._complete(url)
                return
            answer.raise_for_status()
            self._write(answer, "ab" if answer.status_code == 206 else "wb")

    def _write(self, answer: requests.Response, mode: str) -> None:
        with self._part.open(mode) as file:
            if mode == "wb":  # after emptying the part, so that the name never stands beside an older version's bytes
                self._remember(answer.headers.get("ETag", ""))
            announced = answer.headers.get("Content-Length", "")
            room = self._size - file.tell()
            too_much = announced.isdecimal() and int(announced) > room
            blocks = () if too_much else answer.iter_content(_BLOCK)  # urllib3 raises when fewer come than announced
            for block in blocks:
                room -= len(block)
                if room < 0:
                    too_much = True
                    break
                file.write(block)
                self._report(file.tell())
        if too_much:
            self._part.unlink()
            self._etag.unlink(missing_ok=True)
            raise ValueError(f"it sends more than the {self._size:,} bytes that the file is known to have")

    def _remember(self, etag: str) -> None:
        if etag.startswith('"'):  # a weak one, W/"...", does not promise the same bytes
            self._etag.write_text(etag)
        else:
            self._etag.unlink(missing_ok=True)


def _words(error: requests.RequestException) -> str:
    """The reason in a few words: those of requests spell out its inner objects."""
    import requests

    if error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return "no connection to the server, or it broke off"
    return f"{type(error).__name__}: {error}"
