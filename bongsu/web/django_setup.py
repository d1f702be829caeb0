"""Sets up Django for the commands that use the database of records, and migrates that database."""

from __future__ import annotations

import os
from pathlib import Path


def setup_django(node: Path) -> None:
    """Sets Django up for the node in `node`. Raises Misconfigured for a wrong setting."""
    os.environ["BONGSU_NODE"] = str(node)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bongsu.web.settings"
    import django as framework

    framework.setup()


def has_database(node: Path) -> bool:
    """Whether the node has a database of records, without making one."""
    return bool(os.environ.get("BONGSU_DATABASE")) or (node / "records.sqlite3").exists()


def prepare_django(node: Path) -> None:
    """Sets Django up and migrates the database of records to this version."""
    setup_django(node)
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(
        executor.loader.graph.leaf_nodes()
    ):  # "migrate" takes three times as long to find nothing
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)


def write_static_files() -> None:
    """Writes the static files of the pages into the node's folder, after `setup_django`: takes seconds in a new node."""
    from django.conf import settings
    from django.core.management import call_command

    from bongsu.web import vega_bundle

    call_command("collectstatic", interactive=False, verbosity=0)
    vega_bundle.write_bundle(settings.STATIC_ROOT)


def prepare_memory(node: Path) -> None:
    """Sets Django up with an empty database of records in memory, which ends with the process."""
    os.environ.pop("BONGSU_DATABASE", None)
    setup_django(node)
    from django.conf import settings
    from django.core.management import call_command

    settings.DATABASES["default"]["NAME"] = ":memory:"
    call_command("migrate", interactive=False, verbosity=0)
