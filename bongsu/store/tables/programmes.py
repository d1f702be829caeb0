"""Finds the installed programmes and reads their tables: how each presents itself, its dataflows, and their recipes.

A programme is a Python package that its distribution names under the entry point group `bongsu.programmes`. It has
`programme.toml` and a folder `dataflows` with two files for each dataflow, named by its id in lower case: a TOML file says
what the figures are and by which method they are made, a module has the `RECIPE`. Bongsu's own programmes are found the
same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from bongsu.core.codes import CodeList
from bongsu.core.correction import Correction, parse_correction
from bongsu.core.document_shape import convert_document
from bongsu.core.errors import N_, BadInput, BongsuError, Missing, unknown_name
from bongsu.core.programme import Programme, ProgrammeInfo, Recipe, StorySection, order_recipes
from bongsu.core.structure import DEFAULT_POLICY, Concept, Dataflow, Names, parse_dataflow
from bongsu.core.text import Text
from bongsu.core.text_files import decode_text, parse_toml
from bongsu.store.tables.definitions import RevisionPolicy, concepts, revision_policies
from bongsu.store.tables.method_tables import MethodRecord, parse_method
from bongsu.store.tables.own_definitions import CodeListTable, ConceptTable, parse_definitions

_CORRECTIONS = "corrections.toml"
ENTRY_POINTS = "bongsu.programmes"
OWN_PROGRAMME = "own"  # the dataflows of the institution itself, which a node defines and no package
_OWN_PACKAGE = "bongsu.store.own_flows"
_BONGSU = ("energy", "work", "commons")  # the order in which pages list them; others follow by name
_NAME = re.compile(r"[a-z][a-z0-9-]*")


def programme_packages() -> Mapping[str, str]:
    """The packages of the installed programmes that can be read, by the programme's name."""
    return _scan_packages()[0]


def find_distributions() -> list[str]:
    """Returns the names of the distributions that install programmes, sorted."""
    return sorted({entry.dist.name for entry in entry_points(group=ENTRY_POINTS) if entry.dist})


def list_programme_problems() -> list[BongsuError]:
    """Returns what is wrong with installed programmes. Those whose tables cannot be read are left out everywhere."""
    problems = list(_scan_packages()[1])
    for name in programme_packages():
        try:
            read_programme(name)
        except BongsuError as error:
            problems.append(error)
    return problems


@lru_cache(maxsize=1)
def _scan_packages() -> tuple[Mapping[str, str], tuple[BongsuError, ...]]:
    """Returns the programmes' packages by name, and what is wrong with those that are left out."""
    named: dict[str, set[str]] = {OWN_PROGRAMME: {_OWN_PACKAGE}}
    for entry in entry_points(group=ENTRY_POINTS):
        named.setdefault(entry.name, set()).add(entry.value)
    found = {name: f"bongsu.{name}" for name in _BONGSU if f"bongsu.{name}" in named.get(name, ())}
    problems: list[BongsuError] = []
    for name, packages in sorted(named.items()):
        try:
            if len(packages) > 1:
                raise BadInput(
                    N_("More than one package defines the programme “{name}”: {packages}."),
                    fix=N_("Uninstall all but one, or choose another name."),
                    name=name,
                    packages=", ".join(sorted(packages)),
                )
            if name not in found and name != OWN_PROGRAMME:
                (package,) = packages
                _check_tables(name, package, {**found, OWN_PROGRAMME: _OWN_PACKAGE})
                found[name] = package
        except BongsuError as error:
            problems.append(error)
    return MappingProxyType(found), tuple(problems)


def _check_tables(name: str, package: str, others: Mapping[str, str]) -> None:
    """Raises if a table of a package is wrong, or describes what another package describes; `others` are these by name."""
    if not _NAME.fullmatch(name):
        raise BadInput(
            N_("“{name}” is not a valid name of a programme."),
            where=package,
            fix=N_("Use small letters, digits and -, with a letter first."),
            name=name,
        )
    info = _read_info(name, package)
    for other, its_package in others.items():
        for file in _list_flow_files(package):
            if file in _list_flow_files(its_package):
                raise BadInput(
                    N_("The programmes “{other}” and “{name}” both make the dataflow {flow}."),
                    where=_path_of(package, f"dataflows/{file}"),
                    fix=N_("Uninstall one of them, or rename the dataflow of “{name}”."),
                    other=other,
                    name=name,
                    flow=_flow_id(file),
                )
    charts = {
        (id_, chart.id)
        for id_, row, where in read_flow_files(package)
        for chart in _parse_flow(id_, row, name, package, where)[0].charts
    }
    for section in info.story:
        if (section.flow, section.chart) not in charts:
            raise BadInput(
                N_("The story shows the chart “{chart}” of {flow}, which does not exist."),
                where=_path_of(package, "programme.toml"),
                chart=section.chart,
                flow=section.flow,
            )
    defined = read_definitions(name, package)
    for other, its_package in others.items():
        theirs = read_definitions(other, its_package)
        for kind, id_ in sorted(defined.keys() & theirs.keys()):
            if defined[kind, id_] != theirs[kind, id_]:
                raise differing_definition(kind, id_, other, package)
    described = {record.name for other in others.values() for record in read_methods(other)}
    for record in read_methods(package):
        if record.name in described:
            raise BadInput(N_("The method “{name}” is described twice."), where=record.manual, name=record.name)
        described.add(record.name)


