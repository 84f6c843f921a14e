"""Accounts for those whom a dispatch sends: made in one go as team leaders and members, without an administrator.

Their first passwords are made when they are handed out and stored as hashes alone, like those that an administrator
gives. A password of 79 random bits needs no slow hash; the first sign-in replaces it by one that its owner chose.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence

from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher, make_password
from django.db import transaction

from sijin.people.domain import fresh_password
from sijin.people.models import ACCOUNT_FIELDS, Account, AccountEvent, Official, Role
from sijin.people.policy import require

Verb = AccountEvent.Verb
TEAM_ROLES = (Role.TEAM_LEADER, Role.TEAM_MEMBER)
ROUNDS = 1_000  # of PBKDF2 for a first password; see the module
BATCH = 400
Progress = Callable[[int], None]


@transaction.atomic
def enrol(by: Account, officials: Sequence[tuple[Official, str]]) -> list[Account]:
    """Make accounts for officials who have none, each with its role; nobody can sign in to them yet.

    An account is called by its official's code; where another has that name already, a number is added.
    """
    require(by, "enrol", Account)
    assert all(role in TEAM_ROLES for _official, role in officials)
    taken = {name.casefold() for name in Account.objects.values_list("username", flat=True)}
    made = []
    for official, role in officials:
        name, n = official.code, 1
        while name.casefold() in taken:
            n += 1
            name = f"{official.code}-{n}"
        taken.add(name.casefold())
        account = Account(
            username=name, role=role, official=official, unit=official.unit, display_name=official.name,
            password_given=True,
        )  # fmt: skip
        account.set_unusable_password()
        made.append(account)
    Account.objects.bulk_create(made, batch_size=BATCH)
    _log(by, ((account, Verb.CREATE, {n: [None, _plain(account, n)] for n in ACCOUNT_FIELDS}) for account in made))
    return made


@transaction.atomic
def set_roles(by: Account, accounts: Iterable[tuple[Account, str]]) -> int:
    """Make members leaders and leaders members; accounts of other roles are left alone. Return how many changed."""
    require(by, "enrol", Account)
    changed, events = [], []
    for account, role in accounts:
        if account.role in TEAM_ROLES and role in TEAM_ROLES and account.role != role:
            events.append((account, Verb.CHANGE, {"role": [account.role, role]}))
            account.role = role
            account.version += 1
            changed.append(account)
    Account.objects.bulk_update(changed, ["role", "version"], batch_size=BATCH)
    _log(by, events)
    return len(changed)


@transaction.atomic
def first_passwords(by: Account, keys: Iterable[int], progress: Progress | None = None) -> list[tuple[Account, str]]:
    """Give the accounts that nobody has signed in to their first passwords, which are shown once."""
    require(by, "enrol", Account)
    rows = Account.objects.filter(pk__in=list(keys), last_login=None, is_active=True, role__in=TEAM_ROLES)
    given = []
    for account in rows.select_related("official__unit").order_by("username"):
        password = fresh_password()
        account.password, account.password_given = _hashed(password), True
        account.version += 1
        given.append((account, password))
        if progress is not None:
            progress(len(given))
    accounts = [account for account, _password in given]
    Account.objects.bulk_update(accounts, ["password", "password_given", "version"], batch_size=BATCH)
    _log(by, ((account, Verb.GIVE_PASSWORD, {}) for account in accounts))
    return given


def _hashed(password: str) -> str:
    hasher = get_hasher()
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(password, secrets.token_hex(11), ROUNDS)
    return make_password(password)


def _log(by: Account, events: Iterable[tuple[Account, str, dict]]) -> None:
    rows = (AccountEvent(account=account, by=by, verb=verb, change=change) for account, verb, change in events)
    AccountEvent.objects.bulk_create(rows, batch_size=BATCH)


def _plain(account: Account, name: str) -> str | None:
    value = getattr(account, name)
    return value if value is None else str(value)
