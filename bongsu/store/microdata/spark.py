"""The same questions on a Spark cluster, where a node outgrows one machine: Ibis writes the SQL, Spark Connect runs it.

The cluster reads the holding's Parquet where the node keeps it, so both see the same path (a shared file system). What comes
back are sums, as from the embedded engine. Left out: encrypted holdings, whose key would have to travel to every worker,
and starting a cluster.
"""

from __future__ import annotations

import socket
import threading
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bongsu.core.errors import N_, Misconfigured, PartMissing, Unreachable
from bongsu.store.microdata.expressions import HOLDING_TABLE

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Run = Callable[[ir.Table, Any, Mapping[str, pa.Table]], pa.Table]

DEFAULT_PORT = 15_002  # Spark Connect's own
CONNECT_TIMEOUT = 5.0
_SESSION_LOCK = threading.Lock()  # temporary views are named per session


def compile_spark_sql(expression: ir.Expr) -> str:
    """An expression in Spark's words."""
    import ibis

    _ = ibis.pyspark  # its dialect reads options that only this brings
    return str(ibis.to_sql(expression, dialect="pyspark"))


def create_spark_engine(address: str) -> Run:
    """The engine at a Spark Connect address ("sc://host:15002").

    Raises PartMissing without the extra, and when it is asked: Unreachable, Misconfigured for an encrypted holding.
    """
    # What is used here of pandas is a frame of two columns.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
    try:
        from pyspark.sql.connect.session import SparkSession
    except ImportError:
        raise PartMissing(
            N_("Asking a Spark cluster needs the extra “spark”, which is not installed."),
            fix=N_('Install it: pip install "bongsu[node,spark]".'),
        ) from None

    def run(expression: ir.Table, holding: Any, scores: Mapping[str, pa.Table]) -> pa.Table:
        if not isinstance(holding, str):
            raise Misconfigured(
                N_("Only the embedded engine can read an encrypted holding."),
                fix=N_("Leave BONGSU_SPARK empty for questions about it."),
            )
        from grpc import RpcError

        with _SESSION_LOCK:
            try:
                _check_reachable(address)
                session: Any = SparkSession.builder.remote(address).getOrCreate()
                session.read.parquet(holding).createOrReplaceTempView(HOLDING_TABLE)
                for name, table in scores.items():
                    session.createDataFrame(table).createOrReplaceTempView(f"scores_{name}")
                answer: pa.Table = session.sql(compile_spark_sql(expression)).toArrow()
            except (RpcError, OSError):
                raise Unreachable(N_("The Spark cluster at {address} does not answer."), address=address) from None
        return answer

    return run


def _check_reachable(address: str) -> None:
    """Raises OSError where nobody listens: the client itself would try for minutes."""
    parts = urlsplit(address)
    socket.create_connection(
        (parts.hostname or "localhost", parts.port or DEFAULT_PORT), timeout=CONNECT_TIMEOUT
    ).close()
