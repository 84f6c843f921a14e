"""Files of a village work in versions: the same name again is the next version; what was kept is named by its SHA-256.

The rules of what may be kept are those of evidence: see `sijin.ledger.domain.files`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from sijin.ledger.domain.files import examined
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken
from sijin.works.domain.village import works
from sijin.works.domain.village.playbooks import book
from sijin.works.models import VillageWork, WorkFile

MOST = 500  # files of a work, all versions together


@dataclass(frozen=True)
class Paper:
    """A file under its name: the versions, the latest first; none yet for one that a stage expects."""

    name: str
    stage_name: str
    required: bool
    versions: tuple[WorkFile, ...]


@transaction.atomic
def add(
    by: Account, work: VillageWork, name: str, uploaded: str, content: bytes, *, at: datetime, stage: str = "",
    note: str = ""
) -> WorkFile:  # fmt: skip
    """Keep a file as the next version of `name` (empty: the file's own name); the same content again changes nothing.

    Raises
    ------
    RuleBroken
        Neither photo, PDF, docx nor xlsx; too large; something in it could do harm; too many files.
    """
    work = works.locked(by, work)
    name = (name.strip() or uploaded.strip())[:120]
    if not name:
        raise RuleBroken(_("Say what the file is."), field="name")
    try:
        kept, suffix, media_type = examined(content)
    except RuleBroken as refusal:
        raise RuleBroken(f"{uploaded}: {refusal.message}" if uploaded else refusal.message, field="file") from refusal
    digest = hashlib.sha256(kept).hexdigest()
    last = work.files.filter(name=name).order_by("-number").first()
    if last is not None and last.sha256 == digest:
        return last
    if work.files.count() >= MOST:
        raise RuleBroken(_("At most %(most)s files.") % {"most": MOST}, field="file")
    told = book(work.playbook)
    if not stage and told:
        stage = next((one.code for one in told.stages if name in [paper.label for paper in one.documents]), "")
    number = (work.files.filter(name=name).aggregate(last=Max("number"))["last"] or 0) + 1
    row = WorkFile(
        work=work, stage=stage, name=name, number=number, uploaded=uploaded[:200], note=note.strip()[:200],
        media_type=media_type, size=len(kept), sha256=digest, added_by=by, added_at=at,
    )  # fmt: skip
    row.file.save(f"{digest[:24]}.{suffix}", ContentFile(kept), save=False)
    try:
        row.save()
        works.log_file(work, by, at, stage, [name, number, digest])
    except BaseException:
        row.file.storage.delete(row.file.name)
        raise
    return row


def fault(file: WorkFile) -> str:
    """Return what is wrong with what is kept; empty when it is what was uploaded."""
    try:
        with file.file.open("rb") as kept:
            same = hashlib.file_digest(kept, "sha256").hexdigest() == file.sha256
    except OSError:
        return "the file is missing"
    return "" if same else "the file was altered"


def audit() -> Iterator[tuple[WorkFile, str]]:
    """Read every file of every work; yield each with its fault (empty: it is whole)."""
    for file in WorkFile.objects.order_by("pk").iterator(200):
        yield file, fault(file)


def papers(work: VillageWork) -> list[Paper]:
    """Return the files of a work under their names: those that its stages expect first, in order; one query."""
    told, versions = book(work.playbook), {}
    for file in work.files.select_related("added_by"):
        versions.setdefault(file.name, []).append(file)
    expected = [(str(stage), paper) for stage in (told.stages if told else ()) for paper in stage.documents]
    found = [Paper(paper.label, name, paper.required, tuple(versions.pop(paper.label, ()))) for name, paper in expected]
    return found + [Paper(name, "", False, tuple(rows)) for name, rows in versions.items()]
