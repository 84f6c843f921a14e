"""What a phone sends: the form's fields as a browser would post them."""

import io
import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.conftest import at


def photo(colour: str = "red") -> bytes:
    """Return a JPEG that names its camera and its place in EXIF data."""
    image, kept = Image.new("RGB", (80, 60), colour), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    image.save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def upload(colour: str = "red", name: str = "IMG_1.jpg") -> SimpleUploadedFile:
    """Return such a photo as an upload."""
    return SimpleUploadedFile(name, photo(colour), "image/jpeg")


def sending(world, *findings: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the post of a visit to the first site with these findings; each may have `items`, a list of dicts."""
    post: dict[str, Any] = {
        "client_uuid": str(uuid.uuid4()),
        "site": world.sites[0].pk,
        "at": at(3, 5, 9).strftime("%Y-%m-%dT%H:%M"),
        "said": "谈了复工",
        "took_nothing": "on",
        "findings-TOTAL_FORMS": len(findings),
        "findings-INITIAL_FORMS": 0,
    }
    for n, finding in enumerate(findings):
        prefix = f"findings-{n}"
        items = finding.get("items", [])
        post |= {f"{prefix}-items-TOTAL_FORMS": len(items), f"{prefix}-items-INITIAL_FORMS": 0}
        post |= {f"{prefix}-{name}": value for name, value in finding.items() if name != "items"}
        for m, item in enumerate(items):
            post |= {f"{prefix}-items-{m}-{name}": value for name, value in item.items()}
    return post | fields
