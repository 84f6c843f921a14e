"""Notices: told once, counted in the frame, read by their reader alone; a channel that fails undoes nothing."""

import logging
from typing import Any, ClassVar

import pytest
from django.test import Client

from sijin.people import notices
from sijin.people.models import Account, Notice, Role
from sijin.people.notices import Message, Words, tell, worded, wording
from sijin.people.refusals import NotAllowed
from tests.conftest import at

BACKEND = "django.contrib.auth.backends.ModelBackend"


class Kept:
    """A channel that keeps what it is given."""

    given: ClassVar[list[Notice]] = []

    def send(self, given: Any) -> None:
        self.given.extend(given)


class Broken:
    """A channel that cannot reach anyone."""

    def send(self, given: Any) -> None:
        raise ConnectionError("no way out")


@pytest.fixture
def two(db) -> tuple[Account, Account]:
    return tuple(Account.objects.create(username=name, role=Role.LEADER) for name in ("mine", "theirs"))


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend=BACKEND)
    return client


@wording("test.told")
def _told(values: dict[str, Any]) -> Words:
    return Words(f"told {values['what']}", [f"line {values['what']}"])


def test_the_bell_counts_what_only_its_reader_was_told(two) -> None:
    mine, theirs = two
    tell([Message(mine, "test.told", {"what": "one"}), Message(theirs, "test.told", {"what": "SECRET"})], at(3, 5))
    client = signed_in(mine)
    body = client.get("/notices/").content.decode()
    assert "told one" in body and "line one" in body and "SECRET" not in body and '<i class="count"' in body
    other = Notice.objects.get(account=theirs)
    assert client.post(f"/notices/{other.pk}/").status_code == 404
    with pytest.raises(NotAllowed):
        notices.read(mine, other, at(3, 6))
    client.post("/notices/read/")
    other.refresh_from_db()
    assert other.read_at is None and not notices.unread(mine).exists()
    assert '<i class="count" title' not in client.get("/notices/").content.decode().split("user")[0]


def test_reading_goes_to_what_it_tells_of_and_nowhere_else(two) -> None:
    mine, _theirs = two
    tell(
        [
            Message(mine, "test.told", {"what": "a"}, "/dispatch/"),
            Message(mine, "test.told", {"what": "b"}, "//evil.example/"),
        ],
        at(3, 5),
    )
    client = signed_in(mine)
    there, elsewhere = (Notice.objects.get(values__what=what) for what in "ab")
    assert client.post(f"/notices/{there.pk}/").url == "/dispatch/"
    assert client.post(f"/notices/{elsewhere.pk}/").url == "/notices/"
    there.refresh_from_db()
    first = there.read_at
    assert first is not None and notices.read(mine, there, at(3, 9)).read_at == first
    assert client.get(f"/notices/{there.pk}/").status_code == 405


def test_what_is_new_stands_on_the_home_until_it_is_read(two) -> None:
    mine, _theirs = two
    tell([Message(mine, "test.told", {"what": str(n)}) for n in range(4)], at(3, 5))
    client = signed_in(mine)
    home = client.get("/").content.decode()
    assert home.count('class="told unread"') == 2 and "全部 4 条未读" in home
    client.post("/notices/read/")
    assert "told" not in client.get("/").content.decode()


def test_a_code_without_words_is_its_own_title(two) -> None:
    tell([Message(two[0], "of.another.version", {})], at(3, 5))
    assert worded(Notice.objects.get()) == Words("of.another.version")


def test_channels_get_what_was_told_and_may_fail(
    two, settings, django_capture_on_commit_callbacks, caplog: pytest.LogCaptureFixture
) -> None:
    settings.NOTICE_CHANNELS = [f"{__name__}.Broken", f"{__name__}.Kept"]
    Kept.given.clear()
    with caplog.at_level(logging.ERROR), django_capture_on_commit_callbacks(execute=True):
        assert tell([Message(two[0], "test.told", {"what": "one"})], at(3, 5)) == 1
    assert [worded(notice).title for notice in Kept.given] == ["told one"]
    assert "Broken" in caplog.text and Notice.objects.count() == 1