def read_definitions(name: str, package: str) -> Mapping[tuple[str, str], CodeList | Concept]:
    """Returns the code lists and concepts that the dataflows of a package define, by kind and id. Raises BadInput."""
    found: dict[tuple[str, str], CodeList | Concept] = {}
    for flow_id, row, where in read_flow_files(package):
        flow, lists = _parse_flow(flow_id, row, name, package, where)
        found |= {(N_("code list"), id_): codes for id_, codes in lists.items()}
        found |= {(N_("concept"), one.id): one for one in flow.dimensions if one.id not in concepts()}
    return found


def differing_definition(kind: str, name: str, other: str, where: str) -> BadInput:
    """Returns the error for a code list or concept that `other` defines differently: SDMX publishes all of them by name."""
    return BadInput(
        N_("The {kind} “{name}” is defined differently by {other}."),
        where=where,
        fix=N_("Use the same definition, or another name."),
        kind=kind,
        name=name,
        other=other,
    )


@cache
def read_methods(package: str) -> tuple[MethodRecord, ...]:
    """Returns the methods that the files of a package describe. Raises BadInput."""
    described = [(row.get("method"), where) for _, row, where in read_flow_files(package)]
    found = [parse_method(method, where) for method, where in described if isinstance(method, Mapping)]
    if (files(package) / "methods.toml").is_file():
        methods, where = read_toml(package, "methods.toml")
        found += [parse_method({"name": name, **method}, where) for name, method in methods.items()]
    return tuple(found)


@lru_cache(maxsize=1)
def read_programmes() -> Mapping[str, ProgrammeInfo]:
    """How every programme presents itself, by name, in the order of the pages (programme.toml of each package)."""
    packages = {**programme_packages(), OWN_PROGRAMME: _OWN_PACKAGE}
    return MappingProxyType({name: _read_info(name, package) for name, package in packages.items()})


@cache
def read_programme(name: str) -> Programme:
    """Returns an installed programme with its dataflows and recipes. Raises UnknownName, and BadInput with the file."""
    packages = programme_packages()
    if name not in packages:
        raise unknown_name(N_("programme"), name, packages)
    package = packages[name]
    flows: dict[str, Dataflow] = {}
    lists: dict[str, CodeList] = {}
    for id_, row, where in read_flow_files(package):
        flows[id_], own_lists = _parse_flow(id_, row, name, package, where)
        for list_id, codes in own_lists.items():
            if lists.setdefault(list_id, codes) != codes:
                raise BadInput(N_("The code list {list} is defined twice, differently."), where=where, list=list_id)
    recipes = order_recipes([_import_recipe(package, id_) for id_ in flows])
    return Programme(
        read_programmes()[name],
        tuple(flows[recipe.flow] for recipe in recipes),
        recipes,
        lists,
        _read_corrections(package, name, flows),
    )


def _read_corrections(package: str, name: str, flows: Mapping[str, Dataflow]) -> tuple[Correction, ...]:
    """Returns the corrections in corrections.toml of a programme, their ids with its name before. Raises BadInput."""
    if not (files(package) / _CORRECTIONS).is_file():
        return ()
    document, where = read_toml(package, _CORRECTIONS)
    found = []
    for row in document.get("corrections", []):
        correction = parse_correction(row, where)
        if correction.dataflow not in flows:
            raise unknown_name(N_("dataflow"), correction.dataflow, flows, where=where)
        found.append(replace(correction, id=f"{name}-{correction.id}"))
    return tuple(found)


