"""A roster: previewed before it is written, good rows kept, bad rows back in a workbook; twice changes nothing."""

import subprocess
from datetime import date, time
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from sijin.dispatch.domain import intake, rosters
from sijin.dispatch.domain.roster_rows import rows_of
from sijin.dispatch.domain.tie_rows import named
from sijin.dispatch.files.reading import read
from sijin.dispatch.files.writing import filled, rejected, template
from sijin.dispatch.models import Campaign, DispatchChange, Membership, Posting, RosterImport, Team
from sijin.people.models import Account, Official, Role, Unit
from sijin.people.refusals import NotAllowed, RuleBroken
from sijin.places.domain import load_weihai
from sijin.places.models import Region, Site
from sijin.places.uscc import check_character

USCC = "91371000MA3C00001" + check_character("91371000MA3C00001")
ROWS = {
    "campaign": [{"code": "c1", "name": "试行动", "start": "2020-03-04", "doors": "企业、乡村"}],
    "units": [
        {"code": "A1", "name": "山东省农业农村厅", "level": "省"},
        {"code": "B1", "name": "市税务局", "level": "市", "county": "环翠区"},
    ],
    "teams": [
        {"number": "省01", "name": "省派组", "level": "省派", "unit": "山东省农业农村厅", "size": 2},
        {"number": "市01", "name": "市派组", "level": "市派", "size": 2, "county": "文登区"},
    ],
    "officials": [
        {"code": "p1", "name": "甲", "unit": "A1", "can_lead": "是", "skills": "农业技术", "team": "省01",
         "leads": "是"},
        {"code": "p2", "name": "乙", "unit": "山东省农业农村厅", "team": "省01"},
        {"code": "p3", "name": "丙", "unit": "B1", "can_lead": "是", "skills": "税务、茶艺", "home_county": "文登"},
    ],
    "sites": [
        {"code": "E1", "door": "企业", "name": "某厂", "county": "文登区", "town": "天福街道", "uscc": USCC,
         "staff": 120, "revenue": "3,400.5", "lat": 37.19, "lon": 122.06},
        {"code": "V1", "door": "乡村", "name": "慈口观村", "county": "文登区", "village": "慈口观",
         "skills": "农业技术", "area_mu": 2600, "team": "省01"},
        {"code": "V2", "door": "乡村", "name": "新村", "county": "环翠区", "town": "嵩山街道", "village": "某某新村",
         "make_place": "是"},
    ],
}  # fmt: skip

TIED = {
    **ROWS,
    "ties": [
        {"code": "T1", "kind": "不得同组", "officials": "p1、丙", "reason": "亲属"},
        {"code": "T2", "kind": "须同组", "officials": "p1、p2", "reason": "师徒"},
    ],
}


@pytest.fixture
def office(db) -> Account:
    load_weihai()
    return Account.objects.create(username="office", role=Role.CAMPAIGN_OFFICE)


def changed(**sheets: dict) -> dict:
    """Return ROWS, with ties where they are named, with a row of a sheet changed: sheets = {"sites": {0: {...}}}."""
    rows = {key: [dict(row) for row in of_sheet] for key, of_sheet in (TIED if "ties" in sheets else ROWS).items()}
    for key, changes in sheets.items():
        for n, cells in changes.items():
            rows[key][n] |= cells
    return rows


def counts(examined: intake.Examined) -> dict[str, tuple[int, ...]]:
    return {row["name"]: (row["new"], row["changed"], row["same"], row["bad"]) for row in examined.summary()["sheets"]}


