"""What studies that train no super-nets have measured, in the folders of their reports: the study, and one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.files import DataError, replacing
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.studies.sections import Section

if TYPE_CHECKING:
    import pandas as pd

M = TypeVar("M", bound=Section)


class Kept(Generic[M]):
    """The study and the table in a folder that need not exist yet. What else lies there is left alone.

    Args:
        folder: of the report.
        file: name of the table, by which kinds of studies are told apart.
        model: what the study is.
    """

    def __init__(self, folder: Path, file: str, model: type[M]) -> None:
        self._study = folder / "results" / "study.json"
        self._table = folder / "results" / file
        self._model = model

    @property
    def is_there(self) -> bool:
        """Whether both are."""
        return self._study.is_file() and self._table.is_file()

    def write(self, study: M, table: pd.DataFrame, about: Mapping[str, Any]) -> None:
        """Write both, each file whole or not at all.

        Args:
            about: what else there is to say, as JSON holds it; versions are added.
        """
        self._table.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self._table) as temporary:
            table.to_parquet(temporary, index=False, compression="zstd")
        write_json(self._study, {"study": study.model_dump(mode="json"), "versions": environment(), **about})

    def read(self, columns: Sequence[str], about: Sequence[str] = ()) -> tuple[M, pd.DataFrame, dict[str, Any]]:
        """The study, its table, and what else was said, `versions` among it.

        Args:
            columns: that the table must have.
            about: keys that must be there.

        Raises:
            DataError: they are not there, or are not what was written.
        """
        content = read_json(self._study)
        with self.as_written():
            study = self._model.model_validate(content["study"])
            versions = {str(name): str(version) for name, version in content["versions"].items()}
            said = {"versions": versions, **{key: content[key] for key in about}}
        return study, self._read_table(columns), said

    @contextmanager
    def as_written(self) -> Iterator[None]:
        """Within it, what is read is what was written, or there is a DataError."""
        try:
            yield
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{self._study} is not as this version writes it: {error}") from None

    def refuse_missing(self, table: pd.DataFrame, columns: Sequence[str]) -> None:
        """Raise DataError where a table that was read lacks columns."""
        if missing := [name for name in columns if name not in table.columns]:
            raise DataError(f"{self._table} lacks the columns {', '.join(missing)}")

    def _read_table(self, columns: Sequence[str]) -> pd.DataFrame:
        import pandas as pd

        try:
            table = pd.read_parquet(self._table)
        except (OSError, ValueError) as error:
            raise DataError(f"{self._table} is no table of results: {error}") from error
        self.refuse_missing(table, columns)
        return table
