"""Addresses of the ledger."""

from django.urls import path

from sijin.ledger.views import bulk, confirm, evidence, need, new, saved, sheets, table, triage

app_name = "ledger"
urlpatterns = [
    path("", table.home, name="home"),
    path("new/", new.raise_need, name="new"),
    path("new/sites/", new.sites_for, name="sites"),
    path("filters/", table.panel, name="filters"),
    path("columns/", saved.choose_columns, name="columns"),
    path("saved/", saved.save, name="save_filter"),
    path("saved/<int:pk>/", saved.change, name="change_filter"),
    path("rows/<int:pk>/<slug:verb>/", table.act_in_row, name="row"),
    path("bulk/", bulk.choose, name="choose"),
    path("bulk/<int:pk>/", bulk.action, name="bulk"),
    path("bulk/<int:pk>/refused/", bulk.refused, name="refused"),
    path("export/<slug:kind>/", sheets.export, name="export"),
    path("files/<int:pk>/", sheets.file, name="file"),
    path("files/<int:pk>/fetch/", sheets.fetch, name="fetch"),
    path("import/", sheets.bring, name="bring"),
    path("import/template/", sheets.empty_template, name="template"),
    path("import/<int:pk>/", sheets.imported, name="import"),
    path("import/<int:pk>/mend/", sheets.to_mend, name="mend"),
    path("triage/", triage.corrections, name="corrections"),
    path("triage/suggest/", triage.suggest, name="triage"),
    path("triage/<int:pk>/withdraw/", triage.withdraw, name="withdraw_correction"),
    path("print/", sheets.printed, name="print"),
    path("<int:pk>/", need.need, name="need"),
    path("<int:pk>/evidence/<int:file_pk>/", evidence.show, name="evidence"),
    path("<int:pk>/evidence/<int:file_pk>/small/", evidence.thumb, name="thumb"),
    path("<int:pk>/why/", need.why, name="why"),
    path("<int:pk>/package/", need.package, name="package"),
    path("<int:pk>/confirm-sheet/", confirm.sheet, name="confirm_sheet"),
    path("<int:pk>/<slug:verb>/", need.act, name="act"),
]
