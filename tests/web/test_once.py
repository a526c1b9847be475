"""A form that is sent twice is saved once; one that says something else is heard."""

from aboveboard.web.once import entry_id, fresh

ONCE = "0123456789abcdef0123456789abcdef"
NO = [("who", "ann@example.org"), ("everything", "deny")]


def test_the_same_form_has_the_same_entry():
    assert entry_id(ONCE, NO) == entry_id(ONCE, reversed(NO))
    assert len(entry_id(ONCE, NO) or "") == 32


def test_other_words_another_form_or_another_once_are_another_entry():
    others = [
        entry_id(ONCE, NO),
        entry_id(fresh(), NO),
        entry_id(ONCE, [("who", "ann@example.org"), ("everything", "allow")]),
        entry_id(ONCE, [*NO, ("x", "")]),
        entry_id(ONCE, [("who", "ann@example.orgeverything"), ("", "deny")]),
        entry_id(ONCE, [("whoann", "@example.org"), ("everything", "deny")]),
    ]
    assert len(set(others)) == len(others)


def test_a_form_without_a_valid_once_gets_a_fresh_entry():
    for bad in (None, "", "0" * 31, "g" * 32, "0" * 33, "A" * 32):
        assert entry_id(bad, NO) is None


def test_the_once_cannot_be_read_off_the_entry():
    assert ONCE not in (entry_id(ONCE, []) or "")
