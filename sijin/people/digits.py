"""Keys and versions as people and programs type them: a few plain digits, nothing that only looks like one."""


def is_number(text: str) -> bool:
    """Say whether a typed text is a whole number that a key or a version can be ("²" is a digit to `str.isdigit`)."""
    return text.isascii() and text.isdigit() and len(text) < 9


def number(text: str) -> int:
    """Return the number that was typed, 0 when it is none."""
    return int(text) if is_number(text) else 0
