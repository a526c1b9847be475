"""Texts and values in pages: escaped, said in the reader's language, never with a hole."""

import datetime
from decimal import Decimal

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from markupsafe import Markup

from aboveboard.web import templates
from aboveboard.words import Text

HOSTILE = "<script>alert('x')</script>"


def test_a_value_is_escaped_and_markup_stays():
    pair = Text("Hello {name} & {when}", "你好 {name}")
    said = templates.fill(pair, "en", name=HOSTILE, when=Markup("<b>now</b>"))
    assert said == "Hello &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; <b>now</b>"


def test_a_pair_inside_a_text_is_said_in_the_same_language():
    assert templates.fill(Text("to {who}", "给{who}"), "zh", who=Text("the lab", "化验室")) == "给化验室"


def test_a_missing_place_is_an_error():
    with pytest.raises(KeyError):
        templates.fill(Text("to {who}", "给{who}"), "en")


def test_a_missing_name_in_a_template_is_an_error():
    with pytest.raises(UndefinedError):
        templates.environment().from_string("{{ nobody_gave_this }}").render()


@pytest.mark.parametrize("name", ["web/../signin.py", "web/nothing.html", "os/x.html", "", "web/", "../x"])
def test_only_templates_of_rooms_are_found(name):
    with pytest.raises((TemplateNotFound, ModuleNotFoundError)):
        templates.environment().get_template(name)


@pytest.mark.parametrize(
    ("items", "english", "chinese"),
    [
        ([], "", ""),
        (["A"], "A", "A"),
        (["A", "B"], "A and B", "A和B"),
        (["A", Text("the lab", "化验室"), "<C>"], "A, the lab and &lt;C&gt;", "A、化验室和&lt;C&gt;"),
    ],
)
def test_names_are_joined_as_one_says_them(items, english, chinese):
    source = templates.environment().from_string("{{ items | listed }}")
    assert source.render(items=items, lang="en") == english
    assert source.render(items=items, lang="zh") == chinese


def test_shares_days_and_money():
    source = templates.environment().from_string(
        "{{ a | share }}|{{ b | share(true) }}|{{ '01-31' | month_day }}|{{ 8400 | money('USD') }}|{{ 'x `y` z' | code }}"
    )
    said = source.render(a=Decimal("0.354"), b=Decimal("-0.06"), lang="en")
    assert said == '35.4 %|−6 %|31 January|<span class="money">$84.00</span>|x <code>y</code> z'


def test_the_clock_is_said_alone_today_only(house):
    from aboveboard.app import _about

    source = templates.environment().from_string("{{ at | clock }}")
    now = datetime.datetime(2026, 11, 23, 22, 3, tzinfo=datetime.UTC)
    said = source.render(at=now, now=now, about=_about(house)(), lang="en")
    assert ">at 14:03<" in said and 'title="2026-11-23 14:03:00-08:00"' in said
    later = source.render(at=now, now=now + datetime.timedelta(days=9), about=_about(house)(), lang="zh")
    assert ">11 月 23 日 14:03<" in later