def test_a_roster_is_taken_in_and_a_second_time_changes_nothing(office) -> None:
    book = read(filled(ROWS))
    examined = intake.examine(office, None, book)
    assert examined.faults == [] and not Campaign.objects.exists() and not Unit.objects.exists()
    assert counts(examined) == {
        "行动": (1, 0, 0, 0), "单位": (2, 0, 0, 0), "工作组": (2, 0, 0, 0), "干部": (3, 0, 0, 0), "点位": (3, 0, 0, 0),
        "同组要求": (0, 0, 0, 0),
    }  # fmt: skip
    campaign = intake.take_in(office, examined)
    assert campaign.doors == ["enterprise", "village"]
    site = Site.objects.get(code="E1")
    assert (site.town.name, site.county.name, site.approximate) == ("天福路街道", "文登区", False)
    assert (site.enterprise.uscc, site.enterprise.staff, str(site.enterprise.revenue)) == (USCC, 120, "3400.50")
    assert Site.objects.get(code="V1").region.code == "371003103211" and Site.objects.get(code="V1").approximate
    made = Site.objects.get(code="V2").region
    assert (made.system, made.name, made.parent.name) == ("user", "某某新村", "嵩山街道")
    assert {skill.code for skill in Official.objects.get(code="p3").skills.all()} == {"tax", "茶艺"}
    assert Official.objects.get(code="p3").home.name == "文登区"
    seats = Membership.objects.filter(team__number="省01").order_by("official__code")
    assert [(seat.official.code, seat.leads, seat.locked) for seat in seats] == [
        ("p1", True, True),
        ("p2", False, True),
    ]
    assert Posting.objects.get().team.number == "省01" and Posting.objects.get().locked
    before = DispatchChange.objects.count()
    again = intake.examine(office, campaign, read(filled(ROWS)))
    assert all(new == changed == bad == 0 for new, changed, _same, bad in counts(again).values())
    intake.take_in(office, again)
    assert Region.objects.filter(system="user", name="某某新村").count() == 1
    assert (Site.objects.count(), Official.objects.count(), DispatchChange.objects.count()) == (3, 3, before)


def test_a_changed_row_shows_what_changes_and_leaves_the_others_alone(office) -> None:
    campaign = intake.take_in(office, intake.examine(office, None, read(filled(ROWS))))
    rows = changed(sites={0: {"staff": 90}}, officials={2: {"title": "处长", "skills": "税务"}}, teams={1: {"size": 3}})
    examined = intake.examine(office, campaign, read(filled(rows)))
    assert {(row["sheet"], row["name"]): row["changes"] for row in examined.summary()["changes"]} == {
        ("点位", "某厂"): [["职工人数", "120", "90"]],
        ("干部", "丙"): [["职务", "", "处长"], ["特长", "税务、茶艺", "税务"]],
        ("工作组", "市派组"): [["人数", "2", "3"]],
    }
    intake.take_in(office, examined)
    assert Site.objects.get(code="E1").enterprise.staff == 90 and Team.objects.get(number="市01").size_wanted == 3
    assert [skill.code for skill in Official.objects.get(code="p3").skills.all()] == ["tax"]


@pytest.mark.parametrize(
    ("sheet", "row", "cells", "column", "expected"),
    [
        ("campaign", 0, {"start": "三月四日"}, "开始日期", "2020-03-04"),
        ("units", 1, {"level": "国"}, "级别", "省"),
        ("units", 1, {"name": "山东省农业农村厅"}, "名称", "A1"),
        ("officials", 0, {"unit": "没有的单位"}, "单位", "单位"),
        ("officials", 2, {"code": "p1"}, "编号", "2"),
        ("officials", 1, {"leads": "是"}, "任组长", "2"),
        ("officials", 1, {"team": "省99"}, "工作组", "工作组"),
        ("officials", 0, {"can_lead": "也许"}, "可任组长", "是"),
        ("teams", 1, {"size": 2.5}, "人数", "0"),
        ("teams", 1, {"lat": 37.1}, "驻地经度", ""),
        ("sites", 0, {"uscc": USCC[:-1] + ("1" if USCC[-1] != "1" else "2")}, "统一社会信用代码", "GB 32100"),
        ("sites", 0, {"lat": 36.1, "lon": 120.3}, "纬度", "天福路街道"),
        ("sites", 0, {"households": 12}, "户数", ""),
        ("sites", 1, {"village": "学府社区"}, "村居", "文登区小观镇学府社区居民委员会"),
        ("sites", 2, {"make_place": ""}, "村居", "嵩山街道"),
        ("sites", 1, {"town": "没有的镇"}, "镇街", "文登区"),
        ("sites", 1, {"workload": 9}, "每周天数", "7"),
        ("sites", 1, {"door": ""}, "类别", ""),
        ("officials", 0, {"skills": "农业技术:4"}, "特长", "农业技术:3"),
        ("officials", 0, {"skills": "农业技术:"}, "特长", "农业技术:3"),
        ("officials", 0, {"grade": "厅级"}, "职级层次", "骨干、新手"),
        ("officials", 0, {"led": -1}, "带队次数", "0"),
        ("officials", 0, {"free_from": "2020-06-01", "free_until": "2020-05-01"}, "可派截止", "可派开始"),
        ("officials", 0, {"free_until": "六月底"}, "可派截止", "2020-03-04"),
        ("sites", 1, {"hours": "九点到五点"}, "开放时段", "08:30-17:30"),
        ("sites", 1, {"hours": "17:30-08:30"}, "开放时段", "08:30-17:30"),
        ("sites", 1, {"priority": 11}, "重点程度", "10"),
    ],
)
def test_a_bad_cell_is_named_and_only_its_row_stays_out(office, sheet, row, cells, column, expected) -> None:
    examined = intake.examine(office, None, read(filled(changed(**{sheet: {row: cells}}))))
    fault = examined.faults[0]
    assert (fault.row, fault.column) == (row + 2, column) and expected in fault.expected
    if sheet not in ("campaign", "units"):  # what hangs on a row that stays out stays out with it
        assert {(f.sheet, f.row) for f in examined.faults} == {(fault.sheet, row + 2)}
    assert len(examined.entries[sheet]) == len(ROWS[sheet]) - 1


