"""Files of applications: known by their content, rewritten without what names their authors, and kept by their hash.

A PDF loses its metadata, scripts, attachments and actions; an image its metadata. They lie in the node's folder
`applications`, one folder for each application, and are served by hash only.
"""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
from django.db import transaction
from PIL import Image, ImageOps

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.uploads import JPEG, MEGABYTE, PDF, PNG, check_size, recognise_type
from bongsu.incubator.applications.deleting import folder_of_files
from bongsu.incubator.applications.drafting import finish_save, lock_draft
from bongsu.incubator.applications.finding import find_form, target_of_application
from bongsu.incubator.conflicts.named import find_named
from bongsu.incubator.forms.document import Question
from bongsu.incubator.models import Application, Draft, StoredFile
from bongsu.incubator.opening import read_edition
from bongsu.incubator.sealing.content import open_file, seal_file
from bongsu.people.access import Actor, require
from bongsu.store.disk.files import write_file
from bongsu.store.node import Node

MOST_FILES = 20  # of one question, whatever its limit: those above it are a finding
MOST_PIXELS = 50_000_000
_TYPES = {PDF: "pdf", PNG: "png", JPEG: "jpeg"}
MEDIA_TYPES = {"pdf": PDF, "png": PNG, "jpeg": JPEG, "csv": "text/csv", "txt": "text/plain"}


def attach_file(
    actor: Actor, application: Application, key: str, name: str, data: bytes, now: datetime, node: Node
) -> Draft:
    """Adds a file to the answer of a question of the draft. Raises BadInput, NotOpen, Refused."""
    require(actor, "application.write", target_of_application(application))
    with transaction.atomic():
        draft = lock_draft(application, now)
        question = _find_question(draft, key)
        files = draft.files.setdefault(key, [])
        if len(files) >= MOST_FILES:
            raise BadInput(N_("A question takes {most} files at most."), most=MOST_FILES)
        row = store_file(application, name, data, question.types, question.megabytes, now, node)
        if all(one["sha256"] != row["sha256"] for one in files):
            files.append(row)
        draft.touched[key] = draft.revision + 1
        finish_save(draft, now)
    return draft


def store_file(
    application: Application, name: str, data: bytes, types: tuple[str, ...], megabytes: int, now: datetime, node: Node
) -> dict[str, Any]:
    """Keeps a file of an application, rewritten. Returns its hash, name, type and size. Raises BadInput."""
    check_size(len(data), megabytes * MEGABYTE, name)
    type_, kept = rewrite_file(data, types, name)
    sha256 = hashlib.sha256(kept).hexdigest()
    row = {"sha256": sha256, "name": _clean_name(name), "type": type_, "size": len(kept)}
    write_file(path_of_file(node, application, sha256), seal_file(kept, application.pk, sha256), mode=0o600)
    named = None if type_ == "pdf" and has_text(kept) else list(find_named(_read_texts(type_, kept)))
    StoredFile.objects.get_or_create(
        application=application, sha256=sha256, defaults={**row, "received": now, "named": named}
    )
    return row


def detach_file(actor: Actor, application: Application, key: str, sha256: str, now: datetime) -> Draft:
    """Removes a file from the answer of a question of the draft; versions keep theirs. Raises NotOpen, Refused."""
    require(actor, "application.write", target_of_application(application))
    with transaction.atomic():
        draft = lock_draft(application, now)
        left = [one for one in draft.files.get(key, []) if one["sha256"] != sha256]
        draft.files = {**draft.files, key: left} if left else {k: v for k, v in draft.files.items() if k != key}
        draft.touched[key] = draft.revision + 1
        finish_save(draft, now)
    return draft


def _find_question(draft: Draft, key: str) -> Question:
    question = find_form(read_edition(draft.edition), draft.application).questions.get(key)
    if question is None or question.kind != "file":
        raise Missing(N_("The form has no question “{name}” that takes files."), name=key[:40])
    return question


def path_of_file(node: Node, application: Application, sha256: str) -> Path:
    """Returns where a file of an application is kept."""
    return folder_of_files(node, application) / sha256


