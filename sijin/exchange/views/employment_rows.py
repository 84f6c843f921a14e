"""One post, one person: the page with its suggestion and log, the form, verdicts, entries of the log, why not."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.exchange.domain.employment import contacts, keeping, posing, reads, terms, words
from sijin.exchange.domain.rows import restore, withdraw
from sijin.exchange.forms import ContactForm, JobVerdictForm, PostForm, WishForm
from sijin.exchange.models import JobContact, JobPost, JobSuggestion, JobVerdict, JobWish
from sijin.exchange.views.board import campaign_of, way_back
from sijin.people.digits import is_number
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, Refused, RuleBroken, Stale
from sijin.places.models import Site

FITS = 8  # posts that are shown of those which suit a person
MODELS: dict[str, Any] = {"posts": JobPost, "people": JobWish}
VERBS: dict[str, Any] = {"withdraw": withdraw, "restore": restore}


@require_GET
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one post: openings, whom the last run suggests, who was called."""
    found = get_object_or_404(posing.posts_of(request.user), pk=pk)
    run = reads.latest(found.campaign)
    rows = list(reads.suggestions(request.user, run).filter(post=found))
    log = _log(request, {"post": found})
    reads.named(request.user, [row.wish for row in rows] + [entry.wish for entry in log])
    others = reads.of_households(request.user, run)
    for row in rows:
        row.others, row.state = others, reads.standing(row.wish, found.pk)
    context = {
        "post": found,
        "site": visible(request.user, Site).filter(pk=found.site_id).first(),
        "free": reads.open_number(found),
        "rows": rows,
        "log": log,
        "rough": words.rough(found),
        "may_keep": may(request.user, "keep", found),
        "sees_people": may(request.user, "view", JobSuggestion),
    }
    return render(request, "exchange/jobs_post.html", context)


