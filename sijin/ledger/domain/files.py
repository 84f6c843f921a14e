"""Looking into files before they are kept: the type is found by content, what could do harm is refused in words.

Photos are re-encoded (no EXIF, no position, no trailing bytes); PDF files with programs, and archives that unpack to
far more than they weigh, are refused. Takes bytes and gives bytes; keeps nothing.
"""

import io
import re
import zipfile
import zlib

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from sijin.people.refusals import RuleBroken

LONGEST = 2400  # pixels: enough to read a document on a photo
THUMB = 320  # pixels
MAX_PIXELS = 60_000_000
MAX_UNPACKED = 100 * 1024 * 1024  # bytes that an office file may unpack to, and a PDF's packed objects
MAX_MEMBERS = 2_000
PICTURES = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # what phones write as MPO opens as JPEG
OFFICE = {
    "word/document.xml": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/workbook.xml": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/bmp,image/tiff,.pdf,.docx,.xlsx"  # what the page offers
ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|RichMedia|EmbeddedFile|XFA)\b")
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.S)


def examined(content: bytes) -> tuple[bytes, str, str]:
    """Return (content to keep, suffix, media type); RuleBroken for anything but images, PDF, docx, xlsx."""
    if len(content) > settings.EVIDENCE_MAX_BYTES:
        limit = settings.EVIDENCE_MAX_BYTES // 1024 // 1024
        raise _refused(_("The file is larger than %(limit)s MB.") % {"limit": limit})
    if not content:
        raise _refused(_("The file is empty."))
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return content, "pdf", "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return content, *_office(content)
    return _picture(content), "jpg", "image/jpeg"


def thumbnail(content: bytes) -> bytes:
    """Return a small JPEG of a kept photo."""
    image = Image.open(io.BytesIO(content), formats=PICTURES)
    image.thumbnail((THUMB, THUMB))
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=75)
    return kept.getvalue()


def _refused(words: str) -> RuleBroken:
    return RuleBroken(words, field="evidence")


def _picture(content: bytes) -> bytes:
    try:
        image = Image.open(io.BytesIO(content), formats=PICTURES)
        if image.width * image.height > MAX_PIXELS:
            raise _refused(_("The picture has too many pixels."))
        image = ImageOps.exif_transpose(image)
        image.thumbnail((LONGEST, LONGEST))
        kept = io.BytesIO()
        image.convert("RGB").save(kept, "JPEG", quality=85)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _refused(_("Only photos, PDF, docx and xlsx files are taken.")) from error
    return kept.getvalue()


def _office(content: bytes) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _refused(_("Only photos, PDF, docx and xlsx files are taken.")) from error
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise _refused(_("The file unpacks to far more than a document should."))
    names = {member.filename for member in members}
    if any(name.endswith("vbaProject.bin") for name in names):
        raise _refused(_("Documents with macros are not taken: save it without."))
    for member, kind in OFFICE.items():
        if member in names:
            return kind
    raise _refused(_("Only photos, PDF, docx and xlsx files are taken."))


def _check_pdf(content: bytes) -> None:
    if b"/Encrypt" in content:
        raise _refused(_("The PDF is locked and cannot be looked into: save it without a password."))
    unpacked = 0
    for part in (content, *_packed(content)):
        unpacked += len(part)
        if unpacked > MAX_UNPACKED:
            raise _refused(_("The file unpacks to far more than a document should."))
        # A name may be written with #xx for any of its letters.
        if ACTIVE.search(re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), part)):
            raise _refused(_("The PDF contains a program or another file: print it to a plain PDF first."))


def _packed(content: bytes):
    """Yield the deflated streams of a PDF, each cut off at the limit."""
    for match in STREAM.finditer(content):
        try:
            yield zlib.decompressobj().decompress(match[1].lstrip(b"\r\n"), MAX_UNPACKED + 1)
        except zlib.error:
            continue  # not deflated: a photo, or raw text that was searched with the whole
