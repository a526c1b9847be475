"""`aboveboard staff` and `aboveboard token`, as typed."""

from click.testing import CliRunner

from aboveboard.web.commands import staff_group, token_group


def run(group, house, *words, typed=None):
    done = CliRunner().invoke(group, words, obj=house, input=typed)
    return done.exit_code, done.output


def test_staff_come_and_go(house):
    assert "no accounts yet" in run(staff_group, house, "list")[1]
    code, said = run(
        staff_group, house, "add", "ann", "--role", "owner", typed="a short sentence\na short sentence\n"
    )
    assert (code, "ann may sign in at /desk as owner." in said, "a short sentence" in said) == (
        0,
        True,
        False,
    )
    assert run(staff_group, house, "list")[1].split() == ["ann", "owner"]
    code, said = run(staff_group, house, "add", "ann", "--password", "another sentence")
    assert (code, "already" in said) == (1, True)
    code, said = run(staff_group, house, "add", "bob", "--password", "short")
    assert (code, said) == (
        1,
        "Error: A password needs 12 to 200 characters; a short sentence is a good one.\n",
    )
    assert run(staff_group, house, "end", "ann") == (0, "ann can no longer sign in.\n")
    assert run(staff_group, house, "end", "ann")[0] == 1


def test_tokens_are_made_listed_and_revoked(house):
    assert "no tokens yet" in run(token_group, house, "list")[1]
    code, said = run(token_group, house, "new", "till-2", "--scope", "gate", "--scope", "quotes")
    assert (code, said.startswith("ab_")) == (0, True)
    listed = run(token_group, house, "list")[1]
    assert "till-2" in listed and "gate quotes" in listed and said.split()[0] not in listed
    assert run(token_group, house, "revoke", "till-2") == (0, "till-2 opens nothing any more.\n")
    assert "revoked" in run(token_group, house, "list")[1]
    assert run(token_group, house, "revoke", "till-2")[0] == 1
    assert run(token_group, house, "new", "x", "--scope", "root") == (
        1,
        "Error: A token needs scopes out of gate, quotes, choices, costs, bills; 'root' is none.\n",
    )
