"""Suggestions: for a need the offers and the other needs that solve it, for an offer the needs; best first, explained.

The finder ranks (`engines.complements`): over the rows that the reader sees while these are few, over the process's
index where they are many. What is shown is read anew from the store and passes the policy. `words` says the reasons.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from sijin.engines import complements as engine
from sijin.exchange import market
from sijin.exchange.domain import kinds, pairs, resident, words
from sijin.exchange.domain.reads import lacking, named, outstanding_items
from sijin.exchange.domain.soil.fitness import unfit
from sijin.exchange.models import Complement, Offer
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Account
from sijin.people.policy import visible

LIMIT = 6
FEW = 2_000  # rows: up to so many are read for one question (about 50 ms); of more the process keeps an index
AHEAD = 60  # of the best by the index, how many are read from the store: some are not the reader's to see
CLOSER = 40  # needs that are judged one by one against an offer
ENOUGH = 1e12  # more than one of anything, in whichever unit
PAIRED = {"capacity", "channel"}  # kinds under the complement rule


@dataclass(frozen=True)
class Suggestion:
    """One pair with the judgement on it: what speaks for it and what is missing, in the reader's language."""

    need: Need
    item: NeedItem | None  # None: the need states no item yet
    offer: Offer
    fit: pairs.Fit
    reasons: list[str]
    missing: list[str]
    said: Complement | None = None  # what was noted or judged of the pair

    @property
    def unit(self) -> str:
        """Return the unit in which `fit.quantity` is counted."""
        return self.item.unit if self.item else self.offer.unit

    @property
    def new(self) -> bool:
        """Say whether the search found the pair on the campaign's day and nobody judged it yet."""
        return is_new(self.said, self.need)

    @property
    def order(self) -> tuple[int, float]:
        """Sort key, best first."""
        return (self.fit.grade, -self.fit.score)


@dataclass(frozen=True)
class Mutual:
    """Another need that solves a need, as the need solves it: who has too many orders, who has idle lines."""

    need: Need
    other: Need
    score: float
    kinds: tuple[str, str]  # what the need lacks, what the other lacks
    kilometres: float | None
    reasons: list[str]
    said: Complement | None = None

    @property
    def new(self) -> bool:
        """Say whether the search found the pair on the campaign's day and nobody judged it yet."""
        return is_new(self.said, self.need)


def is_new(said: Complement | None, need: Need) -> bool:
    """Say whether a pair was found on the campaign's day and is not judged."""
    if said is None or said.found_at is None or said.verdict:
        return False
    return timezone.localtime(said.found_at).date() == timezone.localtime(need.campaign.now()).date()


@dataclass
class Asked:
    """A need as the finder takes it: once for each item that is missing, or once in its own words."""

    need: Need
    today: date
    wants: list[tuple[NeedItem | None, engine.Need]]
    said: dict[Any, Complement] = field(default_factory=dict)

    @property
    def kinds(self) -> set[str]:
        """Return the kinds that are wanted."""
        return {kind for _item, want in self.wants for kind in want.kinds}


def asked(need: Need) -> Asked:
    """Return what `need` still lacks as the finder takes it (three queries)."""
    items = getattr(need, "unmet", None)
    if items is None:
        items = list(outstanding_items().filter(need=need))
    today = timezone.localtime(need.campaign.now()).date()
    stated = bool(items) or need.items.exists()
    loose = () if stated else kinds.asked(f"{need.title}{need.text}", need.category)
    if not items and not loose:
        return Asked(need, today, [])
    said = {one.offer_id or (one.other_id,): one for one in Complement.objects.filter(need=need)}
    refused = frozenset(key for key, one in said.items() if one.verdict == Complement.Verdict.REFUSED)
    wanted = {item.kind for item in items} | set(loose)
    refused |= unfit(wanted)
    traits = traits_of(need.campaign_id, [need.site_id]) if wanted & PAIRED else {}
    wants = []
    for item in items or [None]:
        paired = {item.kind} if item else set(loose)
        own = traits.get(need.site_id, engine.UNSAID) if paired & PAIRED else engine.UNSAID
        wants.append((item, pairs.want(need, item, loose, today, own, refused)))
    return Asked(need, today, wants, said)


