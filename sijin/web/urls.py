"""All addresses: one prefix per room of the loop."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe

from sijin.web import views
from sijin.web.api import api


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process is alive."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", include("sijin.briefing.urls")),
    path("dispatch/", include("sijin.dispatch.urls")),
    path("ledger/", include("sijin.ledger.urls")),
    path("visits/", include("sijin.visits.urls")),
    path("exchange/", include("sijin.exchange.urls")),
    path("sites/", include("sijin.works.urls")),
    path("", include("sijin.people.urls")),
    path("search/", views.search, name="search"),
    path("search/suggest/", views.suggest, name="suggest"),
    path("places/", include("sijin.places.urls")),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("api/", api.urls),
    path("account/", include("allauth.account.urls")),
    path("account/mfa/", include("allauth.mfa.urls")),
    path("account/organisation/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("healthz", healthz, name="healthz"),
]
handler404 = "sijin.web.views.missing"
handler500 = "sijin.web.views.broken"
