"""Says what is wrong with a timeline: written apart from the engine, against the rules as they are told."""

from collections.abc import Collection
from datetime import timedelta

from sijin.engines.approvals.problem import Project, Step
from sijin.engines.approvals.timelines import Span, Timeline


def faults(project: Project, timeline: Timeline) -> list[str]:
    """Return every rule that a timeline breaks, in words with the step; an empty list when there is none."""
    steps = {step.step: step for step in project.steps}
    spans = {span.step: span for span in timeline.spans}
    found = [f"{name}: has no days" for name in _needed(project) - spans.keys()]
    if found:
        return found
    for name, span in spans.items():
        if steps[name].done is None:
            found += _of_itself(project, steps[name], span)
    for arc in project.arcs:
        if arc.after not in spans or arc.before not in spans or steps[arc.after].done is not None:
            continue
        before, after, step = spans[arc.before], spans[arc.after], steps[arc.after]
        name = f"{arc.after} after {arc.before}"
        if arc.wait == "simulable" and (after.simulated or step.underway):
            if after.finish < project.calendar.add_workdays(before.finish, step.convert):
                found.append(f"{name}: certificate before the conversion is over")
            if steps[arc.before].kind != "gate" and after.start < before.opinion and not step.underway:
                found.append(f"{name}: simulated before the opinion it rests on")
        elif arc.wait == "deferrable" and arc.before in after.promised:
            if after.finish < before.finish:
                found.append(f"{name}: handed out before the promised paper came")
            if after.due is None or before.finish > after.due:
                found.append(f"{name}: the promised paper comes after its day")
            if after.due and project.calendar.workdays_between(after.start, after.due) > step.days:
                found.append(f"{name}: promised for longer than the item's own days")
        elif not step.underway and after.start < before.finish:
            found.append(f"{name}: begun too early")
        elif step.underway and after.finish < before.finish:
            found.append(f"{name}: handed out too early")
    if timeline.target != spans[project.target].finish:
        found.append(f"{project.target}: the timeline names another day")
    return found


def _needed(project: Project) -> Collection[str]:
    needed, size = {project.target}, 0
    while len(needed) > size:
        size = len(needed)
        needed |= {arc.before for arc in project.arcs if arc.after in needed}
    return needed


def _of_itself(project: Project, step: Step, span: Span) -> list[str]:
    found = []
    if span.start < max(step.earliest or project.today, project.today) and not step.underway:
        found.append(f"{step.step}: begins before it can")
    if span.finish < span.opinion:
        found.append(f"{step.step}: certificate before the opinion")
    if (span.finish > span.opinion) and not (span.simulated or span.promised or step.underway):
        found.append(f"{step.step}: certificate after the opinion without a reason")
    if step.opined is not None:
        return found if span.opinion == step.opined else [*found, f"{step.step}: another day than its opinion's"]
    counted, day = 0, span.start + timedelta(days=sum(pause.days for pause in step.pauses if not pause.workdays))
    while day < span.opinion:
        day += timedelta(days=1)
        counted += project.calendar.is_workday(day)
    least = step.days + sum(pause.days for pause in step.pauses if pause.workdays)
    if counted < least:
        found.append(f"{step.step}: {counted} working days of work where {least} are needed")
    if span.simulated and step.convert > step.days:
        found.append(f"{step.step}: converts longer than it is worked on")
    return found
