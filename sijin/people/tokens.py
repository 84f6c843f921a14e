"""Personal keys to the API: made by and for an account, shown once, kept as a hash, expiring, revocable."""

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.people.models import Account, ApiToken
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken

MARK = "sijin_"  # lets people and secret scanners recognise a key that lies about
LONGEST = 366  # days
MOST = 20  # living keys an account
FRESH = timedelta(minutes=5)  # the last use is not written more often than this


def issue(by: Account, account: Account, name: str, days: int = 90) -> tuple[ApiToken, str]:
    """Make a key for `account` and return it with its text, which cannot be read again later."""
    require(by, "issue", ApiToken(account=account))
    if not name.strip():
        raise RuleBroken(_("Give the key a name, so that you know it again."), field="name")
    if not 1 <= days <= LONGEST:
        raise RuleBroken(_("A key lives from 1 to %(days)s days.") % {"days": LONGEST}, field="days")
    now = timezone.now()
    if account.api_tokens.filter(revoked=None, expires__gt=now).count() >= MOST:
        raise RuleBroken(_("An account has at most %(most)s keys; revoke one first.") % {"most": MOST})
    text = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        account=account, name=name.strip()[:80], token_hash=_hash(text), expires=now + timedelta(days=days)
    )
    return token, text


def revoke(by: Account, token: ApiToken) -> None:
    """End a key at once; a key that has ended stays listed."""
    require(by, "revoke", token)
    ApiToken.objects.filter(pk=token.pk, revoked=None).update(revoked=timezone.now())


def account_of(text: str) -> Account | None:
    """Return the active account of a living key, or None (one query; a second at most every five minutes)."""
    now = timezone.now()
    living = ApiToken.objects.filter(revoked=None, expires__gt=now, account__is_active=True)
    token = living.select_related("account").filter(token_hash=_hash(text)).first()
    if token is None:
        return None
    if token.last_used is None or token.last_used < now - FRESH:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)
    return token.account


def mine(account: Account) -> list[ApiToken]:
    """Return the account's keys, the newest first, ended ones too (one query)."""
    return list(visible(account, ApiToken))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
