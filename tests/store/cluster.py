"""A Spark cluster on this machine for tests: a Connect server and two workers, each in its own process."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 90
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@contextmanager
def cluster() -> Iterator[str]:
    """Starts the cluster and yields its address. Each worker has one core and 1 GiB."""
    import pyspark

    home = Path(pyspark.__file__).parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": 2,
        "spark.sql.adaptive.enabled": "false",
        # The data are small: compiling for them takes longer than interpreting.
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.codegen.wholeStage": "false",
        "spark.driver.extraJavaOptions": JAVA,
        "spark.executor.extraJavaOptions": JAVA,
    }
    words = [str(home / "bin" / "spark-submit"), "--master", "local-cluster[2,1,1024]", "--driver-memory", "1g"]
    words += [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    words += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                words, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _wait(process, port)
            yield f"sc://127.0.0.1:{port}"
        finally:
            _hang_up()
            os.killpg(process.pid, 15)
            process.wait(timeout=30)


def _hang_up() -> None:
    """Ends the session while the server is running; otherwise the client retries for minutes at exit."""
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        session.stop()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(SECONDS * 5):
        assert process.poll() is None, "Spark did not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(f"Spark did not listen within {SECONDS} s")
