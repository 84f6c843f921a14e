"""Addresses of the briefing."""

from django.urls import path

from sijin.briefing import views

app_name = "briefing"
urlpatterns = [path("", views.home, name="home")]
