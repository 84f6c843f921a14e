"""Serial schedule generation: a list of tasks into a schedule, each task as early as its predecessors and desks let it.

All resources of a task lie in lanes of 64-bit words, each lane with a guard bit on top, so that one subtraction tells
whether all of them have room on a day. Of a stretch of days the last is tried first: a day without room lets the task
jump past it. Read backwards (arcs turned round, heads and tails exchanged) the same function plans from the end.
"""

from sijin.engines.approvals.portfolio import Ints
from sijin.engines.dispatch.compiled import compiled


@compiled
def serial(
    order: Ints, days: Ints, demand: Ints, room: Ints, guard: Ints, first: Ints, after: Ints, lag: Ints, head: Ints,
    tail: Ints, free: Ints, start: Ints,
) -> int:  # fmt: skip
    """Place the tasks of `order`; fills `start` and returns the makespan (the tails included).

    Parameters
    ----------
    order : (n,) tasks, each after its predecessors.
    days, head, tail : (n,) working time, earliest start, time that follows.
    demand : (n, words) demand in lanes; room, guard : (words,) capacity and guard bits in lanes.
    first, after, lag : successors of task i are ``after[first[i]:first[i + 1]]``, each with its lag.
    free : (days, words) work space, as long as the longest schedule can be; start : (n,) result.
    """
    n = len(order)
    words = len(room)
    for i in range(n):
        start[i] = head[i]
    clean = 0  # days of `free` that are made ready
    makespan = 0
    if words == 1:
        line = free[:, 0]
        top = guard[0]
        full = room[0] | top
        for place in range(n):
            i = order[place]
            length = days[i]
            at = start[i]
            end = at + length
            need = demand[i, 0]
            if need != 0 and length > 0:
                day = end - 1
                low = at
                while day >= low:
                    while clean <= day:
                        line[clean] = full
                        clean += 1
                    if (line[day] - need) & top != top:
                        low = end  # the days after this one have room
                        at = day + 1
                        end = at + length
                        day = end - 1
                    else:
                        day -= 1
                for day in range(at, end):
                    line[day] -= need
                start[i] = at
            for arc in range(first[i], first[i + 1]):
                j = after[arc]
                soon = end + lag[arc]
                if soon > start[j]:
                    start[j] = soon
            end += tail[i]
            if end > makespan:
                makespan = end
        return makespan
    for place in range(n):
        i = order[place]
        length = days[i]
        at = start[i]
        end = at + length
        if length > 0:
            day = end - 1
            low = at
            while day >= low:
                while clean <= day:
                    for word in range(words):
                        free[clean, word] = room[word] | guard[word]
                    clean += 1
                fits = True
                for word in range(words):
                    if (free[day, word] - demand[i, word]) & guard[word] != guard[word]:
                        fits = False
                if fits:
                    day -= 1
                else:
                    low = end
                    at = day + 1
                    end = at + length
                    day = end - 1
            for day in range(at, end):
                for word in range(words):
                    free[day, word] -= demand[i, word]
            start[i] = at
        for arc in range(first[i], first[i + 1]):
            j = after[arc]
            soon = end + lag[arc]
            if soon > start[j]:
                start[j] = soon
        end += tail[i]
        if end > makespan:
            makespan = end
    return makespan


@compiled
def falling(key: Ints, count: Ints, order: Ints, last_first: bool) -> None:
    """Fill `order` with the tasks by falling `key`, equal keys from the last task or from the first; by counting."""
    n = len(key)
    most = 0
    for i in range(n):
        most = max(most, key[i])
    for k in range(most + 2):
        count[k] = 0
    for i in range(n):
        count[most - key[i] + 1] += 1
    for k in range(1, most + 1):
        count[k] += count[k - 1]
    for place in range(n):
        i = n - 1 - place if last_first else place
        k = most - key[i]
        order[count[k]] = i
        count[k] += 1
