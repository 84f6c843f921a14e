"""Every route of the pages and of the API, with what must decide there. A route without a line fails the test.

A line names the model whose policy decides, the verb that reading needs and, if the route takes POST, the verb that
doing needs (`EACH` stands for the verb in the address). `rows` says which row of the worlds each parameter of the
address takes, `body` what is sent. The expected answer depends on nothing but what `access.yaml` gives.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sijin.exchange.domain import STEPS
from sijin.exchange.views.matches import VERBS
from sijin.ledger.transitions import TABLE
from sijin.ledger.views.rows import AT_ONCE

EACH = "each"
Body = Callable[[Callable[[str], Any]], dict[str, Any]]


@dataclass(frozen=True)
class Rule:
    """What decides at one route; see the module."""

    model: str | None = None  # None: whoever is signed in
    read: str | None = "view"  # None: GET is not taken
    do: str | None = None  # None: POST is not taken
    rows: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    each: tuple[str, Iterable[str]] | None = None  # a parameter that takes every one of these values
    except_for: dict[str, tuple[str, str]] = field(default_factory=dict)  # value → what is asked there instead
    body: Body = lambda row: {}
    also: tuple[str, str] | None = None  # a second model and verb of which the role must have some rows
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "post"
    secrets: tuple[str, ...] = ()  # what a reader to whom all rows are open must find: proves that the route can leak
    query: str = ""
    answers: tuple[int, ...] = (200,)
    open: bool = False  # strangers are let in

    def verb_for(self, value: str) -> tuple[str | None, str]:
        """Return the model and the verb that decide on doing, when the parameter `each` takes `value`."""
        return self.except_for.get(value, (self.model, value if self.do == EACH else self.do or ""))


def listing(model: str, *secrets: str, query: str = "", **more: Any) -> Rule:
    """A list: whoever may read some rows of the model sees it, with those rows only."""
    return Rule(model, secrets=secrets, query=query, **more)


def reading(model: str, parameter: str, row: str, *secrets: str, **more: Any) -> Rule:
    """A page of one row."""
    rows = more.pop("rows", {parameter: row})
    return Rule(model, rows=rows, secrets=secrets, **more)


def doing(model: str, verb: str, parameter: str, row: str, **more: Any) -> Rule:
    """A verb by POST alone, on the row that the address names."""
    rows = more.pop("rows", {parameter: row} if parameter else {})
    return Rule(model, read=None, do=verb, rows=rows, **more)


def _behind(*secrets: str) -> Rule:
    """The rows behind a figure of a brief."""
    return Rule("briefing.Brief", rows={"pk": "brief", "key": "figure"}, secrets=secrets)


def _facts(row: Callable[[str], Any]) -> dict[str, Any]:
    """Everything that any verb of a need may ask for; each takes what it knows."""
    return {
        "version": row("need").version,
        "note": "已核",
        "klass": 2,
        "lead_unit": row("unit").pk,
        "measure": "协调",
        "aspect": "funds",
        "verdict": "satisfied",
        "review_on": "2020-04-30",
        "workdays": 3,
        "told": "电话",
        "item": row("item").pk,
        "quantity": "1",
        "done_measure": row("measure").pk,
        "result": "已办",
    }


def _move(row: Callable[[str], Any]) -> dict[str, Any]:
    return {"kind": "site", "subject": row("site").pk, "team": row("team").pk}


PAGES: dict[str, Rule] = {
    "briefing:home": Rule(secrets=("SECRET-NEED",)),
    "dispatch:home": listing("dispatch.Team", "SECRET-TEAM"),
    "dispatch:team": reading("dispatch.Team", "pk", "team", "SECRET-TEAM", "SECRET-OFFICIAL", "SECRET-SITE"),
    "dispatch:map": listing("dispatch.Team"),
    "dispatch:points": listing("dispatch.Team", "SECRET-SITE"),
    "dispatch:official": reading("dispatch.Team", "pk", "official", "SECRET-OFFICIAL", "SECRET-TEAM"),
    "dispatch:site": reading("places.Site", "pk", "site", "SECRET-SITE"),
    "dispatch:fits": Rule("dispatch.Team", read="change", rows={"pk": "site"}, fixed={"kind": "site"}),
    "dispatch:loose": Rule("dispatch.Team", read="change", fixed={"kind": "official"}),
    "dispatch:solve": Rule("dispatch.DispatchPlan", read=None, do="make", body=lambda row: {"seconds": 2}),
    "dispatch:plan": reading("dispatch.DispatchPlan", "pk", "plan", "SECRET-PLAN"),
    "dispatch:approve": doing("dispatch.DispatchPlan", "approve", "pk", "plan"),
    "dispatch:discard": doing("dispatch.DispatchPlan", "approve", "pk", "plan"),
    "dispatch:preview": Rule("dispatch.Team", read="change"),
    "dispatch:prices": Rule("dispatch.Team", read="change", query="?pick=official:1", answers=(200, 404)),
    "dispatch:move": Rule("dispatch.Team", read=None, do="change", body=_move),
    "dispatch:lock": Rule("dispatch.Team", read=None, do="change", body=lambda row: _move(row) | {"locked": "on"}),
    "dispatch:lead": doing("dispatch.Team", "change", "pk", "membership"),
    "dispatch:undo": Rule("dispatch.Team", read=None, do="change"),
    "dispatch:publish": Rule("dispatch.Publication", read="publish", do="publish"),
    "dispatch:publication": reading("dispatch.Publication", "pk", "publication", "791,913"),
    "dispatch:accounts_sheet": doing("dispatch.Publication", "fetch", "pk", "publication"),
    "dispatch:what_ifs": listing("dispatch.WhatIf", "SECRET-WHAT-IF", do="ask", body=lambda row: {"seconds": 2}),
    "dispatch:what_if_one_more": Rule("dispatch.WhatIf", read=None, do="ask"),
    "dispatch:what_if": reading("dispatch.WhatIf", "pk", "what_if", "SECRET-WHAT-IF"),
    "dispatch:what_if_discard": doing("dispatch.WhatIf", "discard", "pk", "what_if"),
    "dispatch:rosters": Rule("dispatch.Campaign", read="import", do="import", secrets=("SECRET-ROSTER",)),
    "dispatch:roster_export": Rule(
        "dispatch.Campaign", read="import", secrets=("SECRET-OFFICIAL", "SECRET-SITE", "SECRET-TIE")
    ),
    "dispatch:template": Rule("dispatch.Campaign", read="import"),
    "dispatch:roster": reading("dispatch.RosterImport", "pk", "roster", "SECRET-ROSTER"),
    "dispatch:roster_apply": doing("dispatch.Campaign", "import", "pk", "roster"),
    "dispatch:rejected": reading("dispatch.RosterImport", "pk", "roster", "SECRET-ROSTER"),
    "dispatch:campaign_new": Rule("dispatch.Campaign", read="create", do="create"),
    "dispatch:campaign": reading("dispatch.Campaign", "pk", "campaign"),
    "dispatch:campaign_edit": Rule("dispatch.Campaign", read="change", do="change", rows={"pk": "campaign"}),
    "dispatch:rules": Rule(
        "dispatch.Campaign", read="change", do="change", rows={"pk": "campaign"}, secrets=("SECRET-TIE",)
    ),
    "dispatch:rules_preview": Rule("dispatch.Campaign", read="change", do="change", rows={"pk": "campaign"}),
    "dispatch:rules_reset": doing("dispatch.Campaign", "change", "pk", "campaign"),
    "dispatch:tie": doing("dispatch.Tie", "change", "pk", "campaign"),
    "dispatch:untie": doing("dispatch.Tie", "change", "pk", "tie"),
    "dispatch:week": reading("dispatch.Team", "pk", "team", "SECRET-TEAM", "SECRET-SITE"),
    "dispatch:week_ics": reading("dispatch.Team", "pk", "team", "SECRET-TEAM", "SECRET-SITE"),
    "dispatch:sheet": reading("dispatch.Team", "pk", "team", "SECRET-TEAM", "SECRET-OFFICIAL", "SECRET-SITE"),
    "dispatch:sheets": listing("dispatch.Team"),
    "dispatch:sheets_file": listing("dispatch.Team", "SECRET-TEAM", "SECRET-OFFICIAL", "SECRET-SITE", do="view"),
    "dispatch:sheets_made": Rule("dispatch.Team", rows={"pk": "job"}, answers=(404,)),
    "dispatch:who": Rule("people.Official", query="?q=缺工"),
    "ledger:home": listing("ledger.Need", "SECRET-NEED", "SECRET-SITE", "SECRET-FILTER", query="?tab=all"),
    "ledger:new": Rule("ledger.Need", read="raise", do="raise", body=lambda row: {"title": "新需求"}),
    "ledger:sites": Rule("ledger.Need", read="raise", query="?site=SECRET", secrets=("SECRET-SITE",)),
    "ledger:need": reading("ledger.Need", "pk", "need", "SECRET-NEED", "SECRET-UNIT", "SECRET-ACCOUNT"),
    "ledger:act": Rule(
        "ledger.Need",
        read=EACH,
        do=EACH,
        rows={"pk": "need"},
        each=("verb", TABLE),
        body=_facts,
        headers={"HX-Request": "true"},  # the form alone, which is what a click asks for
    ),
    "ledger:why": reading("ledger.Need", "pk", "need", "SECRET-NEED"),
    "ledger:package": reading("ledger.Need", "pk", "need", "SECRET-NEED"),
    "ledger:confirm_sheet": reading("ledger.Need", "pk", "need", "SECRET-NEED"),
    "ledger:evidence": Rule("ledger.Need", rows={"pk": "need", "file_pk": "evidence"}, secrets=("SECRET-FILE",)),
    "ledger:thumb": Rule("ledger.Need", rows={"pk": "need", "file_pk": "picture"}),
    "ledger:row": doing(
        "ledger.Need", EACH, "pk", "need", each=("verb", AT_ONCE), body=lambda row: {"version": row("need").version}
    ),
    "ledger:filters": listing("ledger.Need"),
    "ledger:columns": Rule("ledger.Need", read=None, do="view", body=lambda row: {"column": ["title"]}),
    "ledger:save_filter": Rule("ledger.SavedFilter", read=None, do="save", body=lambda row: {"name": "我的筛选"}),
    "ledger:change_filter": doing("ledger.SavedFilter", "save", "pk", "filter", body=lambda row: {"action": "delete"}),
    "ledger:choose": Rule(
        "ledger.Need",
        read=None,
        do="supervise",
        body=lambda row: {"verb": "supervise", "pick": [f"{row('need').pk}:{row('need').version}"]},
    ),
    "ledger:bulk": reading("ledger.BulkAction", "pk", "bulk", do="view"),
    "ledger:refused": reading("ledger.BulkAction", "pk", "bulk"),
    "ledger:export": listing("ledger.Need", "SECRET-NEED", "SECRET-SITE", fixed={"kind": "xlsx"}, do="view"),
    "ledger:file": reading("ledger.LedgerFile", "pk", "made", "SECRET-EXPORT"),
    "ledger:fetch": reading("ledger.LedgerFile", "pk", "made", "SECRET-EXPORT"),
    "ledger:bring": listing("ledger.Need", "SECRET-SHEET", do="view"),
    "ledger:template": Rule("ledger.Need", read="raise"),
    "ledger:import": reading("ledger.SheetImport", "pk", "sheet", "SECRET-SHEET", do="view"),
    "ledger:mend": reading("ledger.SheetImport", "pk", "sheet", "SECRET-SHEET"),
    "ledger:triage": Rule("ledger.Need", read=None, do="raise", body=lambda row: {"text": "缺工"}),
    "ledger:corrections": listing("ledger.TriageExample", "SECRET-EXAMPLE"),
    "ledger:withdraw_correction": doing("ledger.TriageExample", "withdraw", "pk", "example"),
    "ledger:print": listing("ledger.Need", "SECRET-NEED", "SECRET-SITE", query="?tab=all"),
    "briefing:map": Rule("ledger.Need"),
    "briefing:rows": Rule("ledger.Need", fixed={"key": "open"}, secrets=("SECRET-NEED",)),
    "briefing:rows_xlsx": Rule("ledger.Need", fixed={"key": "open"}, secrets=("SECRET-NEED",)),
    "briefing:briefs": listing("briefing.Brief", do="issue", body=lambda row: {"date": "2020-03-04", "reason": "x"}),
    "briefing:brief": reading("briefing.Brief", "pk", "brief", "SECRET-BRIEF"),
    "briefing:docx": reading("briefing.Brief", "pk", "brief", "SECRET-BRIEF"),
    "briefing:brief_figures": reading("briefing.Brief", "pk", "brief", "SECRET-BRIEF"),
    "briefing:brief_rows": Rule(
        "briefing.Brief", rows={"pk": "brief", "key": "figure"}, secrets=("SECRET-BRIEF", "SECRET-NEED")
    ),
    "briefing:brief_rows_xlsx": Rule(
        "briefing.Brief", rows={"pk": "brief", "key": "figure"}, secrets=("SECRET-BRIEF", "SECRET-NEED")
    ),
    "visits:home": listing("visits.Visit", "SECRET-VISIT", "SECRET-SITE"),
    "visits:list": listing("visits.Visit", "SECRET-VISIT", "SECRET-SITE"),
    "visits:export": listing("visits.Visit", "SECRET-VISIT", "SECRET-SITE", do="view"),
    "visits:calendar": listing("visits.PlannedVisit", "SECRET-SITE", query="?from=2020-03-02"),
    "visits:new": Rule("visits.Visit", read="record", do="record", body=lambda row: {"site": row("site").pk}),
    "visits:plan": doing(
        "visits.PlannedVisit",
        "plan",
        "",
        "",
        body=lambda row: {"site": row("site").pk, "team": row("team").pk, "day": "2020-03-09"},
    ),
    "visits:cancel": doing("visits.PlannedVisit", "plan", "pk", "planned"),
    "visits:photo": reading("visits.Visit", "pk", "photo", "SECRET-PHOTO"),
    "visits:diary_last": reading("dispatch.Team", "pk", "team", answers=(302,)),
    "visits:diary": reading("dispatch.Team", "pk", "team", "SECRET-VISIT", "SECRET-TEAM", fixed={"day": "2020-03-05"}),
    "visits:visit": reading("visits.Visit", "pk", "visit", "SECRET-VISIT", "SECRET-SITE"),
    "visits:saved": reading("visits.Visit", "pk", "visit", "SECRET-SITE"),
    "visits:amend": Rule(
        "visits.Visit", read="amend", do="amend", rows={"pk": "visit"}, body=lambda row: {"version": 1}
    ),
    "visits:note": doing("visits.Visit", "note", "pk", "visit", body=lambda row: {"note": "补记"}),
    "exchange:home": listing("exchange.Offer", "SECRET-OFFER", "SECRET-NEED"),
    "exchange:reserve": Rule(
        "exchange.Match",
        read=None,
        do="reserve",
        body=lambda row: {"need": row("need").pk, "offer": row("offer").pk, "quantity": "1"},
    ),
    "exchange:fitting": reading("ledger.Need", "pk", "need", also=("exchange.Complement", "view")),
    "exchange:complements": listing("exchange.Complement", "SECRET-NEED", "SECRET-OFFER"),
    "exchange:search": Rule("exchange.Complement", read=None, do="find"),
    "exchange:judge": Rule(
        "exchange.Complement",
        read=None,
        do="judge",
        body=lambda row: {"need": row("need").pk, "offer": row("offer").pk, "verdict": "accept"},
    ),
    "exchange:undo": doing("exchange.Complement", "judge", "pk", "judged"),
    "exchange:why": listing("exchange.Offer", "SECRET-NEED", query="?need=SECRET&offer=SECRET"),
    "exchange:offers": listing("exchange.Offer", "SECRET-OFFER"),
    "exchange:offer_new": Rule("exchange.Offer", read="offer", do="offer"),
    "exchange:export": listing("exchange.Offer", "SECRET-OFFER"),
    "exchange:template": Rule("exchange.Offer", read="offer"),
    "exchange:import_new": Rule("exchange.Offer", read="offer", do="offer"),
    "exchange:import": reading("exchange.OfferImport", "pk", "offer_sheet"),
    "exchange:import_rows": reading("exchange.OfferImport", "pk", "offer_sheet"),
    "exchange:offer": reading("exchange.Offer", "pk", "offer", "SECRET-OFFER"),
    "exchange:offer_edit": Rule("exchange.Offer", read="offer", do="offer", rows={"pk": "offer"}),
    "exchange:offer_act": doing(
        "exchange.Offer", "offer", "pk", "offer", fixed={"verb": "withdraw"}, body=lambda row: {"version": 1}
    ),
    "exchange:clearings": listing("exchange.Clearing", "791,919"),
    "exchange:clearing_run": Rule(
        "exchange.Clearing",
        read=None,
        do="make",
        body=lambda row: {"kind": "goods", "floor": "30", "change": "20", "seconds": "2"},
    ),
    "exchange:clearing_lift": doing("exchange.ClearingLock", "fix", "pk", "lock"),
    "exchange:clearing": reading("exchange.Clearing", "pk", "clearing", "SECRET-NEED", "SECRET-OFFER", "791,919"),
    "exchange:clearing_publish": doing(
        "exchange.Clearing", "publish", "pk", "clearing", body=lambda row: {"which": "all"}
    ),
    "exchange:clearing_withdraw": doing("exchange.Clearing", "publish", "pk", "clearing"),
    "exchange:clearing_fix": doing(
        "exchange.ClearingLock",
        "fix",
        "pk",
        "clearing",
        body=lambda row: {"row": row("proposal").pk, "says": "never"},
    ),
    "exchange:clearing_workbook": reading("exchange.Clearing", "pk", "clearing", "SECRET-NEED", "SECRET-OFFER"),
    "exchange:clearing_prices": reading("exchange.Clearing", "pk", "clearing", "SECRET-OFFER"),
    "exchange:clearing_price": reading(
        "exchange.Clearing",
        "pk",
        "clearing",
        "SECRET-NEED",
        "SECRET-OFFER",
        rows={"pk": "clearing", "price": "scarce"},
    ),
    "exchange:matches": listing("exchange.Match", "SECRET-NEED", query="?tab=open"),
    "exchange:match": reading("exchange.Match", "pk", "match", "SECRET-NEED", "SECRET-OFFER"),
    "exchange:match_act": doing(
        "exchange.Match", EACH, "pk", "match", each=("verb", VERBS), body=lambda row: {"version": row("match").version}
    ),
    "exchange:soil": listing("exchange.SoilSample", "SECRET-SOIL", "SECRET-NEED"),
    "exchange:soil_need": reading("exchange.SoilSample", "pk", "need", "SECRET-SOIL", "SECRET-NEED"),
    "exchange:soil_take": Rule("ledger.Need", read="sample_soil", do="sample_soil", rows={"pk": "need"}),
    "exchange:soil_sample": reading("exchange.SoilSample", "pk", "soil", "SECRET-SOIL", "SECRET-NEED"),
    "exchange:soil_hand_over": doing(
        "ledger.Need",
        "sample_soil",
        "pk",
        "soil",
        body=lambda row: {"version": 1, "receiver": "检测中心", "on": "2020-03-05T10:00", "signed": "收样员"},
    ),
    "exchange:soil_report": doing("ledger.Need", "sample_soil", "pk", "soil"),
    "exchange:soil_act": doing(
        "ledger.Need", "sample_soil", "pk", "soil", fixed={"verb": "withdraw"}, body=lambda row: {"version": 1}
    ),
    "exchange:experts": listing("exchange.ExpertVisit", "SECRET-EXPERT", "SECRET-NEED"),
    "exchange:experts_export": listing("exchange.ExpertVisit", "SECRET-EXPERT", "SECRET-NEED"),
    "exchange:expert": reading("exchange.ExpertVisit", "pk", "need", "SECRET-EXPERT", "SECRET-NEED"),
    "exchange:expert_assign": doing(
        "ledger.Need",
        "assign_expert",
        "pk",
        "need",
        body=lambda row: {"who": f"offer-{row('offer').pk}", "expected_on": "2020-03-08"},
    ),
    "exchange:expert_act": doing(
        "ledger.Need",
        EACH,
        "pk",
        "expert_visit",
        each=("verb", ("come", "not_come", "withdraw")),
        except_for={
            "come": ("ledger.Need", "expert_came"),
            "not_come": ("ledger.Need", "expert_came"),
            "withdraw": ("ledger.Need", "assign_expert"),
        },
        body=lambda row: {"version": row("expert_visit").version, "on": "2020-03-05"},
    ),
    "exchange:agreements": listing("exchange.Agreement", "SECRET-AGREEMENT", "SECRET-EVENT", "SECRET-SITE"),
    "exchange:event_new": Rule("exchange.MatchmakingEvent", read="hold", do="hold"),
    "exchange:agreement_new": Rule("exchange.Agreement", read="sign", do="sign"),
    "exchange:event": reading("exchange.MatchmakingEvent", "pk", "held", "SECRET-EVENT", "SECRET-GUEST"),
    "exchange:event_guests": doing("exchange.MatchmakingEvent", "hold", "pk", "held"),
    "exchange:event_invite": doing(
        "exchange.MatchmakingEvent", "hold", "pk", "held", body=lambda row: {"name": "另一家"}
    ),
    "exchange:event_sign": doing("exchange.Agreement", "sign", "pk", "held"),
    "exchange:event_deliver": doing("exchange.Agreement", "sign", "pk", "held"),
    "exchange:chain": listing("exchange.ChainFirm", "SECRET-CHAIN"),
    "exchange:chain_raise": Rule(
        "exchange.ChainFirm", read=None, do="keep", body=lambda row: {"product": "-", "kind": "single"}
    ),
    "exchange:chain_import": Rule("exchange.ChainFirm", read="keep", do="keep"),
    "exchange:chain_template": Rule("exchange.ChainFirm", read="keep"),
    "exchange:chain_export": Rule("exchange.ChainFirm", secrets=("SECRET-CHAIN",)),
    "exchange:pool": listing("exchange.PoolPlan", "SECRET-ORDER"),
    "exchange:pool_solve": Rule(
        "exchange.PoolPlan", read=None, do="make", body=lambda row: {"seconds": 1, "change": 0}
    ),
    "exchange:pool_order_new": Rule("exchange.PoolOrder", read="keep", do="keep"),
    "exchange:pool_order": Rule(
        "exchange.PoolOrder", read="keep", do="keep", rows={"pk": "order"}, secrets=("SECRET-ORDER",)
    ),
    "exchange:pool_maker_new": Rule("exchange.PoolMaker", read="keep", do="keep"),
    "exchange:pool_maker": Rule(
        "exchange.PoolMaker", read="keep", do="keep", rows={"pk": "maker"}, secrets=("SECRET-MAKER",)
    ),
    "exchange:pool_import": Rule("exchange.PoolOrder", read="keep", do="keep"),
    "exchange:pool_template": Rule("exchange.PoolOrder", read="keep", fixed={"of": "orders"}),
    "exchange:pool_export": Rule("exchange.PoolMaker", fixed={"of": "makers"}, secrets=("SECRET-MAKER",)),
    "exchange:pool_act": doing(
        "exchange.PoolMaker",
        "keep",
        "pk",
        "maker",
        fixed={"of": "makers", "verb": "withdraw"},
        body=lambda row: {"version": row("maker").version},
    ),
    "exchange:pool_plan": reading("exchange.PoolPlan", "pk", "pool_plan", "SECRET-MAKER", "SECRET-ORDER"),
    "exchange:pool_again": doing(
        "exchange.PoolPlan", "make", "pk", "pool_plan", body=lambda row: {"seconds": 1, "change": 0}
    ),
    "exchange:pool_publish": doing("exchange.PoolPlan", "publish", "pk", "pool_plan"),
    "exchange:pool_discard": doing("exchange.PoolPlan", "make", "pk", "pool_plan"),
    "exchange:pool_scenario": doing("exchange.PoolPlan", "make", "pk", "pool_plan", body=lambda row: {"kind": "alone"}),
    "exchange:pool_sheet": reading("exchange.PoolPlan", "pk", "pool_plan", "SECRET-MAKER", "SECRET-ORDER"),
    "exchange:pool_workbook": reading("exchange.PoolPlan", "pk", "pool_plan", "SECRET-MAKER", "SECRET-ORDER"),
    "exchange:pool_drafts": reading("exchange.PoolPlan", "pk", "pool_plan", "SECRET-MAKER", "SECRET-ORDER"),
    "exchange:pool_event": doing(
        "exchange.MatchmakingEvent",
        "hold",
        "pk",
        "pool_plan",
        body=lambda row: {"name": "对接会", "held_on": "2020-03-06"},
    ),
    "exchange:pool_reserve": doing("exchange.Match", "reserve", "pk", "pool_plan"),
    "exchange:pool_share": Rule(
        "exchange.PoolPlan", rows={"pk": "pool_plan", "share": "pool_share"}, secrets=("SECRET-MAKER", "SECRET-ORDER")
    ),
    "exchange:pool_share_act": Rule(
        "exchange.PoolPlan",
        read=None,
        do="make",
        rows={"pk": "pool_plan", "share": "pool_share"},
        fixed={"verb": "lock"},
        body=lambda row: {"version": row("pool_plan").version},
    ),
    "exchange:jobs": listing("exchange.JobPost", "SECRET-WISH", "791,917"),
    "exchange:jobs_run": Rule("exchange.JobRun", read=None, do="make", body=lambda row: {"limit_km": 15}),
    "exchange:jobs_import": Rule("exchange.JobWish", read="keep", do="keep"),
    "exchange:jobs_template": Rule("exchange.JobWish", read="keep", fixed={"of": "wishes"}),
    "exchange:jobs_export": listing("exchange.JobWish", "SECRET-WISH", fixed={"of": "wishes"}),
    "exchange:jobs_judge": Rule(
        "exchange.JobVerdict",
        read=None,
        do="judge",
        body=lambda row: {"wish": row("wish").pk, "post": row("post").pk, "says": "accepted"},
    ),
    "exchange:jobs_log": Rule(
        "exchange.JobContact",
        read=None,
        do="log",
        body=lambda row: {"wish": row("wish").pk, "post": row("post").pk, "outcome": "interview"},
    ),
    "exchange:jobs_why": listing("exchange.JobWish", "SECRET-WISH", query="?wish=SECRET&post=p1"),
    "exchange:job_post": reading("exchange.JobPost", "pk", "post", "SECRET-WISH", "SECRET-CALL"),
    "exchange:job_post_new": Rule("exchange.JobPost", read="keep", do="keep"),
    "exchange:job_post_edit": Rule("exchange.JobPost", read="keep", do="keep", rows={"pk": "post"}),
    "exchange:jobs_notice": reading("exchange.JobPost", "pk", "post"),
    "exchange:jobs_firm": reading(
        "exchange.JobPost", "pk", "post", "SECRET-WISH", also=("exchange.JobSuggestion", "view")
    ),
    "exchange:job_wish": reading("exchange.JobWish", "pk", "wish", "SECRET-WISH", "SECRET-CALL"),
    "exchange:job_wish_new": Rule("exchange.JobWish", read="keep", do="keep"),
    "exchange:job_wish_edit": Rule(
        "exchange.JobWish", read="keep", do="keep", rows={"pk": "wish"}, secrets=("SECRET-WISH",)
    ),
    "exchange:job_act": doing(
        "exchange.JobWish",
        "keep",
        "pk",
        "wish",
        fixed={"of": "people", "verb": "withdraw"},
        body=lambda row: {"version": 1},
    ),
    "exchange:relief": listing("exchange.ReliefFigures", "7,913,791.00"),
    "exchange:relief_rules": listing("exchange.ReliefFigures"),
    "exchange:relief_sheet": reading("exchange.ReliefFigures", "pk", "site", "SECRET-SITE", "7,913,791.00"),
    "exchange:relief_document": reading("exchange.ReliefFigures", "pk", "site", "SECRET-SITE", "7,913,791.00"),
    "exchange:relief_workbook": reading("exchange.ReliefFigures", "pk", "site"),
    "exchange:relief_figures": Rule("exchange.ReliefFigures", read="keep", do="keep", rows={"pk": "site"}),
    "exchange:relief_claim": doing("exchange.ReliefClaim", "mark", "pk", "site", body=lambda row: {"rule": "TAX-LAND"}),
    "exchange:relief_template": Rule("exchange.ReliefImport", read="make"),
    "exchange:relief_import_new": Rule("exchange.ReliefImport", read="make", do="make"),
    "exchange:relief_import": reading("exchange.ReliefImport", "pk", "relief_list", "SECRET-SHEET"),
    "exchange:relief_import_rows": reading("exchange.ReliefImport", "pk", "relief_list"),
    "works:sites": listing("places.Site", "SECRET-SITE"),
    "works:site": reading("places.Site", "pk", "site", "SECRET-SITE", "SECRET-NEED", "SECRET-CONTACT"),
    "works:site_edit": Rule("places.Site", read="change", do="change", rows={"pk": "site"}),
    "works:advices": listing("works.AdviceCard", "SECRET-ADVICE"),
    "works:advice": reading("works.AdviceCard", "pk", "advice", "SECRET-ADVICE"),
    "works:advice_new": Rule("works.AdviceCard", read="advise", do="advise", rows={"pk": "site"}),
    "works:advice_correct": Rule("works.AdviceCard", read="advise", do="advise", rows={"pk": "advice"}),
    "works:advice_follow": doing(
        "works.AdviceCard",
        "advise",
        "pk",
        "advice",
        body=lambda row: {"version": row("advice").version, "on": "2020-03-05", "rating": "basic"},
    ),
    "works:advice_document": reading("works.AdviceCard", "pk", "advice", "SECRET-ADVICE"),
    "works:advice_act": doing(
        "works.AdviceCard",
        "advise",
        "pk",
        "advice",
        fixed={"verb": "withdraw"},
        body=lambda row: {"version": row("advice").version},
    ),
    "works:home": listing("works.Project", "SECRET-PROJECT"),
    "works:projects_export": listing("works.Project", "SECRET-PROJECT"),
    "works:project": reading("works.Project", "pk", "project", "SECRET-PROJECT"),
    "works:project_new": Rule("works.Project", read="keep", do="keep", rows={"pk": "site"}, answers=(200, 302)),
    "works:project_correct": Rule("works.Project", read="keep", do="keep", rows={"pk": "project"}),
    "works:project_chain": doing(
        "works.Project", "keep", "pk", "project", body=lambda row: {"steps": "基础", "version": 1}
    ),
    "works:project_month": doing("works.Project", "keep", "pk", "project"),
    "works:milestone": doing(
        "works.Project",
        "keep",
        "pk",
        "project",
        rows={"pk": "project", "step": "milestone"},
        fixed={"verb": "tick"},
        body=lambda row: {"version": row("project").version, "on": "2020-03-05"},
    ),
    "works:debts": listing("works.Project", "SECRET-PROJECT"),
    "works:approvals": reading("works.Project", "pk", "project", "SECRET-PROJECT"),
    "works:approvals_way": doing(
        "works.Project", "keep", "pk", "project", body=lambda row: {"way": "nine", "version": 1}
    ),
    "works:approvals_plan": doing("works.Project", "keep", "pk", "project"),
    "works:step_new": Rule(
        "works.Project", read="keep", do="keep", rows={"pk": "project"}, secrets=("SECRET-PROJECT",)
    ),
    "works:step": Rule(
        "works.Project", read="keep", do="keep", rows={"pk": "project", "step": "step"}, secrets=("SECRET-PROJECT",)
    ),
    "works:step_drop": doing("works.Project", "keep", "pk", "project", rows={"pk": "project", "step": "step"}),
    "works:approval_notice": Rule("works.Project", rows={"pk": "project", "promise": "promise"}),
    "works:approval_act": doing(
        "works.Project",
        "keep",
        "pk",
        "project",
        rows={"pk": "project", "step": "step"},
        fixed={"verb": "block"},
        body=lambda row: {"version": row("project").version, "reason": "缺件"},
    ),
    "works:project_say": doing(
        "works.Project",
        "keep",
        "pk",
        "project",
        fixed={"verb": "start"},
        body=lambda row: {"version": row("project").version, "on": "2020-03-05"},
    ),
    "works:shuttles": listing("works.Shuttle"),
    "works:shuttle_new": Rule("works.Shuttle", read="plan", do="plan"),
    "works:shuttle": reading("works.Shuttle", "pk", "shuttle", "SECRET-BUS"),
    "works:shuttle_sheets": reading("works.Shuttle", "pk", "shuttle", "SECRET-BUS"),
    "works:shuttle_workbook": reading("works.Shuttle", "pk", "shuttle", "SECRET-BUS"),
    "works:shuttle_change": doing("works.Shuttle", "plan", "pk", "shuttle", body=lambda row: {"version": 1}),
    "works:shuttle_trip": doing(
        "works.Shuttle",
        "plan",
        "",
        "",
        rows={"pk": "shuttle", "trip": "trip"},
        each=("verb", ["lock", "unlock", "drivers"]),
        body=lambda row: {"version": 1},
    ),
    "works:shuttle_act": doing(
        "works.Shuttle",
        EACH,
        "pk",
        "shuttle",
        each=("verb", ["approve", "cancel", "take"]),
        except_for={"cancel": ("works.Shuttle", "plan"), "take": ("works.Shuttle", "plan")},
        body=lambda row: {"version": row("shuttle").version},
    ),
    "works:fleet": listing("works.Bus", "SECRET-BUS", "SECRET-TRAVEL", do="keep"),
    "works:fleet_template": Rule("works.Bus", read="keep"),
    "works:fleet_export": listing("works.Bus", "SECRET-BUS"),
    "works:fleet_import": reading("works.FleetImport", "pk", "fleet_import"),
    "works:fleet_returned": reading("works.FleetImport", "pk", "fleet_import"),
    "works:bus_new": Rule("works.Bus", read="keep", do="keep"),
    "works:bus": Rule("works.Bus", read="keep", do="keep", rows={"pk": "bus"}),
    "works:bus_act": doing(
        "works.Bus",
        "keep",
        "pk",
        "bus",
        each=("verb", ["withdraw", "restore"]),
        body=lambda row: {"version": row("bus").version},
    ),
    "works:travel_table": Rule("works.TravelTable", read="make", do="make"),
    "works:returning": listing("works.Worker", "SECRET-WORKER", query="?show=all"),
    "works:returning_export": listing("works.Worker", "SECRET-WORKER", fixed={"of": "roster"}),
    "works:returning_template": Rule("works.Worker", read="keep"),
    "works:returning_import_new": Rule("works.Worker", read="keep", do="keep"),
    "works:returning_import": reading("works.WorkerImport", "pk", "worker_import", "SECRET-SHEET"),
    "works:returning_import_rows": reading("works.WorkerImport", "pk", "worker_import", "SECRET-SHEET"),
    "works:returning_places": Rule("works.Worker", read="keep", do="keep", secrets=("SECRET-WORKER",)),
    "works:returning_message": doing(
        "works.WorkerContact",
        "log",
        "",
        "",
        body=lambda row: {
            "pick": [row("worker").pk],
            "words": "可否返岗",
            "batch": "00000000-0000-4000-8000-0000000000fa",
        },
    ),
    "works:returning_arrived": doing(
        "works.WorkerContact",
        "log",
        "",
        "",
        body=lambda row: {
            "pick": [row("worker").pk],
            "on": "2020-03-04",
            "batch": "00000000-0000-4000-8000-0000000000fb",
        },
    ),
    "works:worker_new": Rule("works.Worker", read="keep", do="keep"),
    "works:worker": reading("works.Worker", "pk", "worker", "SECRET-WORKER", "SECRET-TALK"),
    "works:worker_correct": Rule("works.Worker", read="keep", do="keep", rows={"pk": "worker"}),
    "works:worker_log": doing("works.WorkerContact", "log", "pk", "worker"),
    "works:worker_take_back": doing(
        "works.WorkerContact", "log", "", "", rows={"pk": "worker", "entry": "talk"}, body=lambda row: {"version": 1}
    ),
    "works:village": listing("works.VillageWork", "SECRET-VILLAGE"),
    "works:village_new": Rule("works.VillageWork", read="keep", do="keep"),
    "works:village_at": Rule("works.VillageWork", read="keep", do="keep", rows={"pk": "site"}),
    "works:village_work": reading("works.VillageWork", "pk", "village", "SECRET-VILLAGE"),
    "works:village_correct": Rule("works.VillageWork", read="keep", do="keep", rows={"pk": "village"}),
    "works:village_sheet": reading("works.VillageWork", "pk", "village", "SECRET-VILLAGE"),
    "works:village_docx": reading("works.VillageWork", "pk", "village", "SECRET-VILLAGE"),
    "works:village_xlsx": reading("works.VillageWork", "pk", "village", "SECRET-VILLAGE"),
    "works:village_file_add": doing("works.VillageWork", "keep", "pk", "village", body=lambda row: {"file": "FILE"}),
    "works:village_file": Rule(
        "works.VillageWork", rows={"pk": "village", "file_pk": "village_file"}, secrets=("SECRET-VILLAGE",)
    ),
    "works:village_answer": doing(
        "works.VillageWork",
        "keep",
        "pk",
        "village",
        fixed={"code": "survey"},
        body=lambda row: {"version": row("village_stage").version, "a-people": "10"},
    ),
    "works:village_stage": doing(
        "works.VillageWork",
        "keep",
        "pk",
        "village",
        fixed={"code": "survey", "verb": "plan"},
        body=lambda row: {"version": row("village_stage").version, "on": "2020-03-06"},
    ),
    "works:village_say": doing(
        "works.VillageWork",
        "keep",
        "pk",
        "village",
        fixed={"verb": "shelve"},
        body=lambda row: {"version": row("village").version, "because": "缺款"},
    ),
    "works:shows": listing("works.Booking", "SECRET-SHOW", query="?month=2020-03", do="book"),
    "works:venue": Rule("works.Venue", read=None, do="keep", body=lambda row: {"name": "礼堂", "place": "环翠区"}),
    "works:shows_ics": listing("works.Booking", "SECRET-SHOW"),
    "works:show": reading("works.Booking", "pk", "show", "SECRET-SHOW"),
    "works:show_say": doing(
        "works.Booking",
        "book",
        "pk",
        "show",
        fixed={"verb": "cancel"},
        body=lambda row: {"version": row("show").version},
    ),
    "works:leads": listing("works.Lead", "SECRET-LEAD"),
    "works:lead_new": Rule("works.Lead", read="keep", do="keep"),
    "works:lead": reading("works.Lead", "pk", "lead", "SECRET-LEAD"),
    "works:lead_correct": Rule("works.Lead", read="keep", do="keep", rows={"pk": "lead"}),
    "works:lead_spoken": doing(
        "works.Lead",
        "keep",
        "pk",
        "lead",
        body=lambda row: {"on": "2020-03-05", "how": "phone", "said": "有意"},
    ),
    "works:lead_say": doing(
        "works.Lead",
        "keep",
        "pk",
        "lead",
        fixed={"verb": "advance"},
        body=lambda row: {"version": row("lead").version, "stage": "contact"},
    ),
    "works:register_import_new": Rule("works.RegisterImport", read="make", do="make", fixed={"of": "projects"}),
    "works:register_template": Rule("works.RegisterImport", read="make", fixed={"of": "desks"}),
    "works:register_import": reading("works.RegisterImport", "pk", "register_import", "SECRET-SHEET"),
    "works:register_import_rows": reading("works.RegisterImport", "pk", "register_import"),
    "works:portfolio": listing("works.Project", "SECRET-PROJECT"),
    "works:portfolio_now": listing("works.PortfolioPlan", "SECRET-PROJECT", "SECRET-DESK"),
    "works:portfolio_solve": Rule("works.PortfolioPlan", read=None, do="make", body=lambda row: {"seconds": 1}),
    "works:portfolio_plan": reading("works.PortfolioPlan", "pk", "portfolio", "SECRET-PROJECT", "SECRET-DESK"),
    "works:portfolio_approve": doing("works.PortfolioPlan", "approve", "pk", "portfolio"),
    "works:portfolio_discard": doing("works.PortfolioPlan", "make", "pk", "portfolio"),
    "works:portfolio_sheet": reading("works.PortfolioPlan", "pk", "portfolio", "SECRET-PROJECT"),
    "works:portfolio_workbook": reading("works.PortfolioPlan", "pk", "portfolio", "SECRET-PROJECT"),
    "works:portfolio_county": reading(
        "works.PortfolioPlan", "pk", "portfolio", "SECRET-PROJECT", fixed={"code": "371002"}
    ),
    "works:portfolio_desk": reading("works.PortfolioPlan", "pk", "portfolio", fixed={"n": 0}),
    "works:portfolio_terms": doing(
        "works.PortfolioPlan",
        "make",
        "pk",
        "portfolio",
        rows={"pk": "portfolio", "project": "project"},
        body=lambda row: {"version": row("project").version, "weight": 2},
    ),
    "works:portfolio_panel": Rule(
        "works.PortfolioPlan", rows={"pk": "portfolio", "step": "step"}, secrets=("SECRET-PROJECT",)
    ),
    "works:portfolio_hold": doing(
        "works.PortfolioPlan",
        "make",
        "pk",
        "portfolio",
        rows={"pk": "portfolio", "step": "step"},
        fixed={"verb": "unlock"},
    ),
    "works:desk_keep": Rule("works.Desk", read=None, do="keep", body=lambda row: {"name": "新窗口", "clerks": 1}),
    "works:desks_export": listing("works.Desk", "SECRET-DESK"),
    "works:desk_adopt": Rule("works.Desk", read=None, do="keep"),
    "works:desk_drop": doing("works.Desk", "keep", "pk", "desk", body=lambda row: {"version": row("desk").version}),
    "works:contact": doing("works.SiteContact", "keep", "pk", "site", body=lambda row: {"role": "厂长"}),
    "works:contact_drop": doing("works.SiteContact", "keep", "pk", "site", rows={"pk": "site", "contact": "contact"}),
    "works:plan": reading("works.PlanMeasure", "pk", "site", "SECRET-MEASURE", "SECRET-NEED"),
    "works:issue": doing("works.SitePlan", "issue", "pk", "site"),
    "works:measure_new": Rule("works.PlanMeasure", read="plan", do="plan", rows={"pk": "site"}),
    "works:measure": Rule(
        "works.PlanMeasure", read="plan", do="plan", rows={"pk": "site", "measure": "planned_measure"}
    ),
    "works:issued": Rule("works.SitePlan", rows={"pk": "site", "number": "site_plan"}, secrets=("SECRET-MEASURE",)),
    "works:document": Rule("works.SitePlan", rows={"pk": "site", "number": "site_plan"}, secrets=("SECRET-MEASURE",)),
    "people:accounts": listing("people.Account", "SECRET-ACCOUNT"),
    "people:account": reading(
        "people.Account", "pk", "account", "SECRET-ACCOUNT", do="change", body=lambda row: {"username": "x"}
    ),
    "people:account_new": Rule("people.Account", read="create", do="create", body=lambda row: {"username": "x"}),
    "people:account_password": doing("people.Account", "give_password", "pk", "account"),
    "people:account_active": doing("people.Account", "deactivate", "pk", "account", body=lambda row: {"active": "0"}),
    "people:choices": Rule("people.Account", read="create", fixed={"kind": "unit"}),
    "people:first_run": Rule(do="-", answers=(404,), open=True),
    "people:account_second_step": doing("people.Account", "give_password", "pk", "account"),
    "people:notices": listing("people.Notice", "SECRET-NOTICE"),
    "people:notices_read": Rule("people.Notice", read=None, do="read"),
    "people:notice": doing("people.Notice", "read", "pk", "notice"),
    "people:jobs": listing("people.Job", "SECRET-JOB"),
    "people:job": reading("people.Job", "pk", "job", "SECRET-JOB"),
    "people:job_progress": reading("people.Job", "pk", "job", "SECRET-JOB"),
    "people:job_cancel": doing("people.Job", "cancel", "pk", "job"),
    "print_sheet": Rule(),
    "search": Rule(query="?q=SECRET", secrets=("SECRET-NEED", "SECRET-SITE", "SECRET-TEAM", "SECRET-OFFICIAL")),
    "suggest": Rule(query="?q=SECRET", secrets=("SECRET-NEED", "SECRET-SITE", "SECRET-TEAM", "SECRET-OFFICIAL")),
    "places:boundaries": Rule(),
    "confirm": Rule(do="-", fixed={"token": "no-such-token"}, answers=(404, 429), open=True),
    "confirm_photo": Rule(fixed={"token": "no-such-token", "file_pk": 1}, answers=(404, 429), open=True),
    "api:openapi-json": Rule(),
    "api:openapi-view": Rule(),
    "api:api-root": Rule(answers=(404,)),
    "set_language": Rule(do="-", open=True, body=lambda row: {"language": "en"}, answers=(302,)),
    "healthz": Rule(open=True),
}

ACT = doing("ledger.Need", EACH, "id", "need", each=("verb", TABLE), body=_facts)
API: dict[tuple[str, str], Rule] = {
    ("get", "/api/regions"): Rule(),
    ("get", "/api/regions/{system}/{year}/{code}"): Rule(fixed={"system": "nbs", "year": 2023, "code": "371002"}),
    ("get", "/api/regions/{system}/{year}/{code}/children"): Rule(
        fixed={"system": "nbs", "year": 2023, "code": "371000"}
    ),
    ("get", "/api/units"): listing("people.Unit", "SECRET-UNIT"),
    ("get", "/api/units/{id}"): reading("people.Unit", "id", "unit", "SECRET-UNIT"),
    ("get", "/api/skills"): listing("people.Skill"),
    ("get", "/api/officials"): listing("people.Official", "SECRET-OFFICIAL"),
    ("get", "/api/officials/{id}"): reading("people.Official", "id", "official", "SECRET-OFFICIAL"),
    ("get", "/api/me"): Rule(),
    ("get", "/api/me/tokens"): listing("people.ApiToken", "SECRET-TOKEN"),
    ("post", "/api/me/tokens"): Rule("people.ApiToken", read=None, do="issue", body=lambda row: {"name": "同步"}),
    ("delete", "/api/me/tokens/{id}"): doing("people.ApiToken", "revoke", "id", "token", method="delete"),
    ("get", "/api/jobs"): listing("people.Job", "SECRET-JOB"),
    ("get", "/api/jobs/{id}"): reading("people.Job", "id", "job", "SECRET-JOB"),
    ("post", "/api/jobs/{id}/cancel"): doing("people.Job", "cancel", "id", "job"),
    ("get", "/api/campaigns"): listing("dispatch.Campaign"),
    ("get", "/api/campaigns/{id}"): reading("dispatch.Campaign", "id", "campaign"),
    ("get", "/api/teams"): listing("dispatch.Team", "SECRET-TEAM"),
    ("get", "/api/teams/{id}"): reading("dispatch.Team", "id", "team", "SECRET-TEAM", "SECRET-OFFICIAL", "SECRET-SITE"),
    ("get", "/api/teams/{id}/week"): reading("dispatch.Team", "id", "team", "SECRET-TEAM", "SECRET-SITE"),
    ("get", "/api/postings"): listing("dispatch.Posting", "SECRET-TEAM", "SECRET-SITE"),
    ("get", "/api/sites"): listing("places.Site", "SECRET-SITE"),
    ("get", "/api/sites/{id}"): reading("places.Site", "id", "site", "SECRET-SITE", "SECRET-TEAM"),
    ("get", "/api/visits"): listing("visits.Visit", "SECRET-VISIT", "SECRET-SITE"),
    ("post", "/api/visits"): Rule(
        "visits.Visit",
        read=None,
        do="record",
        body=lambda row: {
            "client_uuid": "00000000-0000-4000-8000-0000000000ff",
            "site": row("site").pk,
            "took_nothing": True,
        },
    ),
    ("post", "/api/visits/{id}/amend"): doing("visits.Visit", "amend", "id", "visit", body=lambda row: {"version": 1}),
    ("post", "/api/visits/{id}/note"): doing("visits.Visit", "note", "id", "visit", body=lambda row: {"note": "补记"}),
    ("post", "/api/visits/{id}/photos"): doing(
        "visits.Visit", "amend", "id", "visit", body=lambda row: {"file": "FILE"}
    ),
    ("get", "/api/visits/{id}"): reading("visits.Visit", "id", "visit", "SECRET-VISIT", "SECRET-SITE"),
    ("get", "/api/needs"): listing("ledger.Need", "SECRET-NEED", "SECRET-SITE", query="?tab=all"),
    ("post", "/api/needs"): Rule(
        "ledger.Need",
        read=None,
        do="raise",
        body=lambda row: {
            "client_uuid": "00000000-0000-4000-8000-0000000000fe",
            "team": row("team").pk,
            "site": row("site").pk,
            "title": "新需求",
        },
    ),
    ("get", "/api/needs/{id}"): reading("ledger.Need", "id", "need", "SECRET-NEED", "SECRET-UNIT", "SECRET-ACCOUNT"),
    ("post", "/api/needs/{id}/evidence"): doing(
        "ledger.Need",
        "add_evidence",
        "id",
        "need",
        body=lambda row: {"version": row("need").version, "file": "FILE"},
    ),
    ("post", "/api/needs/{id}/{verb}"): ACT,
    ("get", "/api/evidence/{id}"): reading("ledger.Need", "id", "evidence", "SECRET-FILE"),
    ("get", "/api/audit/events"): listing("ledger.Event", "SECRET-NEED"),
    ("get", "/api/audit/needs/{id}"): reading("ledger.Event", "id", "need"),
    ("get", "/api/offers"): listing("exchange.Offer", "SECRET-OFFER"),
    ("get", "/api/offers/{id}"): reading("exchange.Offer", "id", "offer", "SECRET-OFFER"),
    ("get", "/api/complements"): listing("exchange.Complement", "791.913"),
    ("get", "/api/complements/needs/{id}/offers"): reading(
        "ledger.Need", "id", "need", also=("exchange.Offer", "view")
    ),
    ("get", "/api/complements/needs/{id}/needs"): reading("ledger.Need", "id", "need"),
    ("get", "/api/complements/offers/{id}/needs"): reading("exchange.Offer", "id", "offer"),
    ("get", "/api/complements/needs/{id}/why/{offer}"): Rule(
        "ledger.Need", rows={"id": "need", "offer": "offer"}, also=("exchange.Offer", "view")
    ),
    ("post", "/api/complements/needs/{id}"): doing(
        "exchange.Complement",
        "judge",
        "id",
        "need",
        body=lambda row: {"offer": row("offer").pk, "verdict": "accept"},
    ),
    ("post", "/api/complements/{id}/undo"): doing(
        "exchange.Complement", "judge", "id", "judged", body=lambda row: {"version": row("judged").version}
    ),
    ("get", "/api/matches"): listing("exchange.Match", "7919.13"),
    ("post", "/api/matches"): Rule(
        "exchange.Match",
        read=None,
        do="reserve",
        body=lambda row: {"item": row("item").pk, "offer": row("offer").pk, "quantity": "1"},
    ),
    ("get", "/api/matches/{id}"): reading("exchange.Match", "id", "match", "7919.13"),
    ("post", "/api/matches/{id}/{step}"): doing(
        "exchange.Match",
        EACH,
        "id",
        "match",
        each=("step", [*STEPS, "confirm"]),
        body=lambda row: {"version": row("match").version},
    ),
    ("get", "/api/shuttles"): listing("works.Shuttle"),
    ("get", "/api/shuttles/{id}"): reading("works.Shuttle", "id", "shuttle", "SECRET-BUS"),
    ("get", "/api/workers"): listing("works.Worker", "SECRET-WORKER"),
    ("post", "/api/workers/{id}/contacts"): doing(
        "works.WorkerContact",
        "log",
        "id",
        "worker",
        body=lambda row: {
            "client_uuid": "00000000-0000-4000-8000-0000000000fc",
            "version": 1,
            "state": "hesitant",
            "channel": "voice",
        },
    ),
    ("get", "/api/employment/posts"): listing("exchange.JobPost"),
    ("get", "/api/employment/suggestions"): listing("exchange.JobSuggestion", "SECRET-WISH"),
    ("get", "/api/employment/people/{id}/why/{post}"): Rule("exchange.JobWish", rows={"id": "wish", "post": "post"}),
    ("get", "/api/pool/plans"): listing("exchange.PoolPlan"),
    ("get", "/api/pool/plans/{id}"): reading("exchange.PoolPlan", "id", "pool_plan", "SECRET-MAKER", "SECRET-ORDER"),
    ("get", "/api/relief/sites/{site}"): reading("exchange.ReliefFigures", "site", "site", "7913791.00"),
    ("get", "/api/clearings"): listing("exchange.Clearing", "791919"),
    ("post", "/api/clearings"): Rule("exchange.Clearing", read=None, do="make", body=lambda row: {"kinds": ["goods"]}),
    ("get", "/api/clearings/{id}"): reading("exchange.Clearing", "id", "clearing", "791919"),
    ("get", "/api/clearings/{id}/proposals"): reading("exchange.Clearing", "id", "clearing", "7919.13"),
    ("get", "/api/clearings/{id}/scarce"): reading("exchange.Clearing", "id", "clearing", "SECRET-OFFER"),
    ("post", "/api/clearings/{id}/publish"): doing(
        "exchange.Clearing", "publish", "id", "clearing", body=lambda row: {"version": row("clearing").version}
    ),
    ("post", "/api/clearings/{id}/withdraw"): doing("exchange.Clearing", "publish", "id", "clearing"),
    ("get", "/api/projects"): listing("works.Project", "SECRET-PROJECT"),
    ("get", "/api/projects/{id}"): reading("works.Project", "id", "project", "SECRET-PROJECT"),
    ("post", "/api/projects/{id}/{verb}"): doing(
        "works.Project",
        "keep",
        "id",
        "project",
        fixed={"verb": "start"},
        body=lambda row: {"version": row("project").version, "on": "2020-03-05"},
    ),
    ("post", "/api/projects/{id}/milestones/{step}/tick"): doing(
        "works.Project",
        "keep",
        "id",
        "project",
        rows={"id": "project", "step": "milestone"},
        body=lambda row: {"version": row("project").version, "on": "2020-03-05"},
    ),
    ("get", "/api/portfolio/plans"): listing("works.PortfolioPlan"),
    ("get", "/api/portfolio/plans/{id}"): reading("works.PortfolioPlan", "id", "portfolio", "SECRET-PROJECT"),
    ("get", "/api/briefs"): listing("briefing.Brief"),
    ("get", "/api/briefs/{id}"): reading("briefing.Brief", "id", "brief", "SECRET-BRIEF"),
    ("get", "/api/briefs/{id}/figures/{key}/rows"): Rule("briefing.Brief", rows={"id": "brief", "key": "figure"}),
}