def offers_for(account: Account, need: Need, limit: int = LIMIT) -> list[Suggestion]:
    """Return the best offers for what `need` still lacks (six queries); equal ones in the order of their codes."""
    given = asked(need)
    return _ranked(account, need, given, limit) if given.kinds else []


def offers_of_kind(account: Account, need: Need, kind: str, limit: int = LIMIT) -> list[Suggestion]:
    """Return the best offers of one kind for the words of `need`, whatever it states or was promised already."""
    today = timezone.localtime(need.campaign.now()).date()
    said = {one.offer_id: one for one in Complement.objects.filter(need=need).exclude(offer=None)}
    refused = frozenset(key for key, one in said.items() if one.verdict == Complement.Verdict.REFUSED)
    want = pairs.want(need, None, (kind,), today, engine.UNSAID, refused | unfit((kind,)))
    return _ranked(account, need, Asked(need, today, [(None, want)], said), limit)


def _ranked(account: Account, need: Need, given: Asked, limit: int) -> list[Suggestion]:
    finder, rows = _offers(account, need, given)
    hits = [(item, want, hit) for item, want in given.wants for hit in finder.ask(want, max(limit, AHEAD))]
    if rows is None:
        found = _candidates(account, need.campaign_id, given.kinds, given.today)
        rows = {offer.pk: offer for offer in found.filter(pk__in=[hit.key for _item, _want, hit in hits])}
    made = [
        _explained(need, item, rows[hit.key], hit, want, given.said.get(hit.key))
        for item, want, hit in hits
        if hit.key in rows
    ]
    return sorted(made, key=lambda s: (*s.order, s.offer.code))[:limit]


def _offers(account: Account, need: Need, given: Asked) -> tuple[engine.Finder, dict[Any, Offer] | None]:
    """Return an index over the candidates and, where they are few, the candidates themselves."""
    rows = _candidates(account, need.campaign_id, given.kinds, given.today).order_by("pk")
    some = list(rows[: FEW + 1]) if not resident.is_large(need.campaign_id, FEW) else None
    if some is None or len(some) > FEW:
        return resident.offers(need.campaign).current(), None
    finder = market.finder()
    finder.add([pairs.have(offer) for offer in some])
    if some:
        for (provider, kind), told in resident.histories(need.campaign_id).items():
            finder.tell(provider, kind, told)
    return finder, {offer.pk: offer for offer in some}


def _candidates(account: Account, campaign: int, wanted: Iterable[str], today: date) -> QuerySet[Offer]:
    return pairs.placed(
        named(account)
        .filter(Q(until=None) | Q(until__gte=today), campaign=campaign, kind__in=set(wanted), withdrawn_at=None)
        .filter(quantity__gt=F("promised"))
        .select_related("region", "site", "unit_of_provider")
    )


