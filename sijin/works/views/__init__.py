"""Pages of the works room: sites and their plans."""


def is_number(text: str) -> bool:
    """Say whether a typed text is a whole number that a key or a version can be: a few plain digits."""
    return text.isascii() and text.isdigit() and len(text) < 9


def number(text: str) -> int:
    """Return the number that was typed, 0 when it is none."""
    return int(text) if is_number(text) else 0
