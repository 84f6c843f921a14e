"""The verbs of accounts: the first administrator, giving and changing accounts, passwords, closing; each is logged.

Times here are the clock's, not a campaign's: an account lives beside the campaigns.
"""

import secrets
from typing import Any

from allauth.mfa.models import Authenticator
from axes.utils import reset
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.people.models import ACCOUNT_FIELDS, Account, AccountEvent, Official, Role, Unit
from sijin.people.policy import require, visible, within
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.models import Site

Verb = AccountEvent.Verb
BOUND = {  # what a role cannot work without: its scope in access.yaml would be empty
    Role.TEAM_LEADER: ("official", gettext_lazy("A team leader's account must name the official.")),
    Role.TEAM_MEMBER: ("official", gettext_lazy("A team member's account must name the official.")),
    Role.DEPARTMENT_HANDLER: ("unit", gettext_lazy("A department handler's account must name the unit.")),
    Role.SITE_CONTACT: ("site", gettext_lazy("A site contact's account must name the site.")),
    Role.COMMUNITY_WORKER: ("site", gettext_lazy("A community worker's account must name the community.")),
}
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read wrongly from a slip of paper
GROUPS, GROUP = 4, 4  # 16 characters of 31: 79 bits


def no_account_yet() -> bool:
    """Say whether this is a new house, in which the first administrator is still to be made (one query)."""
    return not Account.objects.exists()


def first_administrator(username: str, password: str, display_name: str = "") -> Account:
    """Make the administrator of a new house. Http404 once there is an account: the door is not there any more."""
    try:
        with transaction.atomic():
            if not no_account_yet():
                raise Http404
            account = Account(username=username, role=Role.ADMINISTRATOR, display_name=display_name)
            _set_password(account, password)
            account.save()
            _log(account, None, Verb.FOUND, {"role": [None, account.role]})
    except IntegrityError as error:  # someone was first between the question and the answer
        raise Http404 from error
    return account


@transaction.atomic
def create(by: Account, *, username: str, **facts: Any) -> tuple[Account, str]:
    """Make an account and return it with its first password, which is shown once and must be changed at sign-in."""
    require(by, "create", Account)
    if Account.objects.filter(username__iexact=username).exists():
        raise RuleBroken(_("There is already an account of this name."), field="username")
    account = Account(username=username, password_given=True, **facts)
    _check_bound(account)
    password = fresh_password()
    account.set_password(password)
    account.save()
    _log(account, by, Verb.CREATE, {name: [None, _plain(getattr(account, name))] for name in ACCOUNT_FIELDS})
    return account, password


@transaction.atomic
def change(by: Account, account: Account, *, version: int | None = None, **facts: Any) -> Account:
    """Change what an account is; a changed role takes effect at the account's next request."""
    require(by, "change", account)
    account = _locked(account, version, facts)
    before = {name: getattr(account, name) for name in ACCOUNT_FIELDS}
    for name, value in facts.items():
        setattr(account, name, value)
    if account.role != before["role"]:
        _keep_an_administrator(account, by)
    _check_bound(account)
    changed = {n: [_plain(old), _plain(getattr(account, n))] for n, old in before.items() if getattr(account, n) != old}
    if changed:
        _save(account)
        _log(account, by, Verb.CHANGE, changed)
    return account


@transaction.atomic
def give_password(by: Account, account: Account) -> str:
    """Give a new password, shown once; it must be changed at the next sign-in.

    The account's open sessions end, and failures counted against it are forgotten.
    """
    require(by, "give_password", account)
    account = _locked(account)
    password = fresh_password()
    account.set_password(password)
    account.password_given = True
    _save(account)
    _log(account, by, Verb.GIVE_PASSWORD, {})
    reset(username=account.username)
    return password


@transaction.atomic
def drop_second_step(by: Account, account: Account) -> None:
    """Take away the second step of someone who lost phone and recovery codes; RuleBroken when there is none."""
    require(by, "give_password", account)
    account = _locked(account)
    if not Authenticator.objects.filter(user=account).delete()[0]:
        raise RuleBroken(_("This account has no second step."))
    _save(account)
    _log(account, by, Verb.DROP_SECOND, {})


@transaction.atomic
def set_active(by: Account, account: Account, active: bool) -> Account:
    """Close an account (its sessions end at once; nothing it did is touched) or open it again."""
    require(by, "deactivate", account)
    account = _locked(account)
    if account.is_active != active:
        account.is_active = active
        if not active:
            _keep_an_administrator(account, by)
        _save(account)
        _log(account, by, Verb.ACTIVATE if active else Verb.DEACTIVATE, {"is_active": [not active, active]})
    return account


def listed(by: Account, *, q: str = "", role: str = "", closed: bool = False) -> QuerySet[Account]:
    """Return the accounts that `by` may see, with what a row shows joined."""
    rows = visible(by, Account).filter(is_active=not closed)
    if role in Role.values:
        rows = rows.filter(role=role)
    for word in q.split():
        rows = rows.filter(
            Q(username__icontains=word)
            | Q(display_name__icontains=word)
            | Q(unit__name__icontains=word)
            | Q(official__name__icontains=word)
            | Q(site__name__icontains=word)
        )
    return rows.select_related("unit", "official__unit", "site").order_by("username")


def named(by: Account, model: type[Unit] | type[Official] | type[Site], q: str) -> QuerySet:
    """Return the rows of `model` that `by` may bind an account to and whose name or code holds `q`."""
    rows = within(by, "name", model._default_manager.all())
    return rows.filter(Q(name__icontains=q) | Q(code__icontains=q)).order_by("code")


def _set_password(account: Account, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise RuleBroken(" ".join(error.messages), field="password") from error
    account.set_password(password)


def fresh_password() -> str:
    """Return a password for one sign-in: 79 random bits, in groups that can be read out."""
    return "-".join("".join(secrets.choice(ALPHABET) for _n in range(GROUP)) for _g in range(GROUPS))


def _check_bound(account: Account) -> None:
    field, words = BOUND.get(account.role, ("", ""))
    if field and getattr(account, field) is None:
        raise RuleBroken(str(words), field=field)
    if account.official:
        other = Account.objects.filter(official=account.official).exclude(pk=account.pk).first()
        if other:
            raise RuleBroken(_("This official already has the account %(name)s.") % {"name": other}, field="official")


def _keep_an_administrator(account: Account, by: Account) -> None:
    """Refuse that administrators shut themselves out: someone must be left who can give accounts."""
    if account.pk == by.pk:
        raise RuleBroken(_("You cannot take your own account away; another administrator can."), field="role")


def _locked(account: Account, version: int | None = None, facts: dict[str, Any] | None = None) -> Account:
    """Return the row as it is now, held for this transaction; Stale, with what differs, when it is not `version`."""
    found = Account.objects.select_for_update().get(pk=account.pk)
    if version is not None and found.version != version:
        theirs = {name: _plain(getattr(found, name)) for name in facts or {}}
        diff = [
            {"field": str(ACCOUNT_FIELDS[name]), "yours": _plain(yours), "theirs": theirs[name]}
            for name, yours in (facts or {}).items()
            if _plain(yours) != theirs[name]
        ]
        raise Stale(_("This account was changed by someone else in the meantime."), found=found.version, diff=diff)
    return found


def _save(account: Account) -> None:
    account.version += 1
    account.save()


def _log(account: Account, by: Account | None, verb: str, change: dict[str, Any]) -> None:
    AccountEvent.objects.create(account=account, by=by, verb=verb, change=change)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, models.Model) else value