def needs_for(account: Account, offer: Offer, limit: int = LIMIT) -> list[Suggestion]:
    """Return the needs that `offer` fits best; of many, those are judged whose words are most like the offer's."""
    if offer.withdrawn_at or offer.free <= 0 or offer.pk in unfit((offer.kind,)):
        return []
    rows = lacking(account, offer.campaign, kind=offer.kind)
    some = list(rows[: FEW + 1])
    there = pairs.have(pairs.at_its_place(offer))
    if len(some) > CLOSER:
        some = _likest(some, offer, there) if len(some) <= FEW else _likest_of_all(rows, offer, there)
    finder = market.finder()
    finder.add([there])
    for (provider, kind), told in resident.histories(offer.campaign_id).items():
        if (provider, kind) == (offer.provider, offer.kind):
            finder.tell(provider, kind, told)
    today = timezone.localtime(offer.campaign.now()).date()
    traits = traits_of(offer.campaign_id, [need.site_id for need in some]) if offer.kind in PAIRED else {}
    said = {one.need_id: one for one in Complement.objects.filter(offer=offer)}
    found = []
    for need in some:
        one = said.get(need.pk)
        if one and one.verdict == Complement.Verdict.REFUSED:
            continue
        own = traits.get(need.site_id, engine.UNSAID)
        for item in _wanting(need, offer.kind):
            want = pairs.want(need, item, (offer.kind,), today, own)
            found += [_explained(need, item, offer, hit, want, one) for hit in finder.ask(want, 1)]
    return sorted(found, key=lambda s: (*s.order, s.need.due or date.max, s.need.pk))[:limit]


def _wanting(need: Need, kind: str) -> list[NeedItem | None]:
    """Return the missing items of `kind`; None where the need states no item and its words ask for the kind."""
    if need.unmet:
        return [item for item in need.unmet if item.kind == kind]
    return [None] if kind in kinds.asked(f"{need.title}{need.text}", need.category) else []


def _about(offer: Offer, there: engine.Offer) -> engine.Need:
    """Return the offer as if it asked for needs: its words, its kind, its place."""
    text = f"{' '.join(there.names)} {there.more}"
    return engine.Need(text, (offer.kind,), point=there.point, site=offer.site_id)


def _likest(some: list[Need], offer: Offer, there: engine.Offer) -> list[Need]:
    finder = market.finder()
    by_key = {need.pk: need for need in some}
    finder.add([pairs.lack(need, offer.kind, _first(need, offer.kind)) for need in some])
    return [by_key[hit.key[0]] for hit in finder.ask(_about(offer, there), CLOSER)]


def _first(need: Need, kind: str) -> NeedItem | None:
    return next((item for item in need.unmet if item.kind == kind), None)


def _likest_of_all(rows: QuerySet[Need], offer: Offer, there: engine.Offer) -> list[Need]:
    hits = resident.needs(offer.campaign).current().ask(_about(offer, there), CLOSER * 5)
    return list(rows.filter(pk__in=[hit.key[0] for hit in hits])[:CLOSER])


def needs_solving(account: Account, need: Need, limit: int = LIMIT) -> list[Mutual]:
    """Return other open needs of complementary kinds, best first: each has what the other lacks (eight queries)."""
    mine = {one.kind for one in resident.lacks(need)}
    if not kinds.solvers(tuple(mine)):
        return []
    rows = visible(account, Need).filter(campaign=need.campaign_id).exclude(pk=need.pk)
    if resident.open_needs(rows).count() > FEW:
        finder, by_key = resident.needs(need.campaign).current(), None
    else:
        finder, by_key = market.finder(), {one.pk: one for one in resident.open_needs(rows)}
        finder.add([lack for one in by_key.values() for lack in resident.lacks(one)])
    said = {one.other_id: one for one in Complement.objects.filter(need=need).exclude(other=None)}
    hits = mutual_hits(need, finder, said)
    if by_key is None:
        by_key = {one.pk: one for one in resident.open_needs(rows).filter(pk__in=[hit.key[0] for hit in hits])}
    found: dict[int, Mutual] = {}
    for hit in hits:
        pk, kind = hit.key
        if pk in by_key:
            lacks = next(own for own in sorted(mine) if kind in kinds.solvers((own,)))
            told = words.mutual(hit, lacks, kind)
            found.setdefault(pk, Mutual(need, by_key[pk], hit.score, (lacks, kind), hit.km, told, said.get(pk)))
    return list(found.values())[:limit]


