"""The notice of an acceptance against promises (容缺受理通知书), as the desk hands it out: A4, in two copies."""

import io
from collections.abc import Sequence

from django.utils import translation

from sijin.works.files.paper import BODY, CENTER, TITLE, a4, day_of, line, table
from sijin.works.models import ApprovalStep, PaperPromise, Project

COLUMNS = (("序号", 1.2), ("待补材料", 7.4), ("补正方式", 4.4), ("补正期限", 3.9))  # cm
COPIES = ("第一联：交申请人", "第二联：审批部门留存")


def notice(project: Project, item: ApprovalStep, promises: Sequence[PaperPromise]) -> bytes:
    """Return the notice: what is missing, until when, and what follows when it does not come."""
    with translation.override("zh-hans"):
        paper = a4()
        for number, copy in enumerate(COPIES):
            if number:
                paper.add_page_break()
            line(paper, "容缺受理通知书", TITLE, 22, CENTER)
            line(paper, copy, BODY, 12, CENTER)
            line(paper, f"{project.site}：", BODY, 14)
            first = promises[0]
            told = f"你单位{day_of(first.made_on)}申请的“{item.name}”，主要材料齐全、符合法定条件，"
            line(paper, f"{told}所缺材料已书面承诺补正，现予容缺受理。请在下列期限内补正：", BODY, 14)
            rows = [[one.paper.name, "窗口、邮寄或网上提交", day_of(one.due)] for one in promises]
            table(paper, COLUMNS, rows)
            line(paper, "补正日期以材料送达日为准。全部补正之前不发放批准文件；逾期未补正的，撤回受理，", BODY, 14)
            line(paper, "该事项不再适用容缺受理。", BODY, 14)
            line(paper, f"受理部门：{item.desk}    {day_of(first.made_on)}", BODY, 14)
            line(paper, "申请人（签收）：                日期：", BODY, 14)
        kept = io.BytesIO()
        paper.save(kept)
        return kept.getvalue()