@require_GET
def wish(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person: what the last run says, other posts that suit, the contact log."""
    return _person(request, get_object_or_404(posing.wishes_of(request.user), pk=pk))


def _person(request: HttpRequest, found: JobWish, form: ContactForm | None = None, status: int = 200) -> HttpResponse:
    run = reads.latest(found.campaign)
    row = reads.suggestions(request.user, run).filter(wish=found).first()
    reads.named(request.user, [found])
    if row:
        row.others = reads.of_households(request.user, run)
        row.said, row.state = reads.verdict(row.wish, row.post_id), reads.standing(row.wish, row.post_id)
    limit = run.limit_km if run else terms.table()["travel"]["limit_km"]
    fits = posing.suiting(request.user, found)
    named, log = may(request.user, "name", found), _log(request, {"wish": found})
    called = [row.post] if row and row.post else [one for one, _fit in fits[:1]]
    context = {
        "wish": found,
        "row": row,
        "fits": fits[:FITS],
        "more": max(0, len(fits) - FITS),
        "limit_km": limit,
        "reach": limit if found.reach_km is None else min(limit, found.reach_km),
        "rough": words.rough(found),
        "log": log,
        "hired": next((entry for entry in log if entry.last and entry.outcome == JobContact.Outcome.HIRED), None),
        "outcomes": JobContact.Outcome.choices,
        "called": called[0].pk if called else None,
        "choices": list(dict.fromkeys([*called, *(one for one, _fit in fits[:FITS])])),
        "form": form,
        "today": timezone.localtime(found.campaign.now()).date(),
        "may_keep": may(request.user, "keep", found),
        "may_judge": named and may(request.user, "judge", JobVerdict),
        "may_log": named and may(request.user, "log", JobContact),
        "next": reverse("exchange:job_wish", args=[found.pk]),
    }
    return render(request, "exchange/jobs_wish.html", context, status=status)


def _log(request: HttpRequest, which: dict[str, Any]) -> list[JobContact]:
    rows = visible(request.user, JobContact).filter(**which)
    return list(rows.select_related("by", "post", "wish__region", "wish__site"))


@require_http_methods(["GET", "POST"])
def post_form(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write a post down, or change one."""
    require(request.user, "keep", JobPost)
    rows = visible(request.user, JobPost).select_related("site", "region__parent")
    found = get_object_or_404(rows, pk=pk) if pk else None
    return _form(request, "posts", found)


@require_http_methods(["GET", "POST"])
def wish_form(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write down a person who looks for work, or change what is written."""
    require(request.user, "keep", JobWish)
    rows = visible(request.user, JobWish).select_related("site", "region__parent")
    found = get_object_or_404(rows, pk=pk) if pk else None
    if found:
        require(request.user, "keep", found)
    return _form(request, "people", found)


def _form(request: HttpRequest, of: str, found: Any) -> HttpResponse:
    """Show the form of a post or a person; who was slower gets it back with what the other changed."""
    kind, page = (PostForm, "exchange:job_post") if of == "posts" else (WishForm, "exchange:job_wish")
    if request.method == "GET":
        form = kind(initial=kind.initial_of(found) if found else None, account=request.user)
        return _form_page(request, form, of, found)
    form, status, diff = kind(request.POST, account=request.user), 422, []
    if form.is_valid():
        facts, campaign = dict(form.cleaned_data), campaign_of(request.user)
        version = facts.pop("version")
        keep = keeping.keep_post if of == "posts" else keeping.keep_wish
        try:
            code = found.code if found else keeping.next_code(campaign, MODELS[of])
            made, _became = keep(request.user, campaign, code, version=version, **facts)
        except Stale as stale:
            status, diff = 409, [(form.fields[name].label, *pair) for name, pair in stale.facts["diff"].items()]
            form.data = form.data.copy()
            form.data["version"] = stale.facts["found"]
        except (RuleBroken, NotAllowed) as refusal:
            status, field = refusal.status, refusal.facts.get("field")
            form.add_error(field if field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Kept. The next run takes it into account."))
            return redirect(page, pk=made.pk)
    return _form_page(request, form, of, found, status, diff)


def _form_page(request: HttpRequest, form: Any, of: str, found: Any, status: int = 200, diff: Any = ()) -> HttpResponse:
    context = {"form": form, "of": of, "row": found, "diff": diff, "stale": status == 409}
    context["occupations"] = terms.table()["occupations"].values()
    return render(request, "exchange/jobs_form.html", context, status=status)


@require_POST
def act(request: HttpRequest, of: str, pk: int, verb: str) -> HttpResponse:
    """Take a post or a person out, or put them back."""
    if of not in MODELS:
        raise Http404
    found, version = get_object_or_404(visible(request.user, MODELS[of]), pk=pk), request.POST.get("version", "")
    if verb not in VERBS or not is_number(version):
        raise RuleBroken(_("This cannot be done with it."))
    VERBS[verb](request.user, found, version=int(version))
    taken, back = _("Taken out: the next run does not know it. It can be put back."), _("Put back.")
    messages.success(request, taken if verb == "withdraw" else back)
    return redirect("exchange:job_post" if of == "posts" else "exchange:job_wish", pk=pk)


@require_POST
def judge(request: HttpRequest) -> HttpResponse:
    """Accept a suggestion, turn it down, or take back what was said."""
    require(request.user, "judge", JobVerdict)
    form = JobVerdictForm(request.POST, account=request.user)
    if not form.is_valid():
        raise RuleBroken(_("The person or the post is not there any more."))
    facts = form.cleaned_data
    said = contacts.judge(
        request.user, facts["wish"], facts["post"], facts["says"], facts["note"], version=facts["version"]
    )
    told = {
        "accepted": _("Accepted: later runs keep it. Now call, and write down what came of it."),
        "refused": _("Turned down: it is not suggested again. It can be taken back."),
        "": _("Taken back."),
    }
    messages.success(request, told[said.says])
    return redirect(way_back(request) or reverse("exchange:job_wish", args=[facts["wish"].pk]))


@require_POST
def log(request: HttpRequest) -> HttpResponse:
    """Add an entry to the contact log; a refused one comes back with what was typed."""
    require(request.user, "log", JobContact)
    form = ContactForm(request.POST, account=request.user)
    facts = form.cleaned_data if form.is_valid() else {}
    found = form.cleaned_data.get("wish")
    if found is None:
        raise RuleBroken(_("The person or the post is not there any more."))
    if facts:
        try:
            contacts.log(request.user, found, facts["post"], facts["outcome"], facts["note"], on=facts["on"])
        except NotAllowed:
            raise
        except Refused as refusal:
            form.add_error(refusal.facts.get("field"), refusal.message)
        else:
            messages.success(request, _("Written down."))
            return redirect("exchange:job_wish", pk=found.pk)
    return _person(request, found, form, status=422)


@require_GET
def why(request: HttpRequest) -> HttpResponse:
    """Answer for any person and post that the reader sees why they are matched, or why not."""
    require(request.user, "view", JobWish)
    typed = {name: request.GET.get(name, "").strip()[:40] for name in ("wish", "post")}
    campaign = campaign_of(request.user)
    people = reads.called(
        request.user, posing.wishes_of(request.user).filter(campaign=campaign), "people", typed["wish"]
    )
    posts = reads.called(request.user, posing.posts_of(request.user).filter(campaign=campaign), "posts", typed["post"])
    one, other = reads.one_of(people, typed["wish"]), reads.one_of(posts, typed["post"])
    context: dict[str, Any] = {"typed": typed}
    if one and other:
        reads.named(request.user, [one])
        run = reads.latest(campaign)
        context |= {"wish": one, "post": other, "answer": words.why_not(request.user, one, other, run)}
    elif typed["wish"] and typed["post"]:
        context["nothing"] = _("Not exactly one person and one post of these words are there; type their codes.")
    return render(request, "exchange/jobs_why.html", context)
