"""Addresses of the exchange room."""

from django.urls import path

from sijin.exchange.views import agreements, board, clearing, matches, offers, relief

app_name = "exchange"
urlpatterns = [
    path("", board.home, name="home"),
    path("reserve/", board.reserve, name="reserve"),
    path("fitting/<int:pk>/", board.fitting, name="fitting"),
    path("clearing/", clearing.listed, name="clearings"),
    path("clearing/run/", clearing.run, name="clearing_run"),
    path("clearing/locks/<int:pk>/lift/", clearing.lift, name="clearing_lift"),
    path("clearing/<int:pk>/", clearing.clearing, name="clearing"),
    path("clearing/<int:pk>/publish/", clearing.publish, name="clearing_publish"),
    path("clearing/<int:pk>/withdraw/", clearing.withdraw, name="clearing_withdraw"),
    path("clearing/<int:pk>/fix/", clearing.fix, name="clearing_fix"),
    path("clearing/<int:pk>/sheet.xlsx", clearing.workbook, name="clearing_workbook"),
    path("clearing/<int:pk>/prices/", clearing.prices, name="clearing_prices"),
    path("clearing/<int:pk>/prices/<int:price>/", clearing.price, name="clearing_price"),
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
    path("relief/", relief.home, name="relief"),
    path("relief/import/", relief.read_in, name="relief_import_new"),
    path("relief/import/<int:pk>/", relief.read_list, name="relief_import"),
    path("relief/import/<int:pk>/rows/", relief.returned, name="relief_import_rows"),
    path("relief/template/", relief.template, name="relief_template"),
    path("relief/rules/", relief.rules, name="relief_rules"),
    path("relief/<int:pk>/", relief.sheet, name="relief_sheet"),
    path("relief/<int:pk>/figures/", relief.figures, name="relief_figures"),
    path("relief/<int:pk>/claim/", relief.claim, name="relief_claim"),
    path("relief/<int:pk>/sheet.docx", relief.document, name="relief_document"),
    path("relief/<int:pk>/sheet.xlsx", relief.workbook, name="relief_workbook"),
]
