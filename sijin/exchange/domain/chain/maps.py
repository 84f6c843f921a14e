"""What the chain map says: measures, three lists, weak links in words, what stops when a firm does, and the picture."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.engines import chain
from sijin.engines.chain.layers import layered
from sijin.exchange.domain.chain.keeping import key_of
from sijin.exchange.models import ChainFirm, ChainSupply
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site

DRAWN = 60  # firms in the picture, the weightiest first
LISTED = 20  # rows of a list, at most
BOX, GAP, HIGH, STEP = 172, 84, 34, 50  # widths of a firm and between layers, height of a firm and from one to the next
TOP = 34
LETTERS = 10  # of a name in the picture, its marks among them
MARKS = {"backbone": "●", "supplier": "◆", "weak": "▲", "asked": "■", "stopped": "■"}


@dataclass
class Box:
    """A firm in the picture: where it stands and what it is."""

    firm: ChainFirm
    x: int
    y: int
    share: float  # of the whole volume that passes it
    roles: tuple[str, ...]  # backbone, supplier, weak, idle, away, asked, stopped
    step: int | None = None

    @property
    def words(self) -> str:
        """Marks of its roles, the step at which it stops, and the name as far as it fits."""
        marks = "".join(MARKS[role] for role in self.roles if role in MARKS) + (str(self.step) if self.step else "")
        name, room = self.firm.name, LETTERS - bool(marks) * (len(marks) - 1)
        shown = name if len(name) <= room else f"{name[: room - 1]}…"
        return f"{marks} {shown}".strip()


@dataclass
class Line:
    """A supply in the picture."""

    path: str
    width: float
    title: str
    weak: bool
    stopped: bool


@dataclass
class Picture:
    """Boxes and lines, and how large the sheet is; `hidden` firms are not drawn."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    width: int = 0
    height: int = 0
    hidden: int = 0


@dataclass
class Weak:
    """A weak link in words, the firm that is its only maker, a site that buys, the need that was raised of it."""

    product: str
    kind: str
    words: str
    firm: ChainFirm | None
    buyers: int
    volume: float
    site: Site | None
    need: Need | None


@dataclass
class Map:
    """A chain as the page shows it."""

    firms: int
    supplies: int
    volume: float
    backbone: list[dict[str, Any]]
    suppliers: list[dict[str, Any]]
    weak: list[Weak]
    picture: Picture
    asked: ChainFirm | None
    stops: list[dict[str, Any]]  # firm, product, step, volume
    seconds: float


def tables(account: Account, campaign: Campaign) -> tuple[dict[str, ChainFirm], pl.DataFrame, pl.DataFrame]:
    """Return the firms by name, and firms and supplies as the engine takes them."""
    firms = {firm.name: firm for firm in visible(account, ChainFirm).filter(campaign=campaign).select_related("site")}
    rows = ChainSupply.objects.filter(supplier__in=[firm.pk for firm in firms.values()])
    found = list(rows.values_list("supplier__name", "buyer__name", "product", "volume"))
    nodes = pl.DataFrame(
        [(f.name, None if f.capacity is None else float(f.capacity), f.running, f.local) for f in firms.values()],
        schema={"firm": pl.String, "capacity": pl.Float64, "running": pl.Boolean, "local": pl.Boolean}, orient="row",
    )  # fmt: skip
    edges = pl.DataFrame(
        [(supplier, buyer, product, float(volume)) for supplier, buyer, product, volume in found],
        schema={"supplier": pl.String, "buyer": pl.String, "product": pl.String, "volume": pl.Float64}, orient="row",
    )  # fmt: skip
    return firms, nodes, edges


def drawn(account: Account, campaign: Campaign, stop: int | None = None) -> Map:
    """Measure the chain that the account may see; `stop` is a firm of which is asked what stops when it does."""
    firms, nodes, edges = tables(account, campaign)
    found = chain.analyse(nodes, edges)
    asked = next((firm for firm in firms.values() if firm.pk == stop), None)
    stops = found.without(asked.name).to_dicts() if asked else []
    weak = _weak(account, campaign, firms, found, edges)
    return Map(
        firms=len(firms), supplies=len(edges), volume=float(edges["volume"].sum()),
        backbone=_listed(found.backbone, firms, _backbone), suppliers=_listed(found.suppliers, firms, _supplier),
        weak=weak, picture=_picture(firms, found, edges, weak, asked, stops), asked=asked,
        stops=[{**row, "firm": firms[row["firm"]]} for row in stops], seconds=found.seconds,
    )  # fmt: skip


def _listed(rows: pl.DataFrame, firms: dict[str, ChainFirm], said: Any) -> list[dict[str, Any]]:
    return [{"firm": firms[row["firm"]], "why": said(row), **_measures(row)} for row in rows.head(LISTED).to_dicts()]


def _measures(row: dict[str, Any]) -> dict[str, Any]:
    return {"share": 100 * (row.get("flow") or 0.0), "load": None if row.get("load") is None else 100 * row["load"]}


def _backbone(row: dict[str, Any]) -> str:
    words = [_("%(share)s %% of all that is supplied passes it") % {"share": f"{100 * row['flow']:.1f}"}]
    if row["behind"]:
        words.append(_("%(count)s firms are reached through it alone") % {"count": row["behind"]})
    return "；".join(words)


