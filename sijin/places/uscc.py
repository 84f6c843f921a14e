"""The unified social credit code of an organisation (GB 32100-2015): 18 characters, the last one a check character."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
WEIGHTS = [pow(3, n, 31) for n in range(17)]


def check_character(first: str) -> str:
    """Return the 18th character for the first 17; ValueError for a character that the standard does not have."""
    if len(first) != 17:
        raise ValueError("17 characters come before the check character")
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def valid(code: str) -> bool:
    """Say whether `code` is well formed and its check character is right."""
    if len(code) != 18 or any(character not in ALPHABET for character in code):
        return False
    return check_character(code[:17]) == code[17]
