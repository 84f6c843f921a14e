"""Workers of 新北洋 in the demo: the project stood still in February for want of them, and they were talked home.

That workers were missing, that the group spoke with them by text, voice and video, took their worries away, and that
more and more promised to come is the report's; how many there are, who they are, where they live and each single talk
is generated. Names are marked as made up: 工人001.
"""

import random
import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

from demo.cast import TZ, Cast
from sijin.people.models import Account, Role
from sijin.places.domain import homes
from sijin.works.domain.returning import contacts, workers
from sijin.works.domain.returning.contacts import Talk
from sijin.works.models import Worker

SEED = "returning"
SITE = "P001"  # report: 新北洋智能终端设备产业园, 二月初因没有返岗的工人一度停摆
NAMESPACE = uuid.UUID("6f0a5b52-54a0-4a5e-9a31-2b0d51a8f4c7")
LISTED, ASKED = date(2020, 2, 10), date(2020, 2, 20)  # generated, as every day and number here
GROUP_CAME = date(2020, 3, 5)  # report: 工作组进驻
FIRST_WANTED, DAYS_WANTED = date(2020, 3, 14), 7
ENDS = (("promised", 300), ("back", 56), ("hesitant", 28), ("unreached", 22), ("away", 14))  # by their end
CITIES = (
    ("山东省临沂市", 34), ("山东省菏泽市", 30), ("山东省济宁市", 22), ("山东省聊城市", 18), ("山东省德州市", 14),
    ("山东省枣庄市", 12), ("河南省周口市", 34), ("河南省商丘市", 28), ("河南省驻马店市", 20), ("河南省信阳市", 14),
    ("河南省南阳市", 12), ("安徽省阜阳市", 26), ("安徽省亳州市", 16), ("安徽省宿州市", 12), ("江苏省徐州市", 16),
    ("江苏省宿迁市", 12), ("河北省邯郸市", 18), ("河北省邢台市", 10), ("山西省运城市", 8), ("陕西省渭南市", 8),
    ("陕西省汉中市", 6), ("甘肃省定西市", 6), ("四川省南充市", 6), ("四川省达州市", 6), ("贵州省毕节市", 6),
    ("云南省昭通市", 4), ("黑龙江省齐齐哈尔市", 8), ("黑龙江省绥化市", 6), ("吉林省四平市", 6), ("辽宁省朝阳市", 6),
    ("内蒙古赤峰市", 6), ("江西省赣州市", 4),
)  # fmt: skip
UNCLEAR = ("朝阳", "鼓楼区", "河南省", "东北老家", "")  # homes that lead to no place: such workers stay in the list
POSTS = ("安装工", "电工", "焊工", "钢筋工", "木工", "架子工", "起重工", "普工")
WORRIES = {  # worry: (weight, what they say, what is answered)
    "infection": (30, "怕路上和工地上被传染", "全程包车，每车不过半坐，上车测温；工地每日消毒，口罩由项目部发"),
    "quarantine": (24, "去了要隔离，耽误十四天", "持健康证明、点对点到达的不再集中隔离，住项目部观察"),
    "way": (26, "客运停了，没有车", "返岗直通车到县城接，免车费"),
    "pass": (16, "村里不给开证明", "由项目部出复工证明，工作组与当地对接"),
    "pay": (14, "停工这段工资怎么算", "停工期间按规定发生活费，到岗当天起算工资"),
    "lodging": (8, "宿舍住不下，食堂没开", "一间不超过四人，盒饭送到宿舍"),
    "family": (12, "孩子没开学没人看", "可晚一周到，岗位保留"),
}
MESSAGE = "项目拟三月上旬复工，请告知本人及家人健康情况、能否返岗和所在县（市、区）。"
STOP = "项目因人员未到岗暂停施工，请保持电话畅通。"


def workers_of(cast: Cast) -> None:
    """Write the workers down in February, and each talk with them until the middle of March."""
    site = cast.sites[SITE]
    firm = Account.objects.create(
        username="site-p001", role=Role.SITE_CONTACT, site=site, display_name="新北洋项目部联系人",
        password=cast.office.password,
    )  # fmt: skip
    leader = cast.leaders[site.postings.get(team__level="province").team_id]
    dice = random.Random(SEED)
    ends = [end for end, number in ENDS for _n in range(number)]
    dice.shuffle(ends)
    rows = [_row(n, end, dice) for n, end in enumerate(ends, start=1)]
    made = workers.enter_many(firm, site, rows, at=_at(LISTED, 9))
    talks = [talk for worker, end in zip(made, ends, strict=True) for talk in _talks(worker, end, dice)]
    now = cast.campaign.now()
    first = _at(GROUP_CAME, 0)
    contacts.record(firm, [talk for talk in talks if talk.at < first], now=now)
    contacts.record(leader, [talk for talk in talks if talk.at >= first], now=now)


