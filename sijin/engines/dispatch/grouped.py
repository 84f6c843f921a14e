"""A task done for many parcels at once: on this machine's processes, or on Apache Spark as a grouped map.

Both give the same answers in the same order; what a task answers depends on its parcel alone.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

from sijin.engines.dispatch.parcels import Parcel, from_bytes, to_bytes
from sijin.engines.dispatch.parts import TASKS

Heard = Callable[[int], bool]  # hears how many parcels are done; True asks to hurry
Hurry = Callable[[Parcel], Parcel]  # what becomes of a parcel that is not begun when hurry is asked for
ENGINES = ("local", "spark")
BEAT = 0.3  # seconds between two signs of life
SCHEMA = "part int, name string, content binary"


class Local:
    """Processes of this machine; one worker is this process itself."""

    def __init__(self, workers: int) -> None:
        self.workers = max(1, workers)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "Local":
        if self.workers > 1:
            self._pool = ProcessPoolExecutor(self.workers, multiprocessing.get_context("spawn"))
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(self, task: str, parcels: Sequence[Parcel], heard: Heard, hurry: Hurry) -> list[Parcel]:
        """Return the answers in the order of the parcels; parcels that are larger are best given first."""
        if self._pool is None:
            found = []
            for n, parcel in enumerate(parcels):
                found.append(TASKS[task](hurry(parcel) if heard(n) else parcel))
            return found
        waiting: dict[Future[Parcel], int] = {}
        answers: dict[int, Parcel] = {}
        coming = iter(enumerate(parcels))
        while len(answers) < len(parcels):
            hurried = heard(len(answers))
            while len(waiting) < self.workers + 1 and (following := next(coming, None)) is not None:
                n, parcel = following
                waiting[self._pool.submit(TASKS[task], hurry(parcel) if hurried else parcel)] = n
            done, _ = wait(waiting, timeout=BEAT, return_when=FIRST_COMPLETED)
            for future in done:
                answers[waiting.pop(future)] = future.result()
        return [answers[n] for n in range(len(parcels))]


class Spark:
    """A Spark session: the caller's, the active one, or one of all cores of this machine."""

    def __init__(self, session: Any = None) -> None:
        self.session, self._own = session, False

    def __enter__(self) -> "Spark":
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise ImportError("Spark is not installed: pip install 'sijin[spark]'") from error
        if self.session is None:
            self.session = SparkSession.getActiveSession()
        if self.session is None:
            self._own = True
            root = str(Path(__file__).resolve().parents[3])
            paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
            self.session = (
                SparkSession.builder.master(os.environ.get("SPARK_MASTER", "local[*]"))
                .appName("sijin dispatch")
                .config("spark.ui.enabled", "false")
                .config("spark.executorEnv.PYTHONPATH", paths)
                .getOrCreate()
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._own:
            self.session.stop()

    def map(self, task: str, parcels: Sequence[Parcel], heard: Heard, hurry: Hurry) -> list[Parcel]:
        """Return the answers in the order of the parcels; each parcel is one partition."""
        if not parcels:
            return []
        if heard(0):
            parcels = [hurry(parcel) for parcel in parcels]
        rows = [
            (n, name, bytearray(to_bytes(table))) for n, parcel in enumerate(parcels) for name, table in parcel.items()
        ]
        tables = self.session.createDataFrame(rows, SCHEMA).repartitionByRange(len(parcels), "part")
        answers: list[Parcel] = [{} for _ in parcels]
        for row in tables.groupBy("part").applyInArrow(_carried(task), SCHEMA).collect():
            answers[row["part"]][row["name"]] = from_bytes(row["content"])
        heard(len(parcels))
        return answers


def _carried(task: str) -> Any:
    """Return the task as Spark calls it: the tables of one parcel as an Arrow table of rows (part, name, content)."""
    import pyarrow as pa

    def carried(table: pa.Table) -> pa.Table:
        part = table.column("part")[0].as_py()
        names, contents = table.column("name").to_pylist(), table.column("content").to_pylist()
        answer = TASKS[task]({n: from_bytes(c) for n, c in zip(names, contents, strict=True)})
        return pa.table({
            "part": pa.array([part] * len(answer), pa.int32()),
            "name": pa.array(list(answer), pa.string()),
            "content": pa.array([to_bytes(own) for own in answer.values()], pa.binary()),
        })  # fmt: skip

    return carried


def engine(name: str, workers: int, session: Any = None) -> Local | Spark:
    """Return the engine of this name (of ENGINES)."""
    if name not in ENGINES:
        raise ValueError(f"engine {name!r}: expected {' or '.join(ENGINES)}")
    return Spark(session) if name == "spark" else Local(workers)
