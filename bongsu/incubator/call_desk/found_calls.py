"""The call of a page and its newest files, for whoever may change it; and what several pages of the desk do alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.contrib import messages
from django.utils import timezone
from django.utils.translation import get_language, gettext

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError, Missing, Refused
from bongsu.core.text_files import decode_text
from bongsu.incubator.calls.check import FILES, CallFiles
from bongsu.incubator.editing.rows import list_rows
from bongsu.incubator.models import Call, Edition
from bongsu.incubator.opening import (
    MAX_FILE,
    EditionConflict,
    change_call,
    find_call,
    find_edition,
    newest_edition,
    read_edition,
    target_of_call,
)
from bongsu.incubator.texts import pick_text
from bongsu.people.access import Actor, may, require

STATES = {"draft": N_("draft"), "open": N_("open"), "ended": N_("ended")}
MOST_BYTES = 4 * MAX_FILE  # of a file of MAX_FILE characters


class FoundCall(NamedTuple):
    """A call with its newest edition, read."""

    call: Call
    edition: Edition
    files: CallFiles

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return pick_text(self.files.call.title, read_language())

    @property
    def state(self) -> str:
        """The state in words."""
        return gettext(STATES[self.call.state])


def read_language() -> str:
    """Returns the reader's language."""
    return get_language() or "en"


def find_officers_call(actor: Actor, name: str, action: str = "call.change") -> FoundCall:
    """Returns a call that an actor may change, open or end.

    Raises Refused, or Missing for a draft that the actor may not see: as for a name that nobody has used.
    """
    call = find_call(name)
    target = target_of_call(call)
    try:
        require(actor, action, target)
    except Refused:
        if call.state == "draft" and not may(actor, "call.see", target):
            raise Missing(N_("There is no call “{name}”."), name=name) from None
        raise
    edition = newest_edition(call)
    return FoundCall(call, edition, read_edition(edition))


def describe(error: BongsuError) -> str:
    """Returns what is wrong and what to do, in the reader's language."""
    return describe_public_error(error, gettext).sentence


def describe_conflict(error: EditionConflict, is_same: bool) -> str:
    """Returns that somebody else changed the call, and what follows for a form about one row, which is the same or not."""
    what = describe_public_error(error, gettext).message
    if is_same:
        return f"{what} {gettext('They did not change this part: save again to keep what you wrote.')}"
    return f"{what} {gettext('They changed this part too: compare it in another window before you write it again.')}"


def read_files(uploads: Iterable[Any]) -> dict[str, str]:
    """Returns the texts of files that were sent, by name. Raises BadInput for one that is no file of a call, or too large."""
    texts = {}
    for upload in uploads:
        name = str(upload.name)
        if name not in FILES:
            raise BadInput(N_("A call has no file “{name}”."), name=name)
        if upload.size > MOST_BYTES:
            raise BadInput(N_("The file has more than {most} characters."), most=MAX_FILE, where=name)
        texts[name] = decode_text(upload.read(), name)
    return texts


def read_text(sent: str) -> str:
    """Returns a text of a form with the line ends of a file: browsers send others."""
    return sent.replace("\r\n", "\n").replace("\x00", "")


def read_base(sent: str | None) -> int:
    """Returns the number of the edition that a page showed. Raises BadInput."""
    if not (sent and sent.isascii() and sent.isdigit() and len(sent) < 10):
        raise BadInput(N_("This form does not exist."))
    return int(sent)


def save_row(request: Any, found: FoundCall, name: str, base: int, change: Callable[[str], str]) -> None:
    """Changes a file of the edition `base`, makes it the next edition and says so. Raises as change_call and the change do."""
    files, why = find_edition(found.call, base).files, request.POST.get("why", "").strip()
    changed = {**files, name: change(files[name])}
    edition = change_call(request.actor, found.call.name, changed, base, timezone.now(), why)
    messages.success(request, gettext("Saved as edition {number}.").format(number=edition.number))


def find_base(found: FoundCall, name: str, rows: str, index: int | None, base: int) -> int:
    """Returns the newest edition if it has the same row at the same place as the edition `base`, else `base`.

    A form about one row can then be sent again after somebody else changed other rows.
    """
    texts = (find_edition(found.call, base).files[name], found.edition.files[name])
    one, other = ([] if index is None else list_rows(text, rows)[index : index + 1] for text in texts)
    return found.edition.number if one == other else base