def read_file(node: Node, application: Application, sha256: str) -> tuple[StoredFile, bytes]:
    """Returns a file and its content. Raises Missing."""
    stored = StoredFile.objects.filter(application=application, sha256=sha256).first()
    try:
        data = path_of_file(node, application, sha256).read_bytes()
        return _require_stored(stored), open_file(data, application.pk, sha256)
    except FileNotFoundError:
        raise _no_file() from None


def _require_stored(stored: StoredFile | None) -> StoredFile:
    if stored is None:
        raise _no_file()
    return stored


def _no_file() -> Missing:
    return Missing(N_("There is no such file."))


def _clean_name(name: str) -> str:
    kept = "".join(letter for letter in name.replace("\\", "/").rpartition("/")[2] if letter.isprintable())
    return kept[-200:] or "file"


def rewrite_file(data: bytes, allowed: tuple[str, ...], name: str = "") -> tuple[str, bytes]:
    """Returns the type of a file by its content, and what is kept of it. Raises BadInput for what is not one of `allowed`."""
    type_ = _TYPES.get(recognise_type(data)) or _find_text_type(data, allowed)
    if type_ not in allowed:
        raise BadInput(
            N_("The content of the file is not {types}."),
            where=name[:80],
            fix=N_("The name of a file does not say what it is: save it anew in one of these formats."),
            types=", ".join(one.upper() for one in allowed),
        )
    if type_ == "pdf":
        return type_, _rewrite_pdf(data, name)
    if type_ in ("png", "jpeg"):
        return type_, _rewrite_image(data, type_, name)
    return type_, data.removeprefix(b"\xef\xbb\xbf")


def _find_text_type(data: bytes, allowed: tuple[str, ...]) -> str:
    """Returns the type of a text in UTF-8; "" for what is none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    if any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
        return ""
    return "csv" if "csv" in allowed else "txt"


def _read_texts(type_: str, data: bytes) -> list[str]:
    return [data.decode("utf-8")] if type_ in ("csv", "txt") else []


def has_text(data: bytes) -> bool:
    """Whether a PDF has a font, without which it has no text."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return any(isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/Font" for one in pdf.objects)


def _rewrite_pdf(data: bytes, name: str) -> bytes:
    """Returns a PDF of the same pages. Raises BadInput for one that cannot be read or has a password."""
    try:
        with pikepdf.open(io.BytesIO(data)) as source, pikepdf.new() as made:
            made.pages.extend(source.pages)
            for page in made.pages:
                _clean_page(page.obj)
            written = io.BytesIO()
            made.save(written, deterministic_id=True)
    except pikepdf.PasswordError:
        raise BadInput(N_("The PDF has a password."), where=name[:80], fix=N_("Save it without one.")) from None
    except (pikepdf.PdfError, ValueError, RuntimeError, RecursionError):
        raise BadInput(N_("The PDF cannot be read."), where=name[:80], fix=N_("Save it anew as PDF.")) from None
    return written.getvalue()


def _clean_page(page: Any) -> None:
    """Removes from a page what is not seen, and what acts: metadata, actions, and annotations but links to pages."""
    for entry in ("/Metadata", "/PieceInfo", "/AA", "/LastModified", "/Thumb", "/AF"):
        if entry in page:
            del page[entry]
    if "/Annots" in page:
        del page["/Annots"]


def _rewrite_image(data: bytes, type_: str, name: str) -> bytes:
    """Returns an image of the same pixels, turned as it is seen. Raises BadInput for one that cannot be decoded."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise BadInput(
                    N_("The image has more than {most} million pixels."), where=name[:80], most=MOST_PIXELS // 10**6
                )
            image.load()
            upright = ImageOps.exif_transpose(image)
            upright.info.clear()
            written = io.BytesIO()
            upright.save(written, type_.upper(), **({"quality": 95} if type_ == "jpeg" else {}))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise BadInput(N_("The image cannot be read."), where=name[:80]) from None
    return written.getvalue()
