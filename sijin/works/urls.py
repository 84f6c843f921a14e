"""Addresses of the works room."""

from django.urls import path

from sijin.works.views import plans, sites

app_name = "works"
urlpatterns = [
    path("", sites.listed, name="sites"),
    path("<int:pk>/", sites.site, name="site"),
    path("<int:pk>/edit/", sites.edit, name="site_edit"),
    path("<int:pk>/contacts/", sites.keep_contact, name="contact"),
    path("<int:pk>/contacts/<int:contact>/", sites.drop_contact, name="contact_drop"),
    path("<int:pk>/plan/", plans.plan, name="plan"),
    path("<int:pk>/plan/issue/", plans.issue, name="issue"),
    path("<int:pk>/plan/measures/", plans.add, name="measure_new"),
    path("<int:pk>/plan/measures/<int:measure>/", plans.change, name="measure"),
    path("<int:pk>/plan/<int:number>/", plans.issued, name="issued"),
    path("<int:pk>/plan/<int:number>/docx/", plans.document, name="document"),
]
