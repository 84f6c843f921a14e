"""Addresses of the ledger."""

from django.urls import path

from sijin.ledger.views import need, table

app_name = "ledger"
urlpatterns = [
    path("", table.home, name="home"),
    path("<int:pk>/", need.need, name="need"),
    path("<int:pk>/<slug:verb>/", need.act, name="act"),
]
