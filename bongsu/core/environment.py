"""The environment variables, in one table: `bongsu doctor`, docs/reference/settings.md and the tests are made from it.

The modules that use a variable read and check its value (web/settings.py for the node's settings).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from bongsu.core.errors import N_, UnknownName, unknown_name


class Reader(Enum):
    """Which part of the project reads a variable. A wrong value of one that the node reads stops the start."""

    NODE = "Node"
    COMMAND = "Command line"
    METER = "Meter"
    DEVELOPMENT = "Tests and benchmarks"


class Variable(NamedTuple):
    """An environment variable. The value of a `secret` one is never shown."""

    name: str
    default: str
    reader: Reader
    sentence: str
    secret: bool = False


_NODE, _COMMAND, _METER, _DEVELOPMENT = Reader

VARIABLES: tuple[Variable, ...] = (
    Variable("BONGSU_NODE", "node", _NODE, N_("The node's folder.")),
    Variable("BONGSU_HOST", "127.0.0.1", _NODE, N_("The address to listen on.")),
    Variable("BONGSU_PORT", "8000", _NODE, N_("The port to listen on.")),
    Variable("BONGSU_WORKERS", "1", _NODE, N_("The number of server processes.")),
    Variable(
        "BONGSU_THREADS",
        "96",
        _NODE,
        N_("The number of requests that one process answers at a time, not counting large answers that it is sending."),
    ),
    Variable(
        "BONGSU_ALLOWED_HOSTS",
        "localhost,127.0.0.1,[::1]",
        _NODE,
        N_("The host names of the node, separated by commas."),
    ),
    Variable(
        "BONGSU_HTTPS",
        "no",
        _NODE,
        N_("Whether the node is served over HTTPS only; cookies and headers then require it."),
    ),
    Variable(
        "BONGSU_DEFAULT_LANGUAGE",
        "en",
        _NODE,
        N_("The language of pages for a browser that asks for no supported language."),
    ),
    Variable(
        "BONGSU_DATABASE",
        "",
        _NODE,
        N_("The database of accounts: a PostgreSQL address, or empty for SQLite in the node's folder."),
        secret=True,
    ),
    Variable(
        "BONGSU_DATABASE_CONNECTIONS",
        "10",
        _NODE,
        N_("The number of connections to PostgreSQL that one server process keeps; further requests wait five seconds."),
    ),
    Variable(
        "BONGSU_SDMX_FORMAT",
        "xml",
        _NODE,
        N_("The format of SDMX data for a client that accepts anything: xml, json or csv."),
    ),
    Variable(
        "BONGSU_CONTACT",
        "",
        _NODE,
        N_("The e-mail address of the node's operators, shown in DCAT and OAI-PMH."),
    ),
    Variable(
        "BONGSU_HOLDINGS_KEY",
        "",
        _NODE,
        N_("The key that encrypts microdata on disk: 64 hexadecimal digits, or the path of a file that contains them."),
        secret=True,
    ),
    Variable(
        "BONGSU_RECORDS_KEY",
        "",
        _NODE,
        N_(
            "The keys that encrypt confidential records of applications, 64 hexadecimal digits each, separated by commas, "
            "or the path of a file with one on each line; the first encrypts."
        ),
        secret=True,
    ),
    Variable(
        "BONGSU_SPARK",
        "",
        _NODE,
        N_("The engine for questions about microdata: a Spark Connect address, or empty for the embedded engine."),
        secret=True,
    ),
    Variable(
        "BONGSU_URL",
        "",
        _NODE,
        N_("The node's public address, such as https://ai.stat.example; links in mails and catalogues start with it."),
    ),
    Variable(
        "BONGSU_PROXY",
        "no",
        _NODE,
        N_("Whether a reverse proxy in front of the node sets X-Forwarded-Proto and X-Forwarded-For, which are then believed."),
    ),
    Variable(
        "BONGSU_NETWORK_PRIVATE",
        "no",
        _NODE,
        N_("Whether peers may have addresses of a private network, and http: for a trial, never on the open network."),
    ),
    Variable(
        "BONGSU_ASK_SOURCES",
        "yes",
        _NODE,
        N_("Whether “bongsu take” and “bongsu tend” ask the sources for their newest files; if not, shipped copies serve."),
    ),
    Variable(
        "BONGSU_SOURCE_KEYS",
        "",
        _NODE,
        N_("Keys that publishers gave for their sources, as name=key, separated by commas."),
        secret=True,
    ),
    Variable(
        "BONGSU_MAIL",
        "",
        _NODE,
        N_("The mail server: smtp://user:password@host:587 (STARTTLS), smtps://…:465, or empty to keep mail in the outbox."),
        secret=True,
    ),
    Variable("BONGSU_MAIL_FROM", "", _NODE, N_("The address that the node's mail comes from.")),
    Variable("BONGSU_SIGN_UP", "yes", _NODE, N_("Whether people who were not invited may make an account: yes or no.")),
    Variable(
        "BONGSU_BACKUP",
        "",
        _NODE,
        N_("The folder for daily copies of the database of accounts (SQLite), made by “bongsu tend”; empty for none."),
    ),
    Variable(
        "BONGSU_OIDC_ISSUER",
        "",
        _NODE,
        N_("The address of the OpenID Connect provider with which people may sign in; empty for none."),
    ),
    Variable("BONGSU_OIDC_CLIENT", "", _NODE, N_("The node's client id at the OpenID Connect provider.")),
    Variable("BONGSU_OIDC_SECRET", "", _NODE, N_("The node's client secret at the OpenID Connect provider."), secret=True),
    Variable("BONGSU_OIDC_NAME", "OpenID Connect", _NODE, N_("The provider's name on the button of the sign-in page.")),
    Variable("BONGSU_DEBUG", "no", _NODE, N_("Whether error pages show source code. For developers, never in production.")),
    Variable(
        "BONGSU_LANGUAGE", "", _COMMAND, N_("The language of the command line, such as en, ko or fr; empty for the system's.")
    ),
    Variable("LC_ALL", "", _COMMAND, N_("The language of the system, first choice.")),
    Variable("LC_MESSAGES", "", _COMMAND, N_("The language of the system, second choice.")),
    Variable("LANG", "", _COMMAND, N_("The language of the system, third choice.")),
    Variable("_BONGSU_COMPLETE", "", _COMMAND, N_("Set by the completion script when the shell asks for completions.")),
    Variable(
        "BONGSU_TOKEN",
        "",
        _METER,
        N_("The token with which “bongsu meter --send” signs in to the node that gets the report."),
        secret=True,
    ),
    Variable(
        "BONGSU_TOKEN_FILE", "", _METER, N_("The file that contains the token; empty for bongsu/token in XDG_CONFIG_HOME.")
    ),
    Variable(
        "BONGSU_ALLOW_HTTP", "", _METER, N_("1 to send reports over HTTP without encryption, in a network that is trusted.")
    ),
    Variable("BONGSU_METER", "", _METER, N_("Set by “bongsu meter” for its command: the id of the outer measurement.")),
    Variable("XDG_CONFIG_HOME", "~/.config", _METER, N_("The folder of configuration files.")),
    Variable("XDG_STATE_HOME", "~/.local/state", _METER, N_("The folder of reports that are not sent yet.")),
    Variable(
        "BONGSU_DATA", "", _DEVELOPMENT, N_("A folder with the publishers' whole files; empty to use the excerpts only.")
    ),
    Variable("CI", "", _DEVELOPMENT, N_("true if a part that is missing must fail the tests instead of skipping them.")),
    Variable("ROWS", "", _DEVELOPMENT, N_("The number of rows that a benchmark makes.")),
    Variable("SECONDS", "60", _DEVELOPMENT, N_("The duration of the benchmark of SDMX queries, in seconds.")),
    Variable("BENCH_SECONDS", "45", _DEVELOPMENT, N_("The duration of the metered work in the benchmark, in seconds.")),
    Variable(
        "BENCH_QUESTION", "", _DEVELOPMENT, N_("Set by the benchmark of SDMX queries: the response that its server repeats.")
    ),
    Variable("SPARK", "", _DEVELOPMENT, N_("Any text, to include Spark in the benchmark of the desk.")),
    Variable("BASELINE", "", _DEVELOPMENT, N_("The checkout that the benchmark of command start-up compares with.")),
    Variable(
        "CODECARBON_PYTHON", "", _DEVELOPMENT, N_("A Python with CodeCarbon, which the benchmark compares the meter with.")
    ),
)  # fmt: skip


def list_set_variables(environment: Mapping[str, str]) -> list[tuple[Variable, str]]:
    """Returns the BONGSU variables of the table that `environment` sets, with their values; those of secrets as "…"."""
    return [
        (row, "…" if row.secret else environment[row.name])
        for row in VARIABLES
        if row.name.startswith("BONGSU_") and row.name in environment
    ]


def list_unknown_variables(environment: Mapping[str, str]) -> list[UnknownName]:
    """Returns an error for every variable named BONGSU_… that no part of the project reads, with the nearest names."""
    known = {row.name for row in VARIABLES if row.name.startswith("BONGSU_")}
    names = sorted(name for name in environment if name.startswith("BONGSU_") and name not in known)
    return [unknown_name(N_("setting"), name, known) for name in names]
