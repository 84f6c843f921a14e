"""The complement finder: an index over offers that answers one need with ranked offers, with reasons, in milliseconds.

Hard conditions first, then the likeness of words, then distance, time, quantity and what became of earlier matches.
Rows can be added and taken out at any time. `why_not` answers for any pair.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sijin.engines.complements.grams import AKIN, Features, Reader, plain
from sijin.engines.complements.history import NEUTRAL, History
from sijin.engines.complements.meanings import Meanings
from sijin.engines.complements.postings import SORTS, Postings
from sijin.engines.complements.problem import Check, Fault, Hit, Need, Offer, Reason, Verdict, validate
from sijin.engines.complements.rows import ALWAYS, NEVER, Rows
from sijin.engines.complements.rules import Rules
from sijin.engines.complements.scoring import Numbers, Scored, conditions, distances, importance, weighed
from sijin.engines.complements.topics import Examples, Topics
from sijin.engines.complements.words import Compared, named
from sijin.engines.embedding import Embedding

CHUNK = 20_000  # rows read at once
MOST = 20_000  # of the most alike, how many are looked at first
CLOSER = 200  # of the best, how many are looked at again word by word
TOPIC = 0.22  # weight of the topics beside n-grams (1) and words (see postings): chosen on development texts
ASKED = 0.04  # weight of the row's kind being one that the need's words ask for
MEANING = 0.25  # weight of nearness in meaning, where there is an embedding: chosen on development texts
CLOSE = 2_000  # of the rows most alike by characters, how many are compared by meaning
NAMED = 0.2  # share of the likeness that only what the need names in full, item or tag, can have
Progress = Callable[[int, int], None]


class Finder:
    """An index over offers by `rules`; `examples` teach what texts are about, a list for each way to sort them.

    With an `embedding`, nearness in meaning is one more part of the likeness of words; without, characters decide.
    """

    def __init__(self, rules: Rules, examples: Sequence[Examples] = (), embedding: Embedding | None = None) -> None:
        self.rules, self.embedding = rules, embedding
        self.reader = Reader(rules)
        self.topics = Topics(self.reader, examples)
        self._begin()

    def _begin(self) -> None:
        self.lock = RLock()  # one thread may ask while another adds
        self.postings = Postings(self.reader, self.topics.common, self.topics.texts)
        self.rows = Rows(self.rules, len(self.reader.attributes), self.topics.width)
        self.meanings = Meanings(self.embedding) if self.embedding else None

    def empty(self, embedding: Embedding | None = None) -> "Finder":
        """Return a finder without rows that shares what was learned, with an embedding of its own."""
        made = Finder.__new__(Finder)
        made.rules, made.reader, made.topics, made.embedding = self.rules, self.reader, self.topics, embedding
        made._begin()
        return made

    def __len__(self) -> int:
        return len(self.rows.at)

    def __contains__(self, key: Hashable) -> bool:
        return key in self.rows.at

    def add(self, offers: Sequence[Offer], progress: Progress | None = None) -> list[Fault]:
        """Put offers in, or in place of those with the same key; return the faults of rows that were left out."""
        faults = validate(offers, self.rules)
        bad = {fault.row for fault in faults}
        good = list({offer.key: offer for row, offer in enumerate(offers) if row not in bad}.values())
        read: list[Features] = []
        shares = []
        for start in range(0, len(good), CHUNK):
            some = good[start : start + CHUNK]
            read.append(self.reader.read([" ".join((*offer.names, offer.more)) for offer in some]))
            shares.append(self.topics.shares(read[-1], len(some)))
            if progress:
                progress(start + len(some), len(good))
        if good:
            with self.lock:
                self.rows.append(good, np.concatenate([one.bits for one in read]), np.concatenate(shares))
                self.postings.add(_joined(read), len(good))
                if self.meanings:
                    self.meanings.add([" ".join(offer.names) for offer in good])
        return faults

    def complete(self, wait: bool = False) -> int:
        """Look again for vectors that offers lacked when they were put in; return how many still do.

        With `wait` they are computed, twenty milliseconds each, while others may ask.
        """
        if not self.meanings:
            return 0
        with self.lock:
            rows = self.meanings.lacking(np.flatnonzero(self.rows.alive))[: None if wait else CHUNK]
            texts = [" ".join(self.rows.names[row]) for row in rows.tolist()]
        if wait and self.embedding:
            self.embedding.embed(texts)  # so that they are known
        with self.lock:
            for start in range(0, len(rows), CHUNK):
                self.meanings.complete(rows[start : start + CHUNK], texts[start : start + CHUNK])
            return len(self.meanings.lacking(np.flatnonzero(self.rows.alive)))

    def remove(self, keys: Sequence[Hashable]) -> None:
        """Take offers out; keys that are not there are passed over."""
        with self.lock:
            self.rows.drop(keys)

    def tell(self, provider: str, kind: str, history: History) -> None:
        """Say what became of earlier matches with `provider` in `kind`."""
        with self.lock:
            self.rows.tell(provider, kind, history.trust)

    def ask(self, need: Need, limit: int = 6) -> list[Hit]:
        """Return the best offers for `need`, at most `limit`, each with its reasons; equal ones by their keys."""
        with self.lock:
            return self._asked(need, limit)

    def _asked(self, need: Need, limit: int) -> list[Hit]:
        scored, first = self._best(need, self._scored(need, self._read(need)), limit)
        compared = Compared(need.text, self.reader)
        names = plain([" ".join(self.rows.names[scored.rows[n]]) for n, _full in first]).split("\n")
        return [self._hit(need, scored, n, full, compared, name) for (n, full), name in zip(first, names, strict=False)]

    def weigh(self, need: Need) -> list[tuple[Hashable, float, int, float | None]]:
        """Return (key, score, grade, km) of every offer that fits `need`, by key: for whoever clears a market."""
        with self.lock:
            scored, first = self._best(need, self._scored(need, self._read(need)), len(self.rows.keys))
            found = [
                (
                    self.rows.keys[scored.rows[n]],
                    round(float(scored.score[n]), 6),
                    int(scored.grade[n]),
                    None if np.isnan(scored.km[n]) else float(scored.km[n]),
                )
                for n, _full in first
            ]
        return sorted(found, key=lambda one: _key(one[0]))

    def why_not(self, need: Need, key: Hashable) -> Verdict:
        """Return each hard condition on the pair of `need` and the offer `key`, and its place where all hold.

        Raises
        ------
        KeyError
            There is no such offer in the index.
        """
        with self.lock:
            return self._judged(need, np.array([self.rows.at[key]]))

    def _judged(self, need: Need, row: Numbers) -> Verdict:
        features = self._read(need)
        kept = conditions(need, features.bits[0], self.rows, row, self.rules)
        checks = [Check(name, bool(held[0]), *self._said(name, need, int(row[0]))) for name, held in kept.items()]
        lexical = self.postings.likeness(features.feature)
        like = float(self._mixed(need.text, features, row, lexical)[0])
        checks.append(Check("words", bool(lexical[row[0]] >= self._least(need)), self._least(need), like))
        if not all(check.holds for check in checks):
            return Verdict(tuple(checks))
        scored = self._scored(need, features)
        best, first = self._best(need, scored, CLOSER)
        place = next((n for n, (at, _full) in enumerate(first) if best.rows[at] == row[0]), None)
        if place is not None:
            return Verdict(tuple(checks), self._alone(need, best, *first[place]), place + 1, len(scored.rows))
        at = np.flatnonzero(scored.rows == row[0])
        if not len(at):  # so many are more alike that it was not even weighed
            return Verdict(tuple(checks), among=len(scored.rows))
        place = int((scored.order > scored.order[at[0]]).sum())
        return Verdict(tuple(checks), self._alone(need, scored, int(at[0]), ()), place + 1, len(scored.rows))

    def _scored(self, need: Need, features: Features) -> Scored:
        """Return the rows that may be offered, weighed."""
        rows = np.flatnonzero(self.rows.alive)
        if need.kinds:
            rows = rows[np.isin(self.rows.kind[rows], [self.rows.number[code] for code in need.kinds])]
        lexical = self.postings.likeness(features.feature)
        rows = rows[lexical[rows] >= self._least(need)]  # first: it leaves few, and all else is dearer
        rows = self._kept(need, features, rows, lexical)
        return weighed(need, self.rows, rows, self._mixed(need.text, features, rows, lexical), self.rules)

    def _best(self, need: Need, scored: Scored, limit: int) -> tuple[Scored, list[tuple[int, tuple[str, ...]]]]:
        """Look word by word at the best; return them with (position, names in full) of the first, best first."""
        closer = max(CLOSER, limit)
        if len(scored.rows) > closer:
            scored = scored.take(np.sort(np.argpartition(-scored.order, closer - 1)[:closer]))
        names = [self.rows.names[row] for row in scored.rows.tolist()]
        full = named(need.text, names, self.reader, need.exact)
        whole = np.array([bool(held) for held in full], dtype=bool)
        likeness = (1 - NAMED) * scored.likeness + NAMED * whole
        if need.exact:
            likeness[whole] = 1.0
        gain = importance(need, self.rules)[0] * (likeness - scored.likeness)
        scored = replace(scored, score=scored.score + gain, likeness=likeness)
        order, keys = scored.order, self.rows.keys
        best = sorted(range(len(full)), key=lambda n: (-round(float(order[n]), 6), _key(keys[scored.rows[n]])))
        return scored, [(n, full[n]) for n in best[:limit]]

    def _kept(self, need: Need, features: Features, rows: Numbers, lexical: NDArray[np.float32]) -> Numbers:
        """Return the rows that keep every hard condition: of very many, those whose words are most alike first."""
        some = rows
        if len(rows) > MOST:
            some = rows[np.argpartition(-lexical[rows], MOST - 1)[:MOST]]
        kept = conditions(need, features.bits[0], self.rows, some, self.rules)
        some = some[np.logical_and.reduce(list(kept.values()))]
        if len(some) >= CLOSER or len(rows) <= MOST:
            return np.sort(some)
        kept = conditions(need, features.bits[0], self.rows, rows, self.rules)
        return rows[np.logical_and.reduce(list(kept.values()))]

    def _read(self, need: Need) -> Features:
        """Return the features of what is wanted."""
        read = self.reader.read([need.text])
        if not need.exact:
            return read
        same = self.reader.sorts(read.feature) != AKIN
        return Features(read.row[same], read.feature[same], read.bits)

    def _least(self, need: Need) -> float:
        """Return the likeness of words below which nothing is offered."""
        return self.rules.least_item if need.exact else self.rules.least_text

    def _mixed(self, text: str, features: Features, rows: Numbers, lexical: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the likeness of `rows` from 0 to 1: of n-grams and words, helped by topics, kinds and meaning."""
        mixed = lexical[rows] + np.float32(TOPIC) * (self.rows.shares[rows] @ self.topics.shares(features, 1)[0])
        if asked := [self.rows.number[code] for code in self.rules.asked(plain([text]).strip())]:
            mixed += np.float32(ASKED) * np.isin(self.rows.kind[rows], asked)
        most = sum(SORTS) + TOPIC + ASKED
        if self.meanings:
            close = np.arange(len(rows)) if len(rows) <= CLOSE else np.argpartition(-mixed, CLOSE - 1)[:CLOSE]
            if (near := self.meanings.likeness(text, rows[close])) is not None:
                mixed[close] += MEANING * near
                most += MEANING
        return np.asarray(np.sqrt(mixed / np.float32(most)), dtype=np.float64)

    def _said(self, name: str, need: Need, row: int) -> tuple[Any, Any]:
        """Return what was wanted and what was found for one condition."""
        rows = self.rows
        if name in self.rules.attributes:
            return self.values(name, need.text), self.values(name, " ".join(rows.names[row]))
        kind = self.rules.order[rows.kind[row]] if rows.kind[row] >= 0 else ""
        since, until = int(rows.since[row]), int(rows.until[row])
        found: dict[str, tuple[Any, Any]] = {
            "kind": (need.kinds, kind),
            "unit": (need.unit, self.rules.kinds[kind].units if kind else ()),
            "quantity": (need.missing, float(rows.free[row])),
            "over": (need.today, None if until == NEVER else until),
            "window": (need.due, None if since == ALWAYS else since),
            "traits": (need.traits, (_yes_no(rows.capacity[row]), _yes_no(rows.channel[row]))),
            "certificate": (need.certificate, _yes_no(rows.certificate[row])),
        }
        if name == "place":
            return float(rows.reach[row]), float(distances(need, rows, np.array([row]))[0])
        return found.get(name, (None, None))

    def values(self, attribute: str, text: str) -> tuple[str, ...]:
        """Return the values of an attribute that `text` names."""
        bits = int(self.reader.read([text]).bits[0, self.reader.attributes.index(attribute)])
        return tuple(value for n, value in enumerate(self.rules.attributes[attribute]) if bits >> n & 1)

    def _alone(self, need: Need, scored: Scored, n: int, full: tuple[str, ...]) -> Hit:
        """Put one row into an answer of its own."""
        name = plain([" ".join(self.rows.names[scored.rows[n]])])
        return self._hit(need, scored, n, full, Compared(need.text, self.reader), name)

    def _hit(self, need: Need, scored: Scored, n: int, full: tuple[str, ...], compared: Compared, name: str) -> Hit:
        """Put one row into an answer with what fits and what is missing, as data."""
        rows, row = self.rows, int(scored.rows[n])
        km, covers = (None if np.isnan(one[n]) else float(one[n]) for one in (scored.km, scored.covers))
        trust = float(rows.trusted[rows.provider[row]])
        pieces = compared.shared(name)
        told = [
            Reason("named", full) if full else None,
            Reason("words", pieces) if pieces and not full else None,
            Reason("near", pairs) if (pairs := compared.near(name)) else None,
            Reason("traits", bool(rows.capacity[row] == 1)) if any(one is not None for one in need.traits) else None,
            Reason("km", km) if km is not None else None,
            Reason("anywhere") if km is None and np.isinf(rows.reach[row]) else None,
            Reason("covers", covers) if covers is not None else None,
            Reason("until", int(rows.until[row])) if rows.until[row] != NEVER else None,
            Reason("certificate") if need.certificate and rows.certificate[row] == 1 else None,
            Reason("trusted", trust) if trust > NEUTRAL else None,
        ]
        lacks = [
            Reason("certificate", bool(scored.grade[n] == 2)) if scored.grade[n] else None,
            Reason("quantity", 1.0 - covers) if covers is not None and covers < 1 else None,
            Reason("late", int(rows.since[row])) if scored.late[n] else None,
            Reason("distrusted", trust) if trust < NEUTRAL else None,
        ]
        return Hit(
            key=rows.keys[row],
            score=float(scored.score[n]),
            grade=int(scored.grade[n]),
            likeness=float(scored.likeness[n]),
            km=km,
            covers=covers,
            trust=trust,
            fits=tuple(one for one in told if one),
            lacks=tuple(one for one in lacks if one),
        )


def _joined(read: list[Features]) -> Features:
    """Put the features of several chunks below each other."""
    starts = np.cumsum([0, *(len(one.bits) for one in read)])
    row = np.concatenate([one.row + start for one, start in zip(read, starts, strict=False)])
    return Features(
        row.astype(np.int32), np.concatenate([one.feature for one in read]), np.concatenate([one.bits for one in read])
    )


def _yes_no(value: int) -> bool | None:
    return None if value < 0 else bool(value)


def _key(key: Hashable) -> tuple[bool, Any, str]:
    """Return a key to sort by: numbers by their size, others by how they are written."""
    return (False, key, "") if isinstance(key, int) else (True, 0, str(key))
