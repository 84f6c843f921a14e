"""The boundaries of the counties, for the maps of all rooms."""

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_GET

from sijin.places.domain import boundaries as polygons


@cache
def _etag() -> str:
    return f'"{hashlib.sha256(polygons()).hexdigest()[:20]}"'


@require_GET
@condition(etag_func=lambda request: _etag())
def boundaries(request: HttpRequest) -> HttpResponse:
    """Return the county polygons as GeoJSON; browsers keep them for a day and ask again by their tag."""
    return HttpResponse(
        polygons(), content_type="application/geo+json", headers={"Cache-Control": "private, max-age=86400"}
    )