def _supplier(row: dict[str, Any]) -> str:
    words = []
    if row["sole"]:
        words.append(_("only source for %(count)s buyers or products") % {"count": row["sole"]})
    if row["others"] == 0:
        words.append(_("nobody else makes it"))
    elif row["others"] is not None:
        words.append(_("%(count)s others make it") % {"count": row["others"]})
    if row["cut"]:
        words.append(_("without it the chain falls apart"))
    if row["load"] is not None and row["load"] > 1:
        words.append(_("sold beyond its capacity"))
    return "；".join(words) or _("supplies the backbone")


def weak_words(kind: str, row: dict[str, Any]) -> str:
    """Say what makes a product step weak."""
    told = {"firm": row["firm"] or "", "count": row["buyers"]}
    return {
        "none_local": _("nobody in this city makes it; %(count)s firms buy it elsewhere"),
        "stopped": _("whoever makes it has not restarted; %(count)s firms wait"),
        "single": _("%(firm)s alone makes it, for %(count)s firms"),
        "short": _("its makers together have less capacity than %(count)s firms buy"),
    }[kind] % told


def _weak(
    account: Account, campaign: Campaign, firms: dict[str, ChainFirm], found: chain.Chain, edges: pl.DataFrame
) -> list[Weak]:
    rows = found.weak.to_dicts()
    keys = {key_of(campaign, row["product"], row["kind"]): n for n, row in enumerate(rows)}
    raised = {keys[need.client_uuid]: need for need in visible(account, Need).filter(client_uuid__in=keys)}
    made = []
    for n, row in enumerate(rows):
        buyers = edges.filter(pl.col("product") == row["product"]).sort("volume", descending=True)["buyer"]
        sites = [firms[name].site for name in buyers if firms[name].site is not None]
        made.append(Weak(
            row["product"], row["kind"], weak_words(row["kind"], row), firms.get(row["firm"] or ""), row["buyers"],
            row["volume"], sites[0] if sites else None, raised.get(n),
        ))  # fmt: skip
    return made


def _picture(
    firms: dict[str, ChainFirm], found: chain.Chain, edges: pl.DataFrame, weak: list[Weak], asked: ChainFirm | None,
    stops: list[dict[str, Any]],
) -> Picture:  # fmt: skip
    ranked = found.firms.sort("flow", "firm", descending=[True, False])
    first = [asked.name] if asked else []
    first += [row["firm"] for row in stops] + [link.firm.name for link in weak if link.firm]
    names = list(dict.fromkeys([*first, *ranked["firm"]]))[:DRAWN]
    kept = edges.filter(pl.col("supplier").is_in(names) & pl.col("buyer").is_in(names))
    pairs = list(dict.fromkeys(kept.select("supplier", "buyer").iter_rows()))
    layers = layered(names, pairs)
    tall = max((len(layer) for layer in layers), default=0)
    roles, share = _roles(found, weak, asked, stops), dict(found.firms.select("firm", "flow").iter_rows())
    steps = {row["firm"]: row["step"] for row in stops}
    picture = Picture(width=len(layers) * (BOX + GAP) - GAP, height=TOP + tall * STEP, hidden=len(firms) - len(names))
    at: dict[str, Box] = {}
    for n, layer in enumerate(layers):
        down = TOP + (tall - len(layer)) * STEP // 2
        for k, name in enumerate(layer):
            at[name] = Box(
                firms[name], n * (BOX + GAP), down + k * STEP, 100 * share[name], tuple(roles.get(name, ())),
                steps.get(name),
            )  # fmt: skip
    picture.boxes = list(at.values())
    picture.lines = list(_lines(at, kept, weak, {*steps, *([asked.name] if asked else [])}))
    return picture


def _roles(
    found: chain.Chain, weak: Iterable[Weak], asked: ChainFirm | None, stops: list[dict[str, Any]]
) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = {}
    for role, names in (
        ("backbone", found.backbone["firm"]), ("supplier", found.suppliers["firm"]),
        ("weak", [link.firm.name for link in weak if link.firm]),
        ("idle", found.firms.filter(~pl.col("running"))["firm"]),
        ("away", found.firms.filter(~pl.col("local"))["firm"]),
        ("asked", [asked.name] if asked else []), ("stopped", [row["firm"] for row in stops]),
    ):  # fmt: skip
        for name in names:
            roles.setdefault(name, []).append(role)
    return roles


def _lines(at: dict[str, Box], kept: pl.DataFrame, weak: list[Weak], stopped: set[str]) -> Iterable[Line]:
    thin = {link.product for link in weak}
    most = float(kept["volume"].max() or 1.0) if len(kept) else 1.0  # type: ignore[arg-type]
    whole = kept.group_by("supplier", "buyer", maintain_order=True).agg(pl.col("volume").sum(), pl.col("product"))
    for supplier, buyer, volume, products in whole.iter_rows():
        a, b = at[supplier], at[buyer]
        x, y, far, down = a.x + BOX, a.y + HIGH // 2, b.x, b.y + HIGH // 2
        bend = max((far - x) // 2, 24)
        yield Line(
            f"M{x} {y}C{x + bend} {y} {far - bend} {down} {far} {down}", 1 + 5 * min(volume / most, 1.0),
            f"{supplier} → {buyer}：{'、'.join(products)}，{volume:,.0f}", bool(thin.intersection(products)),
            supplier in stopped and buyer in stopped,
        )  # fmt: skip