@pytest.mark.parametrize(
    ("row", "cells", "column", "expected"),
    [
        (0, {"kind": "最好同组"}, "要求", "须同组、不得同组"),
        (0, {"officials": "p1、无此人"}, "干部", "无此人"),
        (0, {"officials": "p1"}, "干部", "两个"),
        (0, {"officials": "", "units": ""}, "干部", "单位"),
        (0, {"officials": "", "units": "A1、没有"}, "单位", "没有"),
        (0, {"reason": ""}, "理由", ""),
        (1, {"officials": "p3、p1"}, "要求", "甲、丙"),
    ],
)
def test_a_bad_tie_is_named_and_the_others_are_taken(office, row, cells, column, expected) -> None:
    examined = intake.examine(office, None, read(filled(changed(ties={row: cells}))))
    assert [(fault.sheet, fault.row, fault.column) for fault in examined.faults] == [("同组要求", row + 2, column)]
    assert expected in examined.faults[0].expected and len(examined.entries["ties"]) == 1


def without(*columns: str) -> bytes:
    """Return ROWS as a workbook of before these columns."""
    book = openpyxl.load_workbook(BytesIO(filled(ROWS)))
    for page in book:
        for column in range(page.max_column, 0, -1):
            if page.cell(1, column).value in columns:
                page.delete_cols(column)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


NEW = ("职级层次", "带队次数", "可派开始", "可派截止", "可派说明", "重点程度", "开放时段")


def test_grades_levels_days_and_hours_are_read(office) -> None:
    rows = changed(
        officials={
            0: {"skills": "农业技术：2、信息数据:精通、茶艺", "grade": "骨干", "led": 2, "free_from": "2020-03-01"},
            1: {"grade": "一般", "free_until": "2020-06-30", "free_note": "轮岗"},
        },
        sites={0: {"hours": "8:30—24:00", "priority": 2}},
        teams={1: {"skills": "法律政法"}},
    )
    campaign = intake.take_in(office, intake.examine(office, None, read(filled(rows))))
    one, other = Official.objects.get(code="p1"), Official.objects.get(code="p2")
    assert (one.levels, one.grade, one.led) == ({"agriculture": 2, "data": 3, "茶艺": 3}, "senior", 2)
    assert (one.free_from, other.free_until, other.free_note) == (date(2020, 3, 1), date(2020, 6, 30), "轮岗")
    assert other.grade == ""
    site = Site.objects.get(code="E1")
    assert (site.opens, site.closes, site.priority) == (time(8, 30), time(23, 59), 2)
    assert campaign.teams.get(number="市01").skills == ["law"]
    # A skill without a level keeps the level that is known, and a level that changes is shown.
    again = intake.examine(office, campaign, read(filled(changed(officials={0: {"skills": "农业技术、信息数据:1"}}))))
    changes = {row["name"]: row["changes"] for row in again.summary()["changes"]}
    assert ["特长", "农业技术:2、信息数据、茶艺", "农业技术:2、信息数据:1"] in changes["甲"]
    assert ["职级层次", "骨干", ""] in changes["甲"] and ["开放时段", "08:30", ""] in changes["某厂"]


