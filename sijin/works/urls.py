"""Addresses of the works room."""

from django.urls import path

from sijin.works.views import advice, approval_steps, approvals, plans, projects, sites

app_name = "works"
urlpatterns = [
    path("", sites.listed, name="sites"),
    path("advice/", advice.listed, name="advices"),
    path("advice/<int:pk>/", advice.card, name="advice"),
    path("advice/<int:pk>/correct/", advice.correct, name="advice_correct"),
    path("advice/<int:pk>/follow-up/", advice.follow, name="advice_follow"),
    path("advice/<int:pk>/sheet.docx", advice.document, name="advice_document"),
    path("advice/<int:pk>/<slug:verb>/", advice.act, name="advice_act"),
    path("projects/", projects.listed, name="home"),
    path("projects/register.xlsx", projects.export, name="projects_export"),
    path("projects/<int:pk>/", projects.entry, name="project"),
    path("projects/<int:pk>/correct/", projects.correct, name="project_correct"),
    path("projects/<int:pk>/chains/", projects.chain, name="project_chain"),
    path("projects/<int:pk>/months/", projects.month, name="project_month"),
    path("projects/<int:pk>/milestones/<int:step>/<slug:verb>/", projects.milestone, name="milestone"),
    path("projects/promises/", approvals.debts, name="debts"),
    path("projects/<int:pk>/approvals/", approvals.page, name="approvals"),
    path("projects/<int:pk>/approvals/way/", approvals.lay_out, name="approvals_way"),
    path("projects/<int:pk>/approvals/plan/", approvals.hand_in, name="approvals_plan"),
    path("projects/<int:pk>/approvals/steps/", approval_steps.new, name="step_new"),
    path("projects/<int:pk>/approvals/steps/<int:step>/", approval_steps.change, name="step"),
    path("projects/<int:pk>/approvals/steps/<int:step>/drop/", approval_steps.drop, name="step_drop"),
    path("projects/<int:pk>/approvals/promises/<int:promise>/notice.docx", approvals.notice, name="approval_notice"),
    path("projects/<int:pk>/approvals/<int:step>/<slug:verb>/", approvals.act, name="approval_act"),
    path("projects/<int:pk>/<slug:verb>/", projects.say, name="project_say"),
    path("<int:pk>/", sites.site, name="site"),
    path("<int:pk>/advice/", advice.give, name="advice_new"),
    path("<int:pk>/register/", projects.new, name="project_new"),
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
