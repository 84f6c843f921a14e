"""Posts and people as sheets: .xlsx or .csv in, .xlsx out, rows that come back, the suggestions of a run."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from sijin.exchange.domain.employment import reads, terms, words
from sijin.exchange.domain.employment.sheets import KINDS, SHEETS, PostRows, WishRows, place_text
from sijin.exchange.files import MAX_BYTES, Columns, heads_of, rows_of, table_of, written
from sijin.exchange.models import JobPost, JobSuggestion, JobWish, OfferImport
from sijin.people.refusals import RuleBroken

NAMES = {"posts": "岗位", "wishes": "求职"}
NOTES = {
    "posts": (
        "每行一个岗位；带*的列必填。岗位编号自定，同一编号再次导入即为更新。",
        "“版本”由系统填写：导出的表改后再导入，须保留版本；新岗位留空。",
        "“工作地点”写村、镇街或区市名称；是服务对象的企业，填点位编号即可。",
        "“职业”写职业分类大典的四级代码（如 6-05-01-03）或名称（如 缝纫工）。",
        "“人数”为招用总数，已录用的也在内；“月工资”单位为元。",
        "读不懂的行会随错误说明退回，其余行照常保留。",
    ),
    "wishes": (
        "每行一人；带*的列必填。求职编号自定，同一编号再次导入即为更新。",
        "“版本”由系统填写：导出的表改后再导入，须保留版本；新登记的留空。",
        "“居住地”写村、镇街或区市名称；“点位编号”为负责的村或社区，工作组成员必填。",
        "“意向职业”写代码或名称，多个用、隔开；写 6-05 表示该类均可。",
        "“可接受班次”留空表示都可以；“本人最远公里”留空表示以撮合时的上限为准。",
        "同一户的人填同一“户号”，撮合时尽量安排在同一单位，或同班次且相近的单位。",
        "读不懂的行会随错误说明退回，其余行照常保留。",
    ),
}
FOUND: Columns = (
    ("wish", "求职编号", 12, ""), ("name", "姓名", 12, ""), ("phone", "电话", 14, ""), ("home", "居住地", 16, ""),
    ("firm", "企业", 26, ""), ("title", "岗位", 16, ""), ("wage", "月工资（元）", 12, ""), ("shift", "班次", 10, ""),
    ("km", "距离（公里）", 12, ""), ("why", "理由", 60, ""), ("said", "意见", 10, ""), ("state", "联系状态", 12, ""),
)  # fmt: skip


def read(content: bytes) -> tuple[str, list[dict[str, Any]]]:
    """Return which of the two sheets it is and its rows; RuleBroken when it is neither."""
    table = table_of(content) if content.startswith(b"PK") else _csv(content)
    heads = heads_of(table)
    for of, rows in SHEETS.items():
        if rows.columns[0][1] in heads:
            return of, rows_of(table, rows.columns, rows.required)
    first = "、".join(rows.columns[0][1] for rows in SHEETS.values())
    raise RuleBroken(_("The sheet has none of the columns: %(names)s") % {"names": first}, field="sheet")


def _csv(content: bytes) -> list[list[Any]]:
    """Return the cells of a csv file, in UTF-8 or as Chinese office programs write it (GB 18030)."""
    if len(content) > MAX_BYTES:
        raise RuleBroken(_("The sheet is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024**2}, field="sheet")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return list(csv.reader(io.StringIO(content.decode(encoding)), strict=True))
        except (UnicodeDecodeError, csv.Error):
            continue
    raise RuleBroken(_("This is neither a readable xlsx sheet nor a csv file."), field="sheet")


def template(of: str) -> bytes:
    """Return the empty sheet with one example, drop-down lists and a page of notes."""
    return _sheet(of, [[example for _name, _heading, _width, example in SHEETS[of].columns]])


def returned(sheet: OfferImport) -> bytes:
    """Return the rows that were not taken, as typed, with what is wrong in a last column."""
    return _sheet(sheet.of, [[*row["cells"], "；".join(row["faults"])] for row in sheet.bad], faults=True)


def export_posts(posts: Iterable[JobPost]) -> bytes:
    """Return the posts as a sheet that can be changed and read in again."""
    return _sheet("posts", [[_shown(post, name) for name, *_rest in PostRows.columns] for post in posts])


def export_wishes(people: Iterable[JobWish]) -> bytes:
    """Return people (of `reads.named`) as a sheet that can be changed and read in again."""
    masks = {"name": "shown", "phone": "number"}
    columns = [masks.get(name, name) for name, *_rest in WishRows.columns]
    return _sheet("wishes", [[_shown(wish, name) for name in columns] for wish in people])


def suggestions(rows: Iterable[JobSuggestion], others: words.Others) -> bytes:
    """Return what a run says of each person (of `reads.named`), with the reasons."""
    made = []
    for row in rows:
        wish, post = row.wish, row.post
        said, state = reads.verdict(wish, row.post_id), reads.standing(wish, row.post_id)
        why = "；".join(words.reasons(row, others)) if post else words.without(row)
        about = [post.firm, post.title, float(post.wage), terms.table()["shifts"][post.shift]] if post else [""] * 4
        far = "" if row.kilometres is None else round(row.kilometres, 1)
        told = [said.get_says_display() if said else "", state.get_outcome_display() if state else ""]
        made.append([wish.code, wish.shown, wish.number, str(wish.region), *about, far, why, *told])
    return written("撮合结果", FOUND, (), made, {}, ("按最近一次撮合。距离为直线距离。",))


def _sheet(of: str, rows: list[list[Any]], faults: bool = False) -> bytes:
    shape = SHEETS[of]
    lists = {"shift": list(terms.table()["shifts"].values()), "of": list(KINDS)}
    return written(NAMES[of], shape.columns, shape.required, rows, lists, NOTES[of], faults)


def _shown(row: JobPost | JobWish, name: str) -> Any:
    value = getattr(row, name)
    shifts: dict[str, str] = terms.table()["shifts"]
    if name in ("shift", "of"):
        return shifts.get(value) or next((word for word, code in KINDS.items() if code == value), value)
    if name == "occupation":
        return terms.name_of(value)
    if name in ("occupations", "shifts"):
        return "、".join(shifts.get(code) or terms.name_of(code) for code in value)
    if name == "region":
        return "" if row.site_id else place_text(value)
    if name == "site":
        return value.code if value else ""
    return float(value) if isinstance(value, Decimal) else "" if value is None else value
