"""What every page shows around its content: the tabs of the loop with their counts, the campaign, the cut-off."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign, Team
from sijin.exchange.models import Offer
from sijin.ledger.domain.reads import waiting_for
from sijin.ledger.models import Need
from sijin.people.policy import may, visible
from sijin.visits.models import Visit


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the frame; empty for strangers."""
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        return {}
    campaign = visible(account, Campaign).first()
    tabs = []
    for key, glyph, name, model in (  # the loop, in its order; a room is here when it works
        ("dispatch", "派", _("Dispatch"), Team),
        ("visits", "访", _("Visits"), Visit),
        ("ledger", "账", _("Ledger"), Need),
        ("exchange", "配", _("Exchange"), Offer),
        ("briefing", "汇", _("Overview"), Need),
    ):
        if may(account, "view", model):
            url = reverse(f"{key}:home")
            current = request.path == url if key == "briefing" else request.path.startswith(url)
            count = waiting_for(account).count() if key == "ledger" else 0
            tabs.append({"glyph": glyph, "name": name, "url": url, "current": current, "count": count})
    return {"shell": {"tabs": tabs, "campaign": campaign, "account": account}}
