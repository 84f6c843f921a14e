"""Addresses of the works room."""

from django.urls import path

from sijin.works import views

app_name = "works"
urlpatterns = [path("<int:pk>/", views.site, name="site")]
