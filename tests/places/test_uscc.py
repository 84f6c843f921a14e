"""The check character of GB 32100-2015."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sijin.places.uscc import ALPHABET, check_character, valid


@pytest.mark.parametrize("code", ["91110000600037341L", "91350100M000100Y43"])
def test_published_codes_pass(code: str) -> None:
    assert valid(code)


@pytest.mark.parametrize(
    "code", ["91110000600037341M", "9111000060003734", "91110000600O37341L", "", "9111000060003734１L"]
)
def test_wrong_codes_do_not(code: str) -> None:
    assert not valid(code)


@given(st.text(alphabet=ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_a_single_wrong_character_is_found(first: str, place: int, other: str) -> None:
    code = first + check_character(first)
    assert valid(code)
    if other != code[place]:
        assert not valid(code[:place] + other + code[place + 1 :])
