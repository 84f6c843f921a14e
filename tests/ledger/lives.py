"""Drives needs to where a test begins: handed over, answered, verified, confirmed."""

import io
from datetime import datetime
from types import SimpleNamespace

from PIL import Image

from sijin.ledger.domain import evidence, needs
from sijin.ledger.models import Need
from sijin.people.models import Account, Unit
from tests.conftest import at


def photo(size: tuple[int, int] = (80, 60), kind: str = "JPEG") -> bytes:
    """Return a picture with EXIF data in it."""
    image, kept = Image.new("RGB", size, "red"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    image.save(kept, kind, exif=exif)
    return kept.getvalue()


def handler_of(unit: Unit) -> Account:
    """Return a handler of `unit`."""
    return Account.objects.create(username=f"handler-{unit.code}", role="department_handler", unit=unit)


def handed_over(world: SimpleNamespace, klass: int = 2, when: datetime | None = None, **facts) -> Need:
    """Hand the team's need over to the first unit, on 5 March unless said otherwise."""
    office = world.accounts["campaign_office"]
    return needs.apply(
        world.need, "hand_over", office, klass=klass, lead_unit=world.units[0], at=when or at(3, 5), **facts
    )


def in_progress(world: SimpleNamespace, klass: int = 2, **facts) -> Need:
    """Drive the need to where its unit works on it."""
    handler = world.accounts["department_handler"]
    need = needs.apply(handed_over(world, klass, **facts), "receive", handler, at=at(3, 6))
    return needs.apply(need, "carry_out", handler, measure="协调", at=at(3, 7))


def answered(world: SimpleNamespace, need: Need | None = None) -> Need:
    """Drive the need to where it waits for verification."""
    handler = world.accounts["department_handler"]
    need = need or in_progress(world)
    evidence.add(need, handler, "a.jpg", photo(), verb="answer")
    return needs.apply(need, "answer", handler, note="已办", at=at(3, 9))


def verified(world: SimpleNamespace) -> Need:
    """Drive the need to where the served party is asked."""
    return needs.apply(answered(world), "verify", world.accounts["team_leader"], note="看过", at=at(3, 10))


def confirmed(world: SimpleNamespace, verdict: str = "satisfied") -> Need:
    """Drive the need to where the served party has spoken."""
    need = verified(world)
    token = needs.confirm_link(need, world.accounts["team_leader"], at=at(3, 10))
    return needs.confirm_by_link(token, verdict, at=at(3, 11))


def closed(world: SimpleNamespace) -> Need:
    """Drive the need to its end."""
    return needs.apply(confirmed(world), "close", world.accounts["campaign_office"], at=at(3, 12))