def test_a_workbook_of_before_leaves_what_it_has_no_column_for(office) -> None:
    old = read(without(*NEW))
    examined = intake.examine(office, None, old)
    assert examined.faults == []
    campaign = intake.take_in(office, examined)
    assert Official.objects.get(code="p1").levels == {"agriculture": 3} and Site.objects.get(code="E1").opens is None
    Official.objects.filter(code="p1").update(grade="senior", led=1, free_until="2020-06-30")
    Official.objects.get(code="p1").masteries.update(level=1)
    Site.objects.filter(code="E1").update(opens="09:00", priority=3)
    again = intake.examine(office, campaign, read(without(*NEW)))
    assert all(new == changed == bad == 0 for new, changed, _same, bad in counts(again).values())
    renamed = openpyxl.load_workbook(BytesIO(without(*NEW)))
    renamed["干部"].cell(2, 4).value = "厅长"
    kept = BytesIO()
    renamed.save(kept)
    intake.take_in(office, intake.examine(office, campaign, read(kept.getvalue())))
    one = Official.objects.get(code="p1")
    assert (one.title, one.grade, one.led, one.free_until) == ("厅长", "senior", 1, date(2020, 6, 30))
    assert one.levels == {"agriculture": 1} and Site.objects.get(code="E1").priority == 3


def test_ties_come_with_the_roster_and_go_with_it(office) -> None:
    campaign = intake.take_in(office, intake.examine(office, None, read(filled(TIED))))
    told = {tie.code: (tie.kind, tie.reason, named(tie)) for tie in campaign.ties.all()}
    assert told == {
        "T1": ("apart", "亲属", (["p1", "p3"], [])), "T2": ("together", "师徒", (["p1", "p2"], [])),
    }  # fmt: skip
    rows = changed(ties={0: {"void": "是"}, 1: {"officials": "", "units": "市税务局", "reason": "整建制"}})
    examined = intake.examine(office, campaign, read(filled(rows)))
    shown = {row["name"]: row["changes"] for row in examined.summary()["changes"]}
    assert shown == {
        "T1": [["作废", "否", "是"]],
        "T2": [["理由", "师徒", "整建制"], ["干部", "p1、p2", ""], ["单位", "", "B1"]],
    }
    intake.take_in(office, examined)
    assert [(tie.code, named(tie)) for tie in campaign.ties.all()] == [("T2", ([], ["B1"]))]


def test_a_name_that_several_people_have_asks_for_the_code(office) -> None:
    rows = changed(officials={1: {"name": "甲"}}, ties={0: {"officials": "甲、丙"}})
    examined = intake.examine(office, None, read(filled(rows)))
    assert [(fault.column, "p1、p2" in fault.expected) for fault in examined.faults] == [("干部", True)]


def test_what_is_exported_changes_nothing_when_it_comes_back(office) -> None:
    rows = changed(
        officials={0: {"skills": "农业技术:2", "grade": "骨干", "led": 1}, 2: {"free_until": "2020-06-30"}},
        sites={0: {"hours": "08:30-17:30", "priority": 2}},
        ties={},
    )
    campaign = intake.take_in(office, intake.examine(office, None, read(filled(rows))))
    exported = rows_of(office, campaign)
    assert [row["skills"] for row in exported["officials"]] == ["农业技术:2", "", "税务:3、茶艺:3"]
    assert [(row["team"], row["leads"]) for row in exported["officials"]] == [("省01", "是"), ("省01", ""), ("", "")]
    before = DispatchChange.objects.count()
    again = intake.examine(office, campaign, read(filled(exported)))
    assert again.faults == []
    assert counts(again) == {
        "行动": (0, 0, 1, 0), "单位": (0, 0, 2, 0), "工作组": (0, 0, 2, 0), "干部": (0, 0, 3, 0), "点位": (0, 0, 3, 0),
        "同组要求": (0, 0, 2, 0),
    }  # fmt: skip
    intake.take_in(office, again)
    assert DispatchChange.objects.count() == before
    with pytest.raises(NotAllowed):
        rows_of(Account.objects.create(username="leader", role=Role.LEADER), campaign)


