"""Posts and people: what the last run suggests, who goes without, what is short; a run; sheets; the list for a firm."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.dispatch.models import Campaign
from sijin.exchange import jobs
from sijin.exchange.domain.employment import reads, solving, terms
from sijin.exchange.domain.employment.sheets import SHEETS
from sijin.exchange.files import employment as sheets
from sijin.exchange.files import job_notice
from sijin.exchange.forms import RunForm
from sijin.exchange.models import JobPost, JobRun, JobSuggestion, JobVerdict, JobWish
from sijin.exchange.views import sheets as reading
from sijin.exchange.views.board import campaign_of
from sijin.exchange.views.offers import docx, xlsx
from sijin.people.jobs import start
from sijin.people.models import Account, Job
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken

PAGE = 40
SHOWN = 6  # of each short board
AT_WORK = (Job.State.WAITING, Job.State.RUNNING)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what the last run says of the people whom the reader sees, or the posts, or the people."""
    require(request.user, "view", JobPost)
    return page(request, RunForm(initial=_limit(campaign_of(request.user)), label_suffix=""))


def page(request: HttpRequest, form: RunForm, status: int = 200) -> HttpResponse:
    """Show the page with a form of the next run."""
    account, campaign = request.user, campaign_of(request.user)
    run, q = reads.latest(campaign), request.GET.get("q", "").strip()[:60]
    rows, counts = _sides(account, campaign, run, q)
    show = request.GET.get("show", "")
    show = show if show in rows else next(iter(rows))
    found = Paginator(rows[show], PAGE).get_page(request.GET.get("page"))
    sees_run, may_make = may(account, "view", JobRun), may(account, "make", JobRun)
    context = {
        "page": found,
        "show": show,
        "q": q,
        "sides": [(side, _words(side), counts[side]) for side in rows],
        "run": run if sees_run else None,
        "limit_km": run.limit_km if run else None,
        "figures": run.figures if run and sees_run else {},
        "form": form,
        "job": visible(account, Job).filter(kind=jobs.MATCHING, state__in=AT_WORK).first() if may_make else None,
        "may_make": may_make,
        "may_keep_posts": may(account, "keep", JobPost),
        "may_keep_people": may(account, "keep", JobWish),
        "may_judge": may(account, "judge", JobVerdict),
        "sees_people": may(account, "view", JobWish),
        "shown": SHOWN,
        "next": request.get_full_path(),
    }
    if show in ("suggestions", "without"):
        _told(account, run, list(found))
        for row in found:
            row.back = f"{context['next']}#w{row.wish_id}"  # a judged row is seen again where it stands
    elif show == "people":
        reads.named(account, list(found))
    return render(request, "exchange/jobs_home.html", context, status=status)


def _sides(
    account: Account, campaign: Campaign, run: JobRun | None, q: str
) -> tuple[dict[str, QuerySet[Any]], dict[str, int]]:
    """Return the lists that the reader has, each narrowed by `q`, and how many rows each has without it."""
    whole: dict[str, QuerySet[Any]] = {}
    if may(account, "view", JobSuggestion):
        said = reads.suggestions(account, run)
        whole |= {"suggestions": said.exclude(post=None), "without": said.filter(post=None)}
    whole["posts"] = reads.posts(account, campaign)
    if may(account, "view", JobWish):
        whole["people"] = reads.wishes(account, campaign)
    counts = {side: rows.count() for side, rows in whole.items()}
    if q:
        whole = {side: reads.called(account, rows, side, q) for side, rows in whole.items()}
    return whole, counts


def _words(side: str) -> str:
    return {
        "suggestions": _("Suggestions"),
        "without": _("Without a post"),
        "posts": _("Posts"),
        "people": _("People"),
    }[side]


def _told(account: Account, run: JobRun | None, rows: list[JobSuggestion]) -> None:
    """Give rows the household's others, the names as the reader may see them, the state of the log, what was said."""
    reads.named(account, [row.wish for row in rows])
    others = reads.of_households(account, run)
    for row in rows:
        row.others = others
        row.said = reads.verdict(row.wish, row.post_id)
        row.state = reads.standing(row.wish, row.post_id)


