"""Accounts for many at once: names that are free, roles of teams alone, passwords given once and stored as hashes."""

import pytest
from django.contrib.auth import authenticate
from django.test import override_settings

from sijin.people import enrolment
from sijin.people.models import Account, AccountEvent, Official, Role, Unit
from sijin.people.refusals import NotAllowed


@pytest.fixture
def office(db) -> Account:
    return Account.objects.create(username="office", role=Role.CAMPAIGN_OFFICE)


@pytest.fixture
def officials(db) -> list[Official]:
    unit = Unit.objects.create(code="u", name="市税务局", level="city")
    return [Official.objects.create(code=code, name=code, unit=unit) for code in ("A1", "B2")]


def test_names_are_the_officials_codes_or_the_next_that_is_free(office, officials) -> None:
    for name in ("a1", "A1-2"):
        Account.objects.create(username=name, role=Role.LEADER)
    made = enrolment.enrol(office, [(officials[0], Role.TEAM_LEADER), (officials[1], Role.TEAM_MEMBER)])
    assert [(account.username, account.role) for account in made] == [("A1-3", "team_leader"), ("B2", "team_member")]
    assert not any(account.has_usable_password() for account in made)
    assert AccountEvent.objects.filter(verb="create", by=office).count() == 2


def test_other_roles_are_never_given_nor_taken(office, officials) -> None:
    with pytest.raises(AssertionError):
        enrolment.enrol(office, [(officials[0], Role.ADMINISTRATOR)])
    boss = Account.objects.create(username="boss", role=Role.ADMINISTRATOR)
    assert enrolment.set_roles(office, [(boss, Role.TEAM_MEMBER)]) == 0
    assert enrolment.first_passwords(office, [boss.pk, office.pk]) == []
    assert Account.objects.get(username="boss").role == Role.ADMINISTRATOR


def test_only_who_may_enrol_does(officials) -> None:
    for role in (Role.ADMINISTRATOR, Role.LEADER, Role.TEAM_LEADER):
        account = Account(username=role, role=role)
        with pytest.raises(NotAllowed):
            enrolment.enrol(account, [(officials[0], Role.TEAM_LEADER)])
        with pytest.raises(NotAllowed):
            enrolment.first_passwords(account, [])
    assert not Account.objects.exists()


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"])
def test_a_first_password_signs_in_and_its_hash_is_made_slow_then(office, officials) -> None:
    made = enrolment.enrol(office, [(officials[0], Role.TEAM_LEADER)])
    ((account, password),) = enrolment.first_passwords(office, [made[0].pk])
    stored = Account.objects.get(pk=account.pk).password
    assert stored.startswith(f"pbkdf2_sha256${enrolment.ROUNDS}$") and password not in stored
    backend = "django.contrib.auth.backends.ModelBackend"
    with override_settings(AUTHENTICATION_BACKENDS=[backend]):
        assert authenticate(username=account.username, password=password) == account
        assert authenticate(username=account.username, password=password[:-1]) is None
    assert int(Account.objects.get(pk=account.pk).password.split("$")[1]) > 100_000
    assert Account.objects.get(pk=account.pk).password_given
