"""The first letters of the pinyin of a Chinese name, by which a long list is searched with few keys.

The common characters of GB 2312 (its first level, 3,755 of them) stand in the order of their pinyin, so the place of a
character there gives its letter. Of the rarer ones, which stand by radical, those of place and firm names are listed.
A character with several readings has the one under which the standard files it.
"""

from bisect import bisect_right

# GB 2312-80: where each letter begins among the characters of the first level (i, u, v begin no syllable)
BEGINS = (
    (0xB0A1, "a"), (0xB0C5, "b"), (0xB2C1, "c"), (0xB4EE, "d"), (0xB6EA, "e"), (0xB7A2, "f"), (0xB8C1, "g"),
    (0xB9FE, "h"), (0xBBF7, "j"), (0xBFA6, "k"), (0xC0AC, "l"), (0xC2E8, "m"), (0xC4C3, "n"), (0xC5B6, "o"),
    (0xC5BE, "p"), (0xC6DA, "q"), (0xC8BB, "r"), (0xC8F6, "s"), (0xCBFA, "t"), (0xCDDA, "w"), (0xCEF4, "x"),
    (0xD1B9, "y"), (0xD4D1, "z"),
)  # fmt: skip
LAST = 0xD7F9
CODES = [code for code, _letter in BEGINS]
RARER = dict(zip("疃崮夼嵛俚苘蔄𬜬崂鑫晟昊睿钰琦昕炜璐璟", "tgkylqmmlxshryqxwlj", strict=True))


def initials(name: str) -> str:
    """Return the letters by which `name`, in Simplified script, is found: 荣成船厂2 gives rccc2; signs are left out."""
    return "".join(_letter(character) for character in name)


def _letter(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    if character in RARER:
        return RARER[character]
    code = int.from_bytes(character.encode("gb2312", "ignore"))
    return BEGINS[bisect_right(CODES, code) - 1][1] if CODES[0] <= code <= LAST else ""