def _limit(campaign: Campaign) -> dict[str, Any]:
    run = reads.latest(campaign)
    return {"limit_km": run.limit_km} if run else {}


@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Match people and posts: a small market at once, a large one by a job."""
    require(request.user, "make", JobRun)
    campaign, form = campaign_of(request.user), RunForm(request.POST, label_suffix="")
    if not form.is_valid():
        return page(request, form, status=422)
    limit = form.cleaned_data["limit_km"]
    if reads.size(request.user, campaign) > terms.table()["at_once"]:
        job = start(request.user, jobs.MATCHING, jobs.match_jobs, campaign=campaign.pk, limit_km=limit)
        return redirect("people:job", pk=job.pk)
    try:
        made = solving.solve(request.user, campaign, limit_km=limit)
    except RuleBroken as refusal:
        form.add_error("limit_km", refusal.message)
        return page(request, form, status=422)
    given = made.figures["given"]
    words = ngettext("%(given)s person has a suggestion.", "%(given)s people have a suggestion.", given)
    messages.success(request, words % {"given": given} + " " + _("Nothing is promised yet: accept, then call."))
    return redirect("exchange:jobs")


@require_http_methods(["GET", "POST"])
def read_in(request: HttpRequest) -> HttpResponse:
    """Take in a sheet of posts or of people: a short one at once, a long one by a job."""
    require(request.user, "keep", JobWish)
    able = [of for of, model in (("posts", JobPost), ("wishes", JobWish)) if may(request.user, "keep", model)]
    headings = [(of, sheets.NAMES[of], [heading for _n, heading, *_r in SHEETS[of].columns]) for of in able]
    return reading.read_in(request, "exchange/jobs_import.html", sheets.read, able, headings=headings)


@require_GET
def template(request: HttpRequest, of: str) -> HttpResponse:
    """Give one of the two empty sheets."""
    require(request.user, "keep", JobWish)
    if of not in SHEETS:
        raise Http404
    return xlsx(sheets.template(of), f"{sheets.NAMES[of]}导入模板.xlsx")


@require_GET
def export(request: HttpRequest, of: str) -> HttpResponse:
    """Give the posts, the people or what the last run says, as a sheet; names as the reader may see them."""
    require(request.user, "view", JobPost)
    account, campaign = request.user, campaign_of(request.user)
    if of == "posts":
        rows = reads.posts(account, campaign).filter(withdrawn_at=None).select_related("region__parent")
        return xlsx(sheets.export_posts(rows), "岗位清单.xlsx")
    if of not in ("wishes", "suggestions"):
        raise Http404
    require(account, "view", JobWish)
    if of == "wishes":
        people = list(reads.wishes(account, campaign).filter(withdrawn_at=None).select_related("region__parent"))
        return xlsx(sheets.export_wishes(reads.named(account, people)), "求职清单.xlsx")
    found = reads.latest(campaign)
    told = list(reads.suggestions(account, found))
    reads.named(account, [row.wish for row in told])
    return xlsx(sheets.suggestions(told, reads.of_households(account, found)), "岗位撮合结果.xlsx")


@require_GET
def firm(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a firm's list, to be printed on A4: its posts, whom the last run suggests for them, where they stand."""
    post = get_object_or_404(visible(request.user, JobPost), pk=pk)
    require(request.user, "view", JobSuggestion)
    campaign = campaign_of(request.user)
    found = reads.latest(campaign)
    own = reads.posts_of_firm(request.user, post)
    rows = list(reads.suggestions(request.user, found).filter(post__firm=post.firm))
    _told(request.user, found, rows)
    listed = [(one, [row for row in rows if row.post_id == one.pk]) for one in own]
    limit = found.limit_km if found else None
    context = {"firm": post.firm, "post": post, "posts": listed, "limit_km": limit, "made": found}
    return render(request, "exchange/jobs_firm.html", context)


@require_GET
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the open posts of a post's firm as .docx, to be put up."""
    post = get_object_or_404(visible(request.user, JobPost).select_related("campaign"), pk=pk)
    today = timezone.localtime(post.campaign.now()).date()
    posts = list(reads.posts_of_firm(request.user, post))
    content = job_notice.document(post.firm, posts, reads.places(request.user, posts), today)
    return docx(content, f"{post.firm}招工简章.docx")
