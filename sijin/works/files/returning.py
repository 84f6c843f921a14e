"""Workers as sheets: .xlsx in, with drop-down lists; the roster and the call list out; rows that come back."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone, translation

from sijin.exchange.files import Columns, rows_of, table_of, written
from sijin.works.domain.returning.calls import Call
from sijin.works.domain.returning.sheets import COLUMNS, WorkerRows
from sijin.works.models import Worker, WorkerImport

LONGEST_LIST = 255  # characters that Excel takes as a drop-down list
NOTES = (
    "每行一人；带*的列必填。工号自定，同一点位同一工号再次导入即为更新。",
    "“版本”由系统填写：导出的花名册改后再导入，须保留版本；新增的人留空。",
    "“点位编号”为企业或项目的编号；企业自己的账号可以留空。",
    "“家庭所在地”写省、市、县，如 河南省周口市淮阳区；只写 周口 也可以。",
    "认不出的地名不退回，人员照常保留，并标明无上车地点。",
    "“需到岗日期”写成 2020-03-14；“自行返岗”填 是 / 否，留空为否。",
    "读不懂的行会随错误说明退回，其余行照常保留。",
)
CALLS: Columns = (
    ("no", "序号", 6, ""), ("site", "点位", 20, ""), ("code", "工号", 10, ""), ("name", "姓名", 12, ""),
    ("phone", "电话", 16, ""), ("post", "工种", 10, ""), ("home", "家庭所在地", 24, ""), ("board", "上车地点", 18, ""),
    ("wanted", "需到岗日期", 12, ""), ("state", "状态", 10, ""), ("why", "为什么联系", 44, ""),
    ("worry", "顾虑", 22, ""), ("words", "原话", 24, ""), ("last", "上次联系", 12, ""),
    ("outcome", "本次结果", 14, ""), ("note", "备注", 20, ""),
)  # fmt: skip


def read(content: bytes) -> list[dict[str, Any]]:
    """Return the rows of a sheet of workers; RuleBroken when it is none."""
    return rows_of(table_of(content), WorkerRows.columns, WorkerRows.required)


def template(codes: Sequence[str]) -> bytes:
    """Return the empty sheet with one example, drop-down lists (`codes`: of the sites) and a page of notes."""
    example = [codes[0] if name == "site" and codes else shown for name, _heading, _width, shown in COLUMNS]
    return _sheet([example], codes=codes)


def returned(sheet: WorkerImport) -> bytes:
    """Return the rows that were not taken, as typed, with what is wrong in a last column."""
    return _sheet([[*row["cells"], "；".join(row["faults"])] for row in sheet.bad], faults=True)


def roster(workers: Iterable[Any]) -> bytes:
    """Return workers (of `reads.named`) as a sheet that can be changed and read in again."""
    return _sheet([[_shown(worker, name) for name, *_rest in COLUMNS] for worker in workers])


def call_list(calls: Iterable[Call]) -> bytes:
    """Return whom to call (workers of `reads.named`), in order, with the reasons and room for the outcome."""
    with translation.override("zh-hans"):
        rows = [_call(n, call) for n, call in enumerate(calls, start=1)]
        lists = {"outcome": [str(label) for _code, label in Worker.State.choices]}
        return written("联系清单", CALLS, (), rows, lists, ("按先后排列；“为什么联系”列出全部理由，第一条决定次序。",))


def _sheet(rows: list[list[Any]], faults: bool = False, codes: Sequence[str] = ()) -> bytes:
    lists = {"own_way": ["是", "否"]}
    if codes and len(",".join(codes)) <= LONGEST_LIST:
        lists["site"] = list(codes)
    return written("返岗人员", COLUMNS, WorkerRows.required, rows, lists, NOTES, faults)


def _shown(worker: Any, name: str) -> Any:
    if name == "site":
        return worker.site.code
    if name in ("name", "phone"):
        return worker.shown if name == "name" else worker.number
    if name == "own_way":
        return "是" if worker.own_way else "否"
    value = getattr(worker, name)
    return value.isoformat() if isinstance(value, date) else "" if value is None else value


def _call(n: int, call: Call) -> list[Any]:
    worker, worry = call.worker, call.worry
    board = f"{worker.pick_up.province}{worker.pick_up.name}" if worker.pick_up else ""
    called = timezone.localdate(worker.called_at).isoformat() if worker.called_at else ""
    return [
        n, worker.site.name, worker.code, worker.shown, worker.number, worker.post, worker.home,
        "自行返岗" if worker.own_way else board, worker.wanted_on.isoformat() if worker.wanted_on else "",
        str(worker.get_state_display()), "；".join(call.words), str(worry.get_worry_display()) if worry else "",
        worry.words if worry and worker.open else "", called, "", "",
    ]  # fmt: skip
