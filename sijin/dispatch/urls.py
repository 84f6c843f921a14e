"""Addresses of the dispatch room."""

from django.urls import path, re_path

from sijin.dispatch.views import board, campaigns, moves, plans, publishing, rosters, teams, weeks, what_if

app_name = "dispatch"
urlpatterns = [
    path("", board.home, name="home"),
    path("map/", board.map_page, name="map"),
    path("points.json", board.points, name="points"),
    path("officials/<int:pk>/", board.official, name="official"),
    path("sites/<int:pk>/", board.site, name="site"),
    re_path(r"^fits/(?P<kind>official|site)/(?P<pk>\d{1,18})/$", board.fits, name="fits"),
    re_path(r"^loose/(?P<kind>official|site)/$", board.loose, name="loose"),
    path("plans/solve/", plans.solve, name="solve"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/approve/", plans.approve, name="approve"),
    path("plans/<int:pk>/discard/", plans.discard, name="discard"),
    path("publish/", publishing.publish, name="publish"),
    path("publications/<int:pk>/", publishing.publication, name="publication"),
    path("publications/<int:pk>/accounts.xlsx", publishing.fetch, name="accounts_sheet"),
    path("what-if/", what_if.home, name="what_ifs"),
    path("what-if/one-more/", what_if.one_more, name="what_if_one_more"),
    path("what-if/<int:pk>/", what_if.what_if, name="what_if"),
    path("what-if/<int:pk>/discard/", what_if.discard, name="what_if_discard"),
    path("move/", moves.move, name="move"),
    path("move/preview/", moves.preview, name="preview"),
    path("move/prices.json", moves.prices, name="prices"),
    path("lock/", moves.lock, name="lock"),
    path("lead/<int:pk>/", moves.lead, name="lead"),
    path("undo/", moves.undo, name="undo"),
    path("rosters/", rosters.hand_in, name="rosters"),
    path("rosters/template.xlsx", rosters.template, name="template"),
    path("rosters/<int:pk>/", rosters.roster, name="roster"),
    path("rosters/<int:pk>/apply/", rosters.apply, name="roster_apply"),
    path("rosters/<int:pk>/rejected.xlsx", rosters.rejected, name="rejected"),
    path("campaigns/new/", campaigns.new, name="campaign_new"),
    path("campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("campaigns/<int:pk>/edit/", campaigns.edit, name="campaign_edit"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/week/", weeks.week, name="week"),
    path("teams/<int:pk>/week.ics", weeks.ics, name="week_ics"),
    path("teams/<int:pk>/sheet.docx", weeks.sheet, name="sheet"),
    path("sheets/", weeks.sheets, name="sheets"),
    path("sheets.docx", weeks.sheets_file, name="sheets_file"),
    path("sheets/<int:pk>.docx", weeks.sheets_made, name="sheets_made"),
    path("who/", teams.who, name="who"),
]
