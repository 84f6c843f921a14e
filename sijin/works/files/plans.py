"""A site's plan as a document for the office: A4, Chinese official style, one numbered table per aspect."""

import io
from datetime import date
from typing import Any

from django.utils import timezone, translation
from docx.shared import Pt

from sijin.works.domain.plans import Aspect, Draft
from sijin.works.files.paper import BODY, CENTER, HEAD, TITLE, a4, day_of, line, table
from sijin.works.models import SitePlan

COLUMNS = (("序号", 1.2), ("问题", 3.8), ("措施", 4.2), ("责任单位", 2.8), ("完成时限", 2.9), ("结果", 2.1))  # cm
PROMISES = (("序号", 1.2), ("物资或服务", 4.0), ("数量", 2.6), ("提供方", 4.4), ("日期", 2.9), ("进度", 1.9))
REDUCTIONS = (("序号", 1.2), ("政策", 4.4), ("文件", 4.0), ("金额（元）", 2.8), ("截止日期", 2.9), ("状态", 1.7))
NUMERALS = "一二三四五六七八九十"
NOTHING = "无此类问题。"


def document(plan: SitePlan, shown: Draft | None = None) -> bytes:
    """Return the issued plan as .docx, in Chinese; `shown` is what of it the reader may see."""
    with translation.override("zh-hans"):
        return _written(shown or Draft.of(plan.content), plan)


def _written(draft: Draft, plan: SitePlan) -> bytes:
    paper = a4()
    issued = timezone.localtime(plan.issued_at).date()
    line(paper, f"{draft.site}服务方案", TITLE, 22, CENTER)
    line(paper, f"（一企一策 第{plan.number}号）", BODY, 14, CENTER)
    line(paper, f"{draft.campaign}    {day_of(issued)}", BODY, 12, CENTER)
    line(
        paper, f"点位：{draft.site}（{draft.door_word}，{draft.place}）    服务工作组：{draft.team or '待派'}", BODY, 12
    )
    for number, aspect in enumerate(draft.aspects):
        line(paper, f"{NUMERALS[number]}、{aspect.name}", HEAD, 14).paragraph_format.space_before = Pt(12)
        if aspect.lines:
            _table(paper, aspect)
        else:
            line(paper, NOTHING, BODY, 12)
    number = len(draft.aspects)
    if draft.promises:
        line(paper, f"{NUMERALS[number]}、资源撮合", HEAD, 14).paragraph_format.space_before = Pt(12)
        rows = [[p.item, f"{p.quantity}{p.unit}", p.provider, day_of(p.day), p.state_word] for p in draft.promises]
        table(paper, PROMISES, rows)
        number += 1
    if draft.reductions:
        line(paper, f"{NUMERALS[number]}、减免政策", HEAD, 14).paragraph_format.space_before = Pt(12)
        rows = [
            [r.name, r.document, f"{r.amount:,.2f}", day_of(r.day) if r.day else "—", r.status_word]
            for r in draft.reductions
        ]
        table(paper, REDUCTIONS, rows)
        line(paper, f"合计{draft.relief:,.2f}元。", BODY, 12)
    line(paper, f"数据截至{day_of(date.fromisoformat(draft.as_of))}。核对码：{plan.digest[:12]}", BODY, 9)
    kept = io.BytesIO()
    paper.save(kept)
    return kept.getvalue()


def _table(paper: Any, aspect: Aspect) -> None:
    table(paper, COLUMNS, [
        [
            one.problem or "—", one.text, one.owner, day_of(one.day) if one.day else "", one.outcome or one.state_word,
        ]
        for one in aspect.lines
    ])  # fmt: skip
