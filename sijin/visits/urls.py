"""Addresses of the visits."""

from django.urls import path

from sijin.visits.views import form, listing, today, visit

app_name = "visits"
urlpatterns = [
    path("", today.home, name="home"),
    path("new/", form.new, name="new"),
    path("list/", listing.listing, name="list"),
    path("list.xlsx", listing.export, name="export"),
    path("calendar/", today.calendar, name="calendar"),
    path("plan/", today.plan, name="plan"),
    path("plan/<int:pk>/cancel/", today.cancel, name="cancel"),
    path("photos/<int:pk>/", visit.photo, name="photo"),
    path("diary/<int:pk>/", listing.diary, name="diary_last"),
    path("diary/<int:pk>/<str:day>/", listing.diary, name="diary"),
    path("<int:pk>/", visit.visit, name="visit"),
    path("<int:pk>/saved/", form.saved, name="saved"),
    path("<int:pk>/amend/", form.amend, name="amend"),
    path("<int:pk>/note/", visit.note, name="note"),
]
