"""Addresses of the dispatch room."""

from django.urls import path

from sijin.dispatch import views

app_name = "dispatch"
urlpatterns = [
    path("", views.home, name="home"),
    path("teams/<int:pk>/", views.team, name="team"),
]
