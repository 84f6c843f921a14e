"""Addresses of the visits."""

from django.urls import path

from sijin.visits import views

app_name = "visits"
urlpatterns = [path("", views.home, name="home"), path("new/", views.new, name="new")]
