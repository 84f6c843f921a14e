"""Which words a need and an offer share, for the ranking of the last few and for the reasons that people read."""

from collections.abc import Sequence

from sijin.engines.complements.grams import Reader, plain

SHARED = 3  # pieces that are named as reasons


def named(text: str, names: Sequence[tuple[str, ...]], reader: Reader, exact: bool) -> list[tuple[str, ...]]:
    """Return for each offer those of its names (item, tags) that `text` holds in full.

    Where an item is stated, synonyms are one word, and a name that holds all of the item does too. In a sentence who is
    named by the very word goes before who is named by another one.
    """
    flat = [name for some in names for name in some]
    said_all = plain([text, *flat])
    read = (reader.one_word(said_all) if exact else said_all).split("\n")
    wanted, theirs = read[0].strip(), iter(read[1:])
    found = []
    for some in names:
        held = [(name, next(theirs).strip()) for name in some]
        found.append(
            tuple(name for name, said in held if len(said) > 1 and (said in wanted or (exact and wanted in said)))
        )
    return found


class Compared:
    """What a need's text shares with offers; the text is read once."""

    def __init__(self, text: str, reader: Reader) -> None:
        self.mine = plain([text]).strip()
        self.idle = [word for word in reader.idle if word in self.mine]
        self.groups = [
            (first, group)
            for group in reader.groups
            if (first := next((word for word in group if word in self.mine), None)) is not None
        ]

    def shared(self, other: str) -> tuple[str, ...]:
        """Return the longest pieces of two characters or more that `other` (plain) holds too, in the text's order."""
        found: list[str] = []
        mine, at = self.mine, 0
        while at < len(mine) - 1:
            size = 0
            while at + size < len(mine) and mine[at + size] != " " and mine[at : at + size + 1] in other:
                size += 1
            if size >= 2:
                piece = mine[at : at + size]
                for word in self.idle:
                    piece = piece.replace(word, "")
                if len(piece) >= 2 and piece not in found:
                    found.append(piece)
            at += max(size, 1)
        return tuple(sorted(sorted(found, key=len, reverse=True)[:SHARED], key=mine.find))

    def near(self, other: str) -> tuple[tuple[str, str], ...]:
        """Return pairs (word of the text, word of `other`) that stand for the same or for things near to each other."""
        pairs = []
        for first, group in self.groups:
            second = next((word for word in group if word in other), None)
            if second and first != second and first not in other and second not in self.mine:
                pairs.append((first, second))
        return tuple(pairs[:SHARED])
