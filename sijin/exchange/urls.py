"""Addresses of the exchange room."""

from django.urls import path

from sijin.exchange import views

app_name = "exchange"
urlpatterns = [
    path("", views.home, name="home"),
    path("offers/<int:pk>/", views.offer, name="offer"),
]