def test_bad_rows_come_back_with_their_reason_and_go_in_when_mended(office, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    content = filled(changed(sites={1: {"village": "没有这个村"}}, officials={2: {"unit": "x"}}))
    book = read(content)
    kept = rosters.hand_in(office, None, "名册.xlsx", content, book)
    assert not Site.objects.exists() and kept.summary["bad_rows"] == 2
    kept = rosters.apply(office, kept, book, rejected)
    assert Site.objects.count() == 2 and Official.objects.count() == 2 and kept.campaign.code == "c1"
    back = openpyxl.load_workbook(BytesIO(kept.rejected.read()))
    assert back.sheetnames == ["干部", "点位"]
    row = [cell.value for cell in back["点位"][2]]
    assert row[0] == "V1" and row[-1].startswith("村居: ") and back["点位"].cell(1, len(row)).value == "原因"
    back["点位"].cell(2, 6).value = "慈口观村"
    back["干部"].cell(2, 3).value = "B1"
    mended = BytesIO()
    back.save(mended)
    again = intake.examine(office, kept.campaign, read(mended.getvalue()))
    assert again.faults == [] and counts(again) == {"干部": (1, 0, 0, 0), "点位": (1, 0, 0, 0)}
    with pytest.raises(RuleBroken):
        rosters.apply(office, kept, book, rejected)
    assert RosterImport.objects.get().state == "applied"


def test_what_is_no_roster_is_refused_in_words(office) -> None:
    for content in (b"not a workbook", b"PK\x03\x04broken", filled({})[:200]):
        with pytest.raises(RuleBroken):
            read(content)
    empty = openpyxl.Workbook()
    kept = BytesIO()
    empty.save(kept)
    with pytest.raises(RuleBroken, match="干部"):
        read(kept.getvalue())
    headless = openpyxl.Workbook()
    headless.active.title = "单位"
    headless.active.append(["编号", "级别"])
    kept = BytesIO()
    headless.save(kept)
    assert [(fault.row, fault.column) for fault in read(kept.getvalue()).faults] == [(1, "名称")]


def test_only_the_office_takes_rosters_in(office) -> None:
    leader = Account.objects.create(username="leader", role=Role.LEADER)
    book = read(filled(ROWS))
    with pytest.raises(NotAllowed):
        intake.examine(leader, None, book)
    with pytest.raises(NotAllowed):
        intake.take_in(leader, intake.examine(office, None, book))
    assert not Site.objects.exists()


def test_the_template_opens_in_libreoffice_and_its_example_rows_are_no_rows(office, tmp_path) -> None:
    path = tmp_path / "template.xlsx"
    path.write_bytes(template())
    own = openpyxl.load_workbook(path)
    assert own.sheetnames[1:] == ["行动", "单位", "工作组", "干部", "点位", "同组要求"]
    assert own["点位"].data_validations.dataValidation and own["点位"]["A1"].comment
    assert sum(len(lines) for lines in read(path.read_bytes()).lines.values()) == 0
    office_program = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "xlsx",
    ]
    try:
        subprocess.run([*office_program, "--outdir", str(tmp_path / "out"), str(path)], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("LibreOffice is not installed")
    saved = Path(tmp_path / "out" / "template.xlsx").read_bytes()
    again = openpyxl.load_workbook(BytesIO(saved))
    assert [cell.value for cell in again["点位"][1]] == [cell.value for cell in own["点位"][1]]
    assert len(again["点位"].data_validations.dataValidation) == len(own["点位"].data_validations.dataValidation)
    assert read(saved).lines.keys() == read(path.read_bytes()).lines.keys()
