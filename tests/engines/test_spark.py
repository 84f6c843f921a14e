"""Apache Spark gives the plans that this machine's processes give: a local cluster of two workers, people and sites."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sijin.engines import dispatch
from tests.engines.test_apart import campaign, same

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A cluster of two workers with a core and a gigabyte each; skip, or fail under CI, where there is no Spark."""
    missing = [] if shutil.which("java") else ["Java"]
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        missing.append("PySpark")
    if missing:
        words = f"{' and '.join(missing)} not installed: the tests on Apache Spark cannot run"
        pytest.fail(words) if os.environ.get("CI", "").lower() in ("1", "true") else pytest.skip(words)
    paths = os.pathsep.join([str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)])
    os.environ["PYSPARK_PYTHON"] = sys.executable
    made = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .appName("sijin tests")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.executorEnv.PYTHONPATH", paths)
        .getOrCreate()
    )
    yield made
    made.stop()


def test_spark_and_local_plans_are_equal(session: Any) -> None:
    problem = campaign(3)
    local = dispatch.plan_apart(problem, "county", workers=1, effort=1)
    told: list[str] = []
    spark = dispatch.plan_apart(
        problem, "county", engine="spark", session=session, effort=1,
        progress=lambda done, total, words: told.append(words),
    )  # fmt: skip
    assert same(local, spark) and {"regions", "borders", "reasons"} <= set(told)
    sites = local.postings.height
    assert sites == 36 and local.measures["regions"] == 2
