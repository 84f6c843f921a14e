"""Evidence files: kept with their digest, carried by the event that brings them, shown under the need's policy."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from sijin.ledger.domain import files
from sijin.ledger.domain.files import examined
from sijin.ledger.domain.transition import apply
from sijin.ledger.models import Evidence, Need
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken

MOST = 10  # files with one verb

__all__ = ["MOST", "act_with", "add", "examined", "thumbnail"]


def add(
    need: Need,
    by: Account,
    name: str,
    content: bytes,
    *,
    verb: str = "",
    at: datetime | None = None,
    description: str = "",
) -> Evidence:
    """Keep one file as evidence of `need`; the caller has checked that `by` may act on it.

    The next event of the need that carries files (an answer, say) holds the file's digest.
    """
    kept, suffix, media_type = examined(content)
    digest = hashlib.sha256(kept).hexdigest()
    evidence = Evidence(
        need=need,
        verb=verb,
        name=name[:200],
        media_type=media_type,
        size=len(kept),
        sha256=digest,
        description=description,
        added_by=by,
        added_at=at or need.campaign.now(),
    )
    evidence.file.save(f"{digest[:24]}.{suffix}", ContentFile(kept), save=False)
    evidence.save()
    return evidence


@transaction.atomic
def act_with(
    need: Need, verb: str, by: Account, uploads: Sequence[UploadedFile] | UploadedFile | None, **facts: Any
) -> Need:
    """Do `verb` with the files that came with it; files and event are kept together or not at all."""
    given = [] if uploads is None else [uploads] if isinstance(uploads, UploadedFile) else list(uploads)
    if not given:
        return apply(need, verb, by, **facts)
    require(by, verb, need)
    if len(given) > MOST:
        raise RuleBroken(_("At most %(most)s files at once.") % {"most": MOST}, field="evidence")
    kept: list[Evidence] = []
    try:
        for upload in given:
            try:
                kept.append(add(need, by, upload.name or "", upload.read(), verb=verb, at=facts.get("at")))
            except RuleBroken as refusal:
                raise RuleBroken(f"{upload.name}: {refusal.message}", field="evidence") from refusal
        return apply(need, verb, by, evidence=kept, **facts)
    except BaseException:
        for evidence in kept:
            evidence.file.storage.delete(evidence.file.name)
        raise


def thumbnail(evidence: Evidence) -> bytes:
    """Return the small picture of a photo; it is made once and kept beside the files."""
    name = f"thumbs/{evidence.sha256[:2]}/{evidence.sha256}.jpg"
    if default_storage.exists(name):
        with default_storage.open(name) as kept:
            return kept.read()
    with evidence.file.open("rb") as file:
        small = files.thumbnail(file.read())
    default_storage.save(name, ContentFile(small))
    return small
