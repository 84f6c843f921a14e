"""Row 15: every worker stands in one state, and the promises by day rise with the log of talks."""

from django.db.models import Min
from django.utils import timezone

from demo.figures.figure import Figure, office
from sijin.works.domain.returning import contacts, reads
from sijin.works.models import Worker, WorkerContact

CHANNELS = ("text", "voice", "video")  # the report's 文字、语音、视频


def _states() -> str:
    """Say whether the workers of the four states and those who do not come are all workers."""
    tally, number = reads.tally(office(), reads.Wanted()), Worker.objects.count()
    return "all" if tally.all == number else f"{tally.all} of {number}"


def _standing() -> str:
    """Say whether every worker stands where the log leaves them, folded anew from its first entry."""
    wrong = [
        worker.code
        for worker in Worker.objects.prefetch_related("contacts")
        if (worker.state, worker.promised_on, worker.back_on)
        != ((at := contacts.standing(worker.contacts.all())).state, at.promised_on, at.back_on)
    ]
    return "all" if not wrong else f"all but {len(wrong)}"


def _promises() -> str:
    """Compare the curve of the page with first promises counted out of the log, day by day; neither may fall."""
    log = WorkerContact.objects.filter(state="promised", taken_back_at=None)
    first = [
        timezone.localtime(at).date() for at in log.values("worker").annotate(at=Min("at")).values_list("at", flat=True)
    ]
    days = reads.curve(office(), reads.Wanted())
    counted = [sum(one <= day.day for one in first) for day in days]
    shown = [day.promised for day in days]
    if shown != counted or len(first) != shown[-1]:
        return "differ"
    return "rise" if shown == sorted(shown) and shown[0] < shown[-1] else "fall"


def _channels() -> str:
    used = set(WorkerContact.objects.filter(taken_back_at=None).values_list("channel", flat=True))
    words = {"text": "文字", "voice": "语音", "video": "视频"}
    return "、".join(words[channel] for channel in CHANNELS if channel in used)


def _one() -> Worker:
    return Worker.objects.filter(state="promised").earliest("pk")


FIGURES = [
    Figure(15, "workers in one of the states, of all", "all", _states,
           lambda: Worker.objects.filter(pk=_one().pk).update(state="gone")),
    Figure(15, "workers who stand where their log leaves them", "all", _standing,
           lambda: Worker.objects.filter(pk=_one().pk).update(state="hesitant")),
    Figure(15, "promises by day, and counted from the log", "rise", _promises,
           lambda: _one().contacts.filter(state="promised").delete()),
    Figure(15, "how they were spoken with", "文字、语音、视频", _channels,
           lambda: WorkerContact.objects.filter(channel="video").delete()),
]  # fmt: skip
