"""Evidence: what is taken and refused, how it is kept, shown and audited."""

import hashlib
import io
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from PIL import Image

from sijin.ledger.domain import evidence, needs
from sijin.ledger.domain.audit import audit
from sijin.ledger.models import Evidence
from sijin.people.models import Role
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.ledger.lives import answered, handed_over, handler_of, in_progress, photo


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def pdf(body: bytes) -> bytes:
    return b"%PDF-1.4\n1 0 obj\n" + body + b"\nendobj\n%%EOF"


def office_file(**members: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"word/document.xml": b"<w/>", **members}.items():
            archive.writestr(name, content)
    return kept.getvalue()


def upload(content: bytes, name: str = "a.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def signed_in(account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pictures_are_kept_as_jpeg_without_their_metadata(world, kind: str) -> None:
    sent = photo(kind=kind)
    assert b"SECRET-CAMERA" in sent
    kept = evidence.add(world.need, world.accounts["team_leader"], "p.img", sent)
    content = kept.file.read()
    assert b"SECRET-CAMERA" not in content and kept.media_type == "image/jpeg"
    assert (kept.sha256, kept.size) == (hashlib.sha256(content).hexdigest(), len(content))


def test_documents_are_kept_as_they_are(world) -> None:
    for name, content, kind in (
        ("a.pdf", pdf(b"<< /Type /Catalog >>"), "application/pdf"),
        ("a.docx", office_file(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ):
        kept = evidence.add(world.need, world.accounts["team_leader"], name, content)
        assert (kept.file.read(), kept.media_type) == (content, kind)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("program as pdf", b"MZ\x90\x00" + b"0" * 500),
        ("page", b"<html><script>alert(1)</script>"),
        ("drawing", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("empty", b""),
        ("half a picture", photo()[:200]),
        ("too many pixels", b"BM" + (54).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
         + (40).to_bytes(4, "little") + (60_000).to_bytes(4, "little") * 2 + b"\x01\x00\x18\x00" + bytes(24)),
        ("script", pdf(b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>")),
        ("script with a written-out name", pdf(b"<< /S /J#61vaScript >>")),
        ("launcher", pdf(b"<< /S /Launch /F (cmd.exe) >>")),
        ("script in a packed stream", pdf(
            b"<< /Type /ObjStm >>\nstream\n" + zlib.compress(b"<< /S /JavaScript >>") + b"\nendstream")),
        ("locked", pdf(b"<< /Encrypt 5 0 R >>")),
        ("bomb in a pdf", pdf(b"<<>>\nstream\n" + zlib.compress(bytes(120_000_000)) + b"\nendstream")),
        ("macros", office_file(**{"word/vbaProject.bin": b"x"})),
        ("bomb", office_file(**{f"word/media/{n}": bytes(30_000_000) for n in range(4)})),
        ("many members", office_file(**{f"x/{n}": b"" for n in range(2100)})),
        ("plain archive", office_file()[:30] + b"x" * 40),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)  # fmt: skip
def test_what_could_do_harm_is_refused_in_words(world, name: str, content: bytes) -> None:
    with pytest.raises(RuleBroken) as refusal:
        evidence.add(world.need, world.accounts["team_leader"], "x.pdf", content)
    assert refusal.value.facts["field"] == "evidence"
    assert Evidence.objects.count() == 0


def test_too_large_a_file_is_refused(world, settings) -> None:
    settings.EVIDENCE_MAX_BYTES = 1024 * 1024
    with pytest.raises(RuleBroken, match="1 MB"):
        evidence.add(world.need, world.accounts["team_leader"], "x.jpg", bytes(1024 * 1024 + 1))


class TestAdding:
    """Files come with a verb; the event holds their digests."""

    def test_several_files_are_one_event_that_holds_their_digests(self, world) -> None:
        need = in_progress(world)
        handler = world.accounts["department_handler"]
        need = evidence.act_with(
            need, "add_evidence", handler, [upload(photo(), "a.jpg"), upload(pdf(b"<<>>"), "b.pdf")]
        )
        event = need.events.last()
        kept = list(need.evidence.order_by("pk"))
        assert [file.sequence for file in kept] == [event.sequence] * 2
        assert event.change["evidence"] == [[file.pk, file.sha256, file.name] for file in kept]

    def test_one_bad_file_keeps_none_and_leaves_no_rubbish(self, world, files) -> None:
        need = in_progress(world)
        handler = world.accounts["department_handler"]
        with pytest.raises(RuleBroken, match=r"^b\.pdf: "):
            evidence.act_with(need, "answer", handler, [upload(photo()), upload(b"MZ", "b.pdf")], note="已办")
        assert Evidence.objects.count() == 0 and [path for path in files.rglob("*") if path.is_file()] == []

    def test_a_refused_verb_keeps_no_file(self, world, files) -> None:
        need = in_progress(world)
        with pytest.raises(NotAllowed):
            evidence.act_with(need, "answer", world.accounts["team_leader"], upload(photo()), note="x")
        with pytest.raises(RuleBroken):
            evidence.act_with(need, "answer", world.accounts["department_handler"], upload(photo()), note="")
        assert [path for path in files.rglob("*") if path.is_file()] == []

    def test_at_most_ten(self, world) -> None:
        with pytest.raises(RuleBroken):
            evidence.act_with(
                in_progress(world), "add_evidence", world.accounts["department_handler"], [upload(photo())] * 11
            )

    def test_none_is_not_evidence(self, world) -> None:
        with pytest.raises(RuleBroken):
            needs.apply(in_progress(world), "add_evidence", world.accounts["department_handler"])

    def test_helpers_and_the_team_add_and_strangers_do_not(self, world) -> None:
        need = handed_over(world, co_units=[world.units[1]])
        for by in (handler_of(world.units[1]), world.accounts["team_member"], world.accounts["campaign_office"]):
            need = evidence.act_with(need, "add_evidence", by, upload(photo()))
        for by in (world.other, handler_of(world.units[2]), world.accounts["site_contact"], world.accounts["leader"]):
            with pytest.raises(NotAllowed):
                evidence.act_with(need, "add_evidence", by, upload(photo()))

    def test_an_answer_carries_what_was_kept_before_it(self, world) -> None:
        need = answered(world)
        assert [sha for _pk, sha, _name in need.events.last().change["evidence"]] == [need.evidence.get().sha256]


class TestShowing:
    """Under the policy of the need, with headers that keep a file from doing anything."""

    @pytest.mark.parametrize("role", Role.values)
    def test_only_who_sees_the_need_sees_its_files(self, world, role: str) -> None:
        mine = evidence.add(world.need, world.accounts["team_leader"], "a.jpg", photo())
        others = evidence.add(world.need_other, world.other, "b.jpg", photo())
        client = signed_in(world.accounts[role])
        sees_all = role in ("campaign_office", "leader", "auditor")
        for path in ("", "small/"):
            theirs = client.get(f"/ledger/{world.need_other.pk}/evidence/{others.pk}/{path}").status_code
            assert theirs == (200 if sees_all else 404)
            # a file is not shown under another need's address
            assert client.get(f"/ledger/{world.need.pk}/evidence/{others.pk}/{path}").status_code == 404
            seen = client.get(f"/ledger/{world.need.pk}/evidence/{mine.pk}/{path}").status_code
            unseen = role in ("department_handler", "administrator")  # not handed over yet; no needs
            assert seen == (404 if unseen else 200)

    def test_a_photo_opens_and_a_document_is_saved(self, world) -> None:
        leader = world.accounts["team_leader"]
        image = evidence.add(world.need, leader, "现场.png", photo(kind="PNG"))
        paper = evidence.add(world.need, leader, "合同.pdf", pdf(b"<<>>"))
        client = signed_in(leader)
        shown = client.get(f"/ledger/{world.need.pk}/evidence/{image.pk}/")
        saved = client.get(f"/ledger/{world.need.pk}/evidence/{paper.pk}/")
        assert shown["Content-Type"] == "image/jpeg" and shown["Content-Disposition"].startswith("inline")
        assert (
            saved["Content-Disposition"].startswith("attachment")
            and "%E5%90%88%E5%90%8C.pdf" in saved["Content-Disposition"]
        )
        for answer in (shown, saved):
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer["Content-Security-Policy"] and "'none'" in answer["Content-Security-Policy"]
            assert answer["Cache-Control"].startswith("private")

    def test_a_small_picture_is_made_once(self, world, files) -> None:
        large = evidence.add(world.need, world.accounts["team_leader"], "a.jpg", photo((1600, 1200)))
        path = f"/ledger/{world.need.pk}/evidence/{large.pk}/small/"
        client = signed_in(world.accounts["team_leader"])
        small = client.get(path).content
        assert max(Image.open(io.BytesIO(small)).size) == 320
        (kept,) = (files / "thumbs").rglob("*.jpg")
        kept.write_bytes(b"kept")
        assert client.get(path).content == b"kept"

    def test_a_document_has_no_small_picture_and_a_lost_file_is_said_to_be_gone(self, world, files) -> None:
        leader = world.accounts["team_leader"]
        paper = evidence.add(world.need, leader, "a.pdf", pdf(b"<<>>"))
        client = signed_in(leader)
        assert client.get(f"/ledger/{world.need.pk}/evidence/{paper.pk}/small/").status_code == 404
        Path(paper.file.path).unlink()
        assert client.get(f"/ledger/{world.need.pk}/evidence/{paper.pk}/").status_code == 410


class TestAudit:
    """A file that is missing or altered is named; the row cannot be altered."""

    def test_missing_and_altered_files_are_named(self, world) -> None:
        need = answered(world)
        kept = need.evidence.get()
        assert list(audit()) == []
        Path(kept.file.path).write_bytes(b"another")
        assert list(audit()) == [
            {"need": need.pk, "sequence": kept.sequence, "fault": "evidence a.jpg: the file was altered"}
        ]
        assert list(audit(files=False)) == []
        Path(kept.file.path).unlink()
        assert [fault["fault"] for fault in audit()] == ["evidence a.jpg: the file is missing"]

    @pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"file": "x"}, {"name": "x"}, {"size": 1}])
    def test_a_row_of_evidence_stays_what_it_was(self, world, change) -> None:
        rows = answered(world).evidence.all()
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._raw_delete("default")
