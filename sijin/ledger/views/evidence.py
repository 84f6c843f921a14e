"""Evidence files under the policy of their need: photos open, documents are saved, nothing in them runs."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from sijin.ledger.domain import evidence
from sijin.ledger.models import Evidence, Need
from sijin.people.policy import visible

SAFE = "default-src 'none'; img-src 'self'; sandbox"
FRESH = "private, max-age=86400"  # seconds; a file never changes under its address


@require_GET
def show(request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
    """Answer one evidence file of a need that the reader may see."""
    found = get_object_or_404(visible(request.user, Need), pk=pk)
    return answer(get_object_or_404(found.evidence, pk=file_pk))


@require_GET
def thumb(request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
    """Answer the small picture of a photo."""
    found = get_object_or_404(visible(request.user, Need), pk=pk)
    photo = get_object_or_404(found.evidence.filter(media_type="image/jpeg"), pk=file_pk)
    return answer(photo, small=True)


def answer(file: Evidence, small: bool = False) -> HttpResponse:
    """Return the file (or its small picture) with the headers that keep it from doing anything."""
    photo = file.media_type == "image/jpeg"
    try:
        if small:
            response = HttpResponse(evidence.thumbnail(file), content_type="image/jpeg")
        else:
            name = file.name if not photo else f"{file.name.rsplit('.', 1)[0]}.jpg"
            response = FileResponse(
                file.file.open("rb"), content_type=file.media_type, filename=name, as_attachment=not photo
            )
    except OSError:
        return HttpResponse(status=410)  # the row is there, the file is not: `sijin audit` names it
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SAFE
    response["Cache-Control"] = FRESH
    return response
