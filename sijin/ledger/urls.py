"""Addresses of the ledger."""

from django.urls import path

from sijin.ledger import views

app_name = "ledger"
urlpatterns = [
    path("", views.home, name="home"),
    path("<int:pk>/", views.need, name="need"),
    path("<int:pk>/<slug:verb>/", views.act, name="act"),
]
