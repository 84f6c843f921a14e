"""The rows behind a figure: at the side of the page that shows it, as a page of their own, and as a workbook."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sijin.briefing.domain.figures import Figure, Figures, NoSource
from sijin.briefing.domain.rows import behind, columns, listed
from sijin.briefing.files.workbook import rows_workbook
from sijin.briefing.views.asked import figures_of

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _found(figures: Figures, key: str) -> Figure:
    try:
        return figures[key]
    except NoSource as refusal:
        raise Http404 from refusal


@require_GET
def rows(request: HttpRequest, key: str) -> HttpResponse:
    """Show the rows that one figure of the overview counts, as of the day."""
    figures, asked = figures_of(request)
    figure = _found(figures, key)
    context = {
        "figure": figure,
        "parts": [figures[part] for part in figure.parts],
        "as_of": asked,
        "figures": figures,
        "ledger": _ledger(key) if not asked.past else "",
    }
    if figure.model:
        found = behind(request.user, figure.model, figure.keys)
        page = Paginator(found.keys, PAGE).get_page(request.GET.get("page"))
        context |= {
            "behind": found,
            "page": page,
            "columns": columns(figure.model),
            "rows": listed(figure.model, list(page), _stood(figures, figure, list(page))),
        }
    return render(request, "briefing/_rows.html" if request.htmx else "briefing/rows.html", context)


@require_GET
def rows_xlsx(request: HttpRequest, key: str) -> HttpResponse:
    """Give the rows behind one figure as a workbook; rows that the reader may not see are counted in it, not listed."""
    figures, asked = figures_of(request)
    figure = _found(figures, key)
    if not figure.model:
        raise Http404
    found = behind(request.user, figure.model, figure.keys)
    content = rows_workbook(
        figure.label, figure.shown, figure.unit, asked.day, found, _stood(figures, figure, found.keys)
    )
    return download(content, f"{key}-{asked.day.isoformat()}.xlsx", XLSX)


def download(content: bytes, name: str, media_type: str) -> HttpResponse:
    """Return a file that the browser saves."""
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _stood(figures: Figures, figure: Figure, keys: list[int]) -> dict[int, dict]:
    """Return how the rows stood at the time of the figures."""
    before = figure.key.startswith("before.")
    source = figures.before if before else figures
    if figure.model == "ledger.Need":
        frame = source.needs.select("pk", "state", "due")
    elif figure.model == "places.Site":
        frame = source.sites.select("pk", "last")
    else:
        return {}
    wanted = set(keys)
    return {row["pk"]: row for row in frame.to_dicts() if row["pk"] in wanted}


def _ledger(key: str) -> str:
    """Return the ledger's filter that shows the same rows, or an empty string when it has none."""
    name, *narrowings = key.split(".")
    if name not in ("open", "late", "soon", "held") or len(narrowings) > 1:
        return ""
    door = narrowings[0] if narrowings else ""
    return f"?tab={name}&door={door}" if "-" not in door else ""
