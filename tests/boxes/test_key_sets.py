import pytest

from boxes.key_sets import new_key_set, parse_key_set


def test_the_order_of_a_set_is_kept():
    first, second = new_key_set(), new_key_set()

    keys = parse_key_set("TOKEN_KEYS", f" {first}, {second} ")

    assert list(keys) == [first.partition(":")[0], second.partition(":")[0]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no key"),
        ("k1:c2hvcnQ", "32 bytes"),
        ("k1", "32 bytes"),
        ("k 1:" + "A" * 43, "letters, digits"),
        ("k1:A", "not base64url"),
        (f"k1:{'A' * 43},k1:{'B' * 43}", "two keys"),
    ],
)
def test_a_set_that_is_wrong_says_how(text, said):
    with pytest.raises(ValueError, match=said):
        parse_key_set("TOKEN_KEYS", text)