def mutual_hits(need: Need, finder: engine.Finder, said: dict[int, Complement] | None = None) -> list[engine.Hit]:
    """Return what an index over needs answers to `need`; keys are (need, kind)."""
    wanted = kinds.solvers(tuple(sorted({one.kind for one in resident.lacks(need)})))
    if not wanted:
        return []
    if said is None:
        said = {one.other_id: one for one in Complement.objects.filter(need=need).exclude(other=None)}
    refused = {key for key, one in said.items() if one.verdict == Complement.Verdict.REFUSED}
    text = " ".join([need.title, need.text[: pairs.MORE], *(item.item for item in need.items.all())])
    about = engine.Need(text, wanted, point=pairs.point_of(need), site=need.site_id)
    return [hit for hit in finder.ask(about, AHEAD) if hit.key[0] not in refused and hit.key[0] != need.pk]


def weighed(
    items: list[NeedItem], offers: list[Offer], today: date
) -> Iterator[tuple[NeedItem, list[tuple[Any, float, int, float | None]]]]:
    """Yield each item with (key, score, grade, km) of every offer that fits it, as if each held enough of it.

    So the score depends on no quantity: how much each gives is for whoever clears the market. What a clerk turned down
    for a need does not fit it.
    """
    finder = market.finder()
    finder.add([pairs.have(pairs.at_its_place(offer), ENOUGH) for offer in offers])
    sites = {item.need.site_id for item in items if item.kind in PAIRED}
    traits = traits_of(items[0].need.campaign_id, sites) if sites else {}
    refused = _refused({item.need_id for item in items})
    failed = unfit({item.kind for item in items})
    for item in items:
        own = traits.get(item.need.site_id, engine.UNSAID) if item.kind in PAIRED else engine.UNSAID
        wanted = pairs.want(item.need, item, (), today, own, failed.union(refused.get(item.need_id, ())))
        yield item, finder.weigh(replace(wanted, missing=1.0))


def _refused(needs: set[int]) -> dict[int, set[int]]:
    """Return the offers that clerks turned down, by need (one query)."""
    found: dict[int, set[int]] = {}
    rows = Complement.objects.filter(need__in=needs, verdict=Complement.Verdict.REFUSED).exclude(offer=None)
    for need, offer in rows.values_list("need", "offer"):
        found.setdefault(need, set()).add(offer)
    return found


def traits_of(campaign: int, sites: Iterable[int]) -> dict[int, engine.Traits]:
    """Return {site: (has capacity, has channel)} from what the sites offer themselves (one query)."""
    rows = Offer.objects.filter(campaign=campaign, site__in=sites, withdrawn_at=None).exclude(
        has_capacity=None, has_channel=None
    )
    rows = rows.order_by("pk").values_list("site", "has_capacity", "has_channel")
    return {site: (capacity, channel) for site, capacity, channel in rows}


def _explained(
    need: Need, item: NeedItem | None, offer: Offer, hit: engine.Hit, want: engine.Need, said: Complement | None
) -> Suggestion:
    fit = pairs.fitted(hit, item, offer)
    reasons = words.reasons(offer, hit, want)
    return Suggestion(need, item, offer, fit, reasons, words.missing(item, offer, hit, fit, want), said)


def why_not(account: Account, need: Need, offer: Offer) -> words.Answer:
    """Say in words why `offer` stands among the suggestions for `need`, how far down, or why it does not."""
    given = asked(need)
    if not given.wants:
        return words.nothing_asked(need)
    finder, _rows = _offers(account, need, given)
    if offer.pk not in finder:  # over, withdrawn, all promised, or of a kind that is not asked for
        finder = market.finder()
        finder.add([pairs.have(pairs.at_its_place(offer), max(float(offer.free), 0.01))])
    verdicts = [(item, finder.why_not(want, offer.pk)) for item, want in given.wants]
    item, best = min(verdicts, key=lambda one: (len(one[1].failed), one[1].place or 0))
    return words.answer(need, item, offer, best, given.said.get(offer.pk), LIMIT)
