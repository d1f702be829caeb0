"""Runs questions about microdata on a Spark cluster, for data too large for one machine. Ibis compiles the SQL.

The cluster reads the Parquet file of the holding at the node's own path, so both need a shared file system. It returns sums,
like the embedded engine. Encrypted holdings are not supported, because every worker would need the key. Starting a cluster is
left to the operator.
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
    """Compiles an expression to Spark SQL."""
    import ibis

    _ = ibis.pyspark  # registers options that the dialect reads
    return str(ibis.to_sql(expression, dialect="pyspark"))


def create_spark_engine(address: str) -> Run:
    """Returns a function that runs an expression at a Spark Connect address ("sc://host:15002").

    Raises PartMissing if the extra is not installed. The function raises Unreachable, and Misconfigured for an encrypted
    holding.
    """
    # This module uses pandas only for a frame of two columns.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
    try:
        from pyspark.sql.connect.session import SparkSession
    except ImportError:
        raise PartMissing(
            N_("A Spark cluster needs the extra “spark”, which is not installed."),
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
    """Raises OSError if the address does not accept connections; the client itself would retry for minutes."""
    parts = urlsplit(address)
    socket.create_connection(
        (parts.hostname or "localhost", parts.port or DEFAULT_PORT), timeout=CONNECT_TIMEOUT
    ).close()
