"""Addresses of the briefing."""

from django.urls import path

from sijin.briefing.views import overview, rows

app_name = "briefing"
urlpatterns = [
    path("", overview.home, name="home"),
    path("map.json", overview.map_data, name="map"),
    path("figures/<str:key>/", rows.rows, name="rows"),
    path("figures/<str:key>/rows.xlsx", rows.rows_xlsx, name="rows_xlsx"),
]
