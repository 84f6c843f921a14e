"""Addresses of the places."""

from django.urls import path

from sijin.places import views

app_name = "places"
urlpatterns = [path("weihai.geojson", views.boundaries, name="boundaries")]
