"""Addresses of the ledger."""

from django.urls import path

from sijin.ledger.views import confirm, evidence, need, table

app_name = "ledger"
urlpatterns = [
    path("", table.home, name="home"),
    path("<int:pk>/", need.need, name="need"),
    path("<int:pk>/evidence/<int:file_pk>/", evidence.show, name="evidence"),
    path("<int:pk>/evidence/<int:file_pk>/small/", evidence.thumb, name="thumb"),
    path("<int:pk>/why/", need.why, name="why"),
    path("<int:pk>/package/", need.package, name="package"),
    path("<int:pk>/confirm-sheet/", confirm.sheet, name="confirm_sheet"),
    path("<int:pk>/<slug:verb>/", need.act, name="act"),
]
