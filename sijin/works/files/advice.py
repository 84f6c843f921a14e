"""An advice card as a sheet for farmers (明白纸): A4, what to do topic by topic, in large type and plain words."""

import io

from django.utils import timezone, translation
from docx.shared import Pt

from sijin.works.domain.advice.cards import Advice, advice_of
from sijin.works.domain.advice.topics import hectares_words, plants_words, topic_name
from sijin.works.files.paper import BODY, CENTER, HEAD, TITLE, a4, day_of, line, table
from sijin.works.models import AdviceCard

MATERIALS = (("序号", 1.2), ("用在哪里", 3.6), ("物资", 6.2), ("数量", 4.0))  # cm
NUMERALS = "一二三四五六七八九十"


def document(card: AdviceCard) -> bytes:
    """Return the card as .docx, in Chinese."""
    with translation.override("zh-hans"):
        return _written(card)


def _written(card: AdviceCard) -> bytes:
    paper, said = a4(), advice_of(card)
    came = timezone.localtime(card.checked_in_at).date()
    line(paper, f"{card.site.name}{card.crop}技术明白纸", TITLE, 22, CENTER)
    line(paper, f"{card.adviser}    {day_of(came)}到场指导", BODY, 14, CENTER)
    line(paper, f"服务对象：{card.served}", BODY, 14)
    if grown := _grown(card):
        line(paper, f"种植情况：{grown}", BODY, 14)
    line(paper, f"反映的问题：{card.problem}", BODY, 14)
    for number, one in enumerate(said):
        line(paper, f"{NUMERALS[number]}、{topic_name(one.topic)}", HEAD, 16).paragraph_format.space_before = Pt(12)
        line(paper, one.text, BODY, 16)
    if any(one.material for one in said):
        line(paper, "需要的物资", HEAD, 16).paragraph_format.space_before = Pt(12)
        table(paper, MATERIALS, [[topic_name(one.topic), one.material, amount(one)] for one in said if one.material])
    if card.follow_up_on:
        words = f"我们将于{day_of(card.follow_up_on)}回访，到时请告诉我们管不管用。"
        line(paper, words, HEAD, 14).paragraph_format.space_before = Pt(18)
    line(paper, "本次指导不收取任何费用和礼品。", BODY, 12)
    kept = io.BytesIO()
    paper.save(kept)
    return kept.getvalue()


def amount(one: Advice) -> str:
    """Return how much of the material is needed, or that it was not said."""
    return "按需" if one.quantity is None else f"{one.quantity.normalize():f}{one.unit}"


def _grown(card: AdviceCard) -> str:
    parts = [card.crop]
    if card.area_mu is not None:
        parts.append(f"现有{card.area_mu.normalize():f}亩（合{hectares_words(card.area_mu)}公顷）")
    if card.plants is not None:
        parts.append(f"今年栽植{plants_words(card.plants)}株")
    return "，".join(parts) + "。" if len(parts) > 1 else ""
