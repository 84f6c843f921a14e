"""Evidence files: the type is found by content, the size is limited, images are re-encoded without metadata."""

import hashlib
import io
import zipfile
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from sijin.ledger.domain import needs, reads
from sijin.ledger.models import Evidence, Need
from sijin.people.models import Account
from sijin.people.refusals import NotAllowed, RuleBroken

Image.MAX_IMAGE_PIXELS = 60_000_000
LONGEST = 2400  # pixels: enough to read a document on a photo
OFFICE = {
    "word/document.xml": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/workbook.xml": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def examined(content: bytes) -> tuple[bytes, str, str]:
    """Return (content to keep, suffix, media type); RuleBroken for anything but images, PDF, docx, xlsx."""
    if len(content) > settings.EVIDENCE_MAX_BYTES:
        limit = settings.EVIDENCE_MAX_BYTES // 1024 // 1024
        raise RuleBroken(_("The file is larger than %(limit)s MB.") % {"limit": limit}, field="evidence")
    if content.startswith(b"%PDF-"):
        return content, "pdf", "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        try:
            names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
        except zipfile.BadZipFile:
            names = set()
        for member, (suffix, media_type) in OFFICE.items():
            if member in names and not any(name.endswith("vbaProject.bin") for name in names):
                return content, suffix, media_type
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        image.thumbnail((LONGEST, LONGEST))
        kept = io.BytesIO()
        image.convert("RGB").save(kept, "JPEG", quality=85)  # a new file: no EXIF, no position, no trailing bytes
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise RuleBroken(_("Only photos, PDF, docx and xlsx files are taken."), field="evidence") from error
    return kept.getvalue(), "jpg", "image/jpeg"


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
    """Keep one file as evidence of `need`; the caller has checked that `by` may act on it."""
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
def act_with(need: Need, verb: str, by: Account, upload: UploadedFile | None, **facts: Any) -> Need:
    """Do `verb` with an optional file; file and event are kept together or not at all."""
    if upload is not None:
        add(need, by, upload.name or "", upload.read(), verb=verb)
    return needs.apply(need, verb, by, **facts)


def attach(by: Account, need: Need, upload: UploadedFile, verb: str, description: str = "") -> Evidence:
    """Keep a file for a verb that `by` may do on `need` now; the verb itself may follow later."""
    if verb not in reads.verbs_for(by, need):
        raise NotAllowed(_("Evidence can be added only for what you may do with this need now."), verb=verb)
    return add(need, by, upload.name or "", upload.read(), verb=verb, description=description)
