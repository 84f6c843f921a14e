"""What a roster workbook may say: its sheets and columns. Template, reader and intake all go by this one table.

Headers are Chinese data, as the people who fill the workbook write them. A column's `kind` says how a cell is read:
text, number, count (a whole number), money, date, yes (是/否), words (several, divided by 、), skills (words, each with
its level behind a colon, if known), hours (08:30-17:30), or one of `choices`.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Team, Tie
from sijin.people.models import Official, Unit
from sijin.places.models import Door, ProjectProfile

DOORS = {"企业": Door.ENTERPRISE, "项目": Door.PROJECT, "乡村": Door.VILLAGE, "社区": Door.COMMUNITY}
UNIT_LEVELS = {
    "省": Unit.Level.PROVINCE, "市": Unit.Level.CITY, "县": Unit.Level.COUNTY, "镇": Unit.Level.TOWN,
}  # fmt: skip
TEAM_LEVELS = {"省派": Team.Level.PROVINCE, "市派": Team.Level.CITY}
STAGES = {
    "未开工": ProjectProfile.Stage.NOT_STARTED,
    "已开复工": ProjectProfile.Stage.STARTED,
    "已建成": ProjectProfile.Stage.BUILT,
}
GRADES = {"骨干": Official.Grade.SENIOR, "新手": Official.Grade.JUNIOR, "一般": ""}
KINDS = {"须同组": Tie.Kind.TOGETHER, "不得同组": Tie.Kind.APART}


@dataclass(frozen=True)
class Column:
    """One column: key in code, header in the sheet, how it is read, an example, a note for those who fill it."""

    key: str
    header: str
    kind: str = "text"
    required: bool = False
    example: Any = ""
    note: Any = ""
    choices: dict[str, str] = field(default_factory=dict)
    most: int = 80  # characters
    doors: tuple[str, ...] = ()  # the doors that the column is for; all when empty


@dataclass(frozen=True)
class Sheet:
    """One sheet: key in code, name in the workbook, columns."""

    key: str
    name: str
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column:
        """Return the column called `key` in code."""
        return next(column for column in self.columns if column.key == key)


CODE = _("Unique; a second import with the same code changes the row")
SEVERAL = _("Several are divided by 、")
LEVELS = _(
    "Several are divided by 、; a level behind a colon: 3 expert, 2 skilled, 1 knows some, "
    "as in 农业技术:3、信息数据:1. "
    "Without a level the one that is known stays; of a new skill it is 3"
)
GRADE = _("骨干 or 新手, for the rules that count them; empty or 一般 for neither")
PLACE = _("As people call it; with county and town when the name is not unique")
SHEETS = (
    Sheet("campaign", "行动", (
        Column("code", "编号", required=True, example="weihai-2020", most=40, note=CODE),
        Column("name", "名称", required=True, example="威海“四进”攻坚行动", most=120),
        Column("start", "开始日期", "date", required=True, example="2020-03-04"),
        Column("end", "结束日期", "date", example=""),
        Column("doors", "四进", "words", example="企业、项目、乡村、社区", choices=DOORS, note=SEVERAL),
    )),
    Sheet("units", "单位", (
        Column("code", "编号", required=True, example="G001", most=40, note=CODE),
        Column("name", "名称", required=True, example="市农业农村局", most=120),
        Column("level", "级别", "choice", required=True, example="市", choices=UNIT_LEVELS),
        Column("county", "所在区市", example="环翠区", note=PLACE),
    )),
    Sheet("teams", "工作组", (
        Column("number", "编号", required=True, example="市001", most=20, note=CODE),
        Column("name", "名称", required=True, example="市派文登区第1工作组", most=120),
        Column("level", "级别", "choice", required=True, example="市派", choices=TEAM_LEVELS),
        Column("unit", "派出单位", example="", most=120, note=_("A provincial team takes only this unit's officials")),
        Column("size", "人数", "count", example=5),
        Column("county", "服务区市", example="文登区", note=PLACE),
        Column("skills", "需要特长", "words", example="", note=_("What the team wants whatever its sites want")),
        Column("lat", "驻地纬度", "number", example="", note=_("Degrees; empty lets the plan find a base")),
        Column("lon", "驻地经度", "number", example=""),
    )),
    Sheet("officials", "干部", (
        Column("code", "编号", required=True, example="市0001", most=40, note=CODE),
        Column("name", "姓名", required=True, example="市农业农村局干部01"),
        Column("unit", "单位", required=True, example="市农业农村局", most=120, note=_("Code or name of a unit")),
        Column("title", "职务", example="副处长"),
        Column("can_lead", "可任组长", "yes", example="是"),
        Column("skills", "特长", "skills", example="农业技术:3、信息数据:1", note=LEVELS),
        Column("grade", "职级层次", "choice", example="骨干", choices=GRADES, note=GRADE),
        Column("led", "带队次数", "count", example=1, note=_("How often this person has led a team before")),
        Column("free_from", "可派开始", "date", example="", note=_("First day on which this person can be sent")),
        Column("free_until", "可派截止", "date", example="2020-06-30", note=_("Last day, before leave or rotation")),
        Column("free_note", "可派说明", example="轮岗", note=_("Why not before or after")),
        Column("home_county", "居住区市", example="文登区", note=PLACE),
        Column("home_town", "居住镇街", example="高村镇"),
        Column("team", "工作组", example="", most=20,
               note=_("Number of a team, when it is decided already; empty lets the plan decide")),
        Column("leads", "任组长", "yes", example=""),
    )),
    Sheet("sites", "点位", (
        Column("code", "编号", required=True, example="V001", most=40, note=CODE),
        Column("door", "类别", "choice", required=True, example="乡村", choices=DOORS),
        Column("name", "名称", required=True, example="慈口观村", most=120),
        Column("county", "区市", required=True, example="文登区", note=PLACE),
        Column("town", "镇街", example="高村镇"),
        Column("village", "村居", example="慈口观村"),
        Column("make_place", "新建地名", "yes", example="",
               note=_("是 makes a village or community that no code list has, under the town")),
        Column("lat", "纬度", "number", example="", note=_("Empty takes the point of the place, marked approximate")),
        Column("lon", "经度", "number", example=""),
        Column("workload", "每周天数", "number", example=1, note=_("Days of a team's time a week; 1 when empty")),
        Column("priority", "重点程度", "number", example="",
               note=_("From 0 to 10: how much a kilometre to it weighs, and a visit; 1 when empty")),
        Column("hours", "开放时段", "hours", example="08:30-17:30",
               note=_("When people can be met there; empty: always")),
        Column("skills", "需要特长", "words", example="农业技术", note=SEVERAL),
        Column("team", "工作组", example="", most=20,
               note=_("Number of a team, when it is decided already; empty lets the plan decide")),
        Column("uscc", "统一社会信用代码", example="", most=18, doors=("enterprise",)),
        Column("industry", "行业", example="", doors=("enterprise",)),
        Column("staff", "职工人数", "count", example="", doors=("enterprise",)),
        Column("revenue", "年营业收入(万元)", "money", example="", doors=("enterprise",)),
        Column("investment", "总投资(万元)", "money", example="", doors=("project",)),
        Column("stage", "阶段", "choice", example="", choices=STAGES, doors=("project",)),
        Column("parties", "参建单位", "words", example="", note=SEVERAL, doors=("project",)),
        Column("area_mu", "面积(亩)", "money", example=2600, doors=("village",)),
        Column("households", "户数", "count", example=210, doors=("village", "community")),
        Column("grids", "网格数", "count", example="", doors=("community",)),
    )),
    Sheet("ties", "同组要求", (
        Column("code", "编号", required=True, example="T01", most=40, note=CODE),
        Column("kind", "要求", "choice", required=True, example="不得同组", choices=KINDS),
        Column("officials", "干部", "words", example="市0001、市0002",
               note=_("Codes, or names that only one person has. Fill this or the column 单位, not both")),
        Column("units", "单位", "words", example="",
               note=_("Codes or names. 须同组 with a unit keeps all its people in one team")),
        Column("reason", "理由", required=True, example="回避关系", most=120),
        Column("void", "作废", "yes", example="", note=_("是 takes the tie away")),
    )),
)  # fmt: skip
BY_KEY = {sheet.key: sheet for sheet in SHEETS}


@dataclass
class Line:
    """One row of a sheet: its number as the workbook shows it, cells as typed and values as read, by column key."""

    sheet: str
    number: int
    typed: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    faulty: bool = False
    absent: frozenset[str] = frozenset()  # columns that the sheet does not have: it says nothing about them


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: sheet, row, column as the workbook shows them, what was there, what is expected."""

    sheet: str
    row: int
    column: str
    value: str
    expected: str


@dataclass
class Book:
    """A workbook as it was read: lines by sheet, and what could not be read."""

    lines: dict[str, list[Line]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass
class Entry:
    """One good row: what it would write (`facts`), what it hangs on (`links`), how it differs from what is there."""

    line: Line
    name: str
    facts: dict[str, Any]
    links: dict[str, Any] = field(default_factory=dict)
    found: Any = None
    status: str = "new"
    changes: list[list[str]] = field(default_factory=list)
