"""Addresses of the exchange room."""

from django.urls import path

from sijin.exchange.views import agreements, board, matches, offers

app_name = "exchange"
urlpatterns = [
    path("", board.home, name="home"),
    path("reserve/", board.reserve, name="reserve"),
    path("fitting/<int:pk>/", board.fitting, name="fitting"),
    path("offers/", offers.listed, name="offers"),
    path("offers/new/", offers.make, name="offer_new"),
    path("offers/export/", offers.export, name="export"),
    path("offers/template/", offers.template, name="template"),
    path("offers/import/", offers.read_in, name="import_new"),
    path("offers/import/<int:pk>/", offers.read_sheet, name="import"),
    path("offers/import/<int:pk>/rows/", offers.returned, name="import_rows"),
    path("offers/<int:pk>/", offers.offer, name="offer"),
    path("offers/<int:pk>/edit/", offers.edit, name="offer_edit"),
    path("offers/<int:pk>/<slug:verb>/", offers.act, name="offer_act"),
    path("matches/", matches.listed, name="matches"),
    path("matches/<int:pk>/", matches.match, name="match"),
    path("matches/<int:pk>/<slug:verb>/", matches.act, name="match_act"),
    path("agreements/", agreements.listed, name="agreements"),
    path("agreements/events/new/", agreements.hold, name="event_new"),
    path("agreements/new/", agreements.sign, name="agreement_new"),
]