def _row(n: int, end: str, dice: random.Random) -> dict[str, Any]:
    city = dice.choices([name for name, _weight in CITIES], [weight for _name, weight in CITIES])[0]
    return {
        "code": f"W{n:03d}", "name": f"工人{n:03d}", "phone": f"1990000{n:04d}", "post": dice.choice(POSTS),
        "home": _unclear(n) if end in ("hesitant", "unreached") and n % 6 == 0 else _home(city, dice),
        "wanted_on": FIRST_WANTED + timedelta(days=dice.randrange(DAYS_WANTED)), "own_way": end == "back",
        "source": "工人停摆与返岗为报道所述，名册与联系记录均为生成", "generated": True,
    }  # fmt: skip


def _unclear(n: int) -> str:
    return UNCLEAR[n // 6 % len(UNCLEAR)]


def _home(city: str, dice: random.Random) -> str:
    """Return one of three counties of a city, or the city alone as some say it."""
    code = homes.find(city).code
    counties = [home.name for home in homes.places().values() if home.above == code]
    return city + dice.choice(["", *counties[:: max(1, len(counties) // 3)][:3]])


def _talks(worker: Worker, end: str, dice: random.Random) -> list[Talk]:
    """Return the talks with a worker that end as they do: a text, calls of the firm, then of the group."""
    told: list[tuple[date, str, str, str]] = [(day, "text", "unreached", "") for day in (LISTED, ASKED)]
    worry = dice.choices(list(WORRIES), [weight for weight, *_words in WORRIES.values()])[0]
    early = date(2020, 2, 21) + timedelta(days=dice.randrange(10))
    late = GROUP_CAME + timedelta(days=int(dice.triangular(0, 8, 2)))
    if end == "unreached":
        told += [(late, "voice", "unreached", "")] if dice.random() < 0.6 else []
    elif end in ("promised", "back") and dice.random() < 0.12:  # these come at the first call
        told.append((early, "voice", "promised", ""))
    else:
        told.append((early, "voice", dice.choice(("hesitant", "hesitant", "unreached")), worry))
        if dice.random() < 0.3:
            told.append((late - timedelta(days=1), "text", "unreached", ""))
        if end == "hesitant" and dice.random() < 0.25:  # some had promised before
            told.append((early + timedelta(days=1), "voice", "promised", ""))
        if end in ("hesitant", "away") or dice.random() < 0.3:
            told.append((late, dice.choice(("voice", "video")), "hesitant", worry))
        if end == "hesitant" and dice.random() < 0.4:  # answered since, not asked again yet
            told.append((late + timedelta(days=2), "text", "unreached", worry))
        if end in ("promised", "back"):
            told.append((late, dice.choice(("voice", "voice", "video", "text")), "promised", worry))
        if end == "away":
            told.append((late + timedelta(days=1), "voice", "away", worry))
    made = [_talk(worker, n, *one, dice) for n, one in enumerate(told)]
    if end == "back":
        day = max(made[-1].at.date() + timedelta(days=2), date(2020, 3, 7))
        made.append(
            Talk(worker, "back", "person", _at(day, 17), day, client_uuid=uuid.uuid5(NAMESPACE, f"{worker.code}:back"))
        )
    return made


def _talk(
    worker: Worker, n: int, day: date, channel: str, state: str, worry: str, dice: random.Random
) -> Talk:  # fmt: skip
    """Return one talk; the promise is what an answer leads to, so that it names the answer, a doubt does not."""
    _weight, words, answer = WORRIES.get(worry, (0, "", ""))
    if state == "unreached":
        words = {0: STOP, 1: MESSAGE}.get(n, "") if channel == "text" and not worry else ""
        worry, answer = (worry, answer) if channel == "text" else ("", "")
    at = _at(day, 9 + n) + timedelta(minutes=dice.randrange(55))
    key = uuid.uuid5(NAMESPACE, f"{worker.code}:{n}")
    kept = answer if state in ("promised", "unreached") else ""
    return Talk(worker, state, channel, at, None, worry, words or (answer if kept else ""), kept, key)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), TZ)
