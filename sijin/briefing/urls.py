"""Addresses of the briefing."""

from django.urls import path

from sijin.briefing.views import briefs, overview, rows

app_name = "briefing"
urlpatterns = [
    path("", overview.home, name="home"),
    path("map.json", overview.map_data, name="map"),
    path("figures/<str:key>/", rows.rows, name="rows"),
    path("figures/<str:key>/rows.xlsx", rows.rows_xlsx, name="rows_xlsx"),
    path("briefs/", briefs.home, name="briefs"),
    path("briefs/<int:pk>/", briefs.brief, name="brief"),
    path("briefs/<int:pk>/brief.docx", briefs.docx, name="docx"),
    path("briefs/<int:pk>/figures/", briefs.figures, name="brief_figures"),
    path("briefs/<int:pk>/figures/<str:key>/", briefs.rows, name="brief_rows"),
    path("briefs/<int:pk>/figures/<str:key>/rows.xlsx", briefs.rows_xlsx, name="brief_rows_xlsx"),
]