def read_flow_files(package: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Yields each dataflow's id, the table in its file, and the name of the file, by id. Raises BadInput."""
    for name in _list_flow_files(package):
        yield _flow_id(name), *read_toml(package, f"dataflows/{name}")


def find_maker(flow: str) -> str:
    """Returns the name of the installed programme that makes a dataflow, or "". Only names of files are read."""
    for name, package in programme_packages().items():
        if flow in map(_flow_id, _list_flow_files(package)):
            return name
    return ""


def find_policy(flow: str) -> RevisionPolicy:
    """Returns the revision policy of a dataflow, as its programme describes it now."""
    maker = find_maker(flow)
    return revision_policies()[read_programme(maker).flow(flow).revisions if maker else DEFAULT_POLICY]


def list_shipped(flow: str) -> tuple[Correction, ...]:
    """Returns the corrections of a dataflow that its programme ships."""
    maker = find_maker(flow)
    return tuple(one for one in read_programme(maker).corrections if one.dataflow == flow) if maker else ()


def _list_flow_files(package: str) -> list[str]:
    folder = files(package) / "dataflows"
    names = (one.name for one in folder.iterdir()) if folder.is_dir() else iter(())
    return sorted(name for name in names if name.endswith(".toml"))


def _flow_id(file: str) -> str:
    return file.removesuffix(".toml").upper()


def package_folders() -> list[Path]:
    """Returns the folders of programmes from other packages, whose names can be translated too."""
    packages = (package for package in programme_packages().values() if not package.startswith("bongsu."))
    return [Path(str(files(package))) for package in packages]


def list_packages() -> Iterator[str]:
    """Yields the packages that define programmes, that of own dataflows last."""
    yield from programme_packages().values()
    yield _OWN_PACKAGE


def read_toml(package: str, name: str) -> tuple[dict[str, Any], str]:
    """Returns the tables of a TOML file of a package, and its path for messages. Raises BadInput, or Missing."""
    where = _path_of(package, name)
    try:
        return parse_toml(decode_text((files(package) / name).read_bytes(), where), where), where
    except (OSError, ModuleNotFoundError):  # OSError: there is none, or a folder has its name
        raise Missing(N_("The file is missing."), where=where) from None


def _path_of(package: str, name: str) -> str:
    return f"{package.replace('.', '/')}/{name}"


def _parse_flow(
    id_: str, row: Mapping[str, Any], programme: str, package: str, where: str
) -> tuple[Dataflow, dict[str, CodeList]]:
    """Returns the dataflow of a file of `package`, and the code lists that it defines."""
    own = convert_document({"concepts": row.get("concepts", {}), "code_lists": row.get("code_lists", {})}, _Own, where)
    folder = files(package) / "dataflows"
    lists_read = [folder / one.file for one in own.code_lists.values()]
    texts = {
        file.name: decode_text(file.read_bytes(), _path_of(package, f"dataflows/{file.name}"))
        for file in lists_read
        if file.is_file()
    }
    own_concepts, lists = parse_definitions(own.concepts, own.code_lists, texts, where)
    method = row.get("method", "")
    if isinstance(method, Mapping):
        method = f"{method.get('name', '')} {method.get('version', '')}"
    known = {**concepts(), **own_concepts}
    return parse_dataflow(id_, {**row, "method": method}, known, programme=programme, where=where), lists


class _Own(Struct):
    concepts: dict[str, ConceptTable]
    code_lists: dict[str, CodeListTable]


def _import_recipe(package: str, id_: str) -> Recipe:
    module = f"{package}.dataflows.{id_.lower()}"
    try:
        recipe = getattr(import_module(module), "RECIPE", None)
    except Exception as error:
        raise BadInput(N_("The module cannot be imported: {reason}."), where=module, reason=repr(error)) from error
    if not isinstance(recipe, Recipe) or recipe.flow != id_:
        raise BadInput(N_("The module has no RECIPE of the dataflow {flow}."), where=module, flow=id_)
    return recipe


class _SectionTable(Struct, forbid_unknown_fields=True):
    title: Names
    text: Names
    flow: str
    chart: str


class _InfoTable(Struct, forbid_unknown_fields=True):
    title: Names
    summary: Names
    question: Names
    story: list[_SectionTable] = []


def _read_info(name: str, package: str) -> ProgrammeInfo:
    document, where = read_toml(package, "programme.toml")
    row = convert_document(document, _InfoTable, where)
    story = tuple(
        StorySection(Text.of(one.title, where), Text.of(one.text, where), one.flow, one.chart) for one in row.story
    )
    return ProgrammeInfo(
        name, Text.of(row.title, where), Text.of(row.summary, where), Text.of(row.question, where), story
    )
