"""docs/receipts.md: its example is a good receipt, its short program is a right one, and it names every field."""

import json
import re
from pathlib import Path

import pytest

from aboveboard.proof import canonical, note, receipt

PAGE = (Path(__file__).parents[2] / "docs/receipts.md").read_text(encoding="utf-8")


def block(kind):
    return re.search(rf"^```{kind}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[1]


EXAMPLE = json.loads(block("json"))
KEY = block("text").strip()


@pytest.fixture(scope="module")
def check():
    """The program on the page, which shares no line with ours."""
    space = {"__name__": "page"}
    exec(compile(block("python"), "docs/receipts.md", "exec"), space)  # noqa: S102  # our own page
    return space["check"]


def test_the_example_holds(check):
    found = receipt.verify(block("json"), note.Verifier.parse(KEY))
    assert found.entry == EXAMPLE["entry"] == check(EXAMPLE, KEY)
    assert found.opened == EXAMPLE["opened"]["data"]


def leaves(value, path=()):
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, dict | list):
            yield from leaves(item, (*path, key))
        else:
            yield (*path, key), item


CHANGED = {
    str: lambda text: ("0" if text[0] != "0" else "1") + text[1:],
    int: lambda n: n + 1,
    bool: lambda b: not b,
}


@pytest.mark.parametrize(
    "path, old", [(path, old) for path, old in leaves(EXAMPLE) if old is not None and path != ("format",)]
)
def test_the_short_program_finds_each_changed_field(check, path, old):
    changed = json.loads(block("json"))
    part = changed
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = CHANGED[type(old)](old)
    with pytest.raises(Exception):  # noqa: B017  # a short program fails as it falls
        check(changed, KEY)


def test_the_short_program_knows_another_key(check):
    other = note.Signer(KEY.split("+")[0], bytes(32)).verifier_key
    with pytest.raises(ValueError, match="another key"):
        check(EXAMPLE, other)


def test_every_field_is_told():
    top, entry = (
        set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) for part in PAGE.split("\nThe entry:\n")
    )
    assert top == EXAMPLE.keys()
    assert entry == EXAMPLE["entry"].keys()
    for name in (*EXAMPLE["opened"], *EXAMPLE["proof"], *EXAMPLE["entry"]["sealed"]):
        assert f"`{name}`" in PAGE


def test_the_example_is_as_small_as_it_says():
    assert len(canonical.dumps(EXAMPLE)) < 2_500
