"""All addresses: one prefix per room of the loop."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe

from sijin.ledger.views import confirm
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
    path("print.css", views.print_sheet, name="print_sheet"),
    path("search/", views.search, name="search"),
    path("search/suggest/", views.suggest, name="suggest"),
    path("places/", include("sijin.places.urls")),
    path("confirm/<str:token>/", confirm.confirm, name="confirm"),
    path("confirm/<str:token>/photo/<int:file_pk>/", confirm.photo, name="confirm_photo"),
    path("api/", api.urls),
    *([] if settings.EMAIL_URL else [path("account/password/reset/", views.forgotten, name="account_forgotten")]),
    path("account/", include("allauth.account.urls")),
    path("account/mfa/", include("allauth.mfa.urls")),
    path("account/organisation/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("account/organisation/", include("allauth.socialaccount.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("healthz", healthz, name="healthz"),
]
handler400 = "sijin.web.views.bad_request"
handler403 = "sijin.web.views.not_allowed"
handler404 = "sijin.web.views.not_found"
handler429 = "sijin.web.views.too_many"  # allauth's
handler500 = "sijin.web.views.server_error"
