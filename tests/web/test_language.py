"""Which language a person gets: the switch, the cookie, the browser's wish, English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.web.language import choose

TABLE = [
    # switch, cookie, Accept-Language, language
    (None, None, None, "en"),
    (None, None, "", "en"),
    (None, None, "zh", "zh"),
    (None, None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
    (None, None, "zh-Hans-SG", "zh"),
    (None, None, "zh-TW,en;q=0.7", "zh"),
    (None, None, "ZH-HK", "zh"),
    (None, None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
    (None, None, "en;q=0.5, zh;q=0.9", "zh"),
    (None, None, "fr,zh;q=0.3", "zh"),
    (None, None, "fr,de", "en"),
    (None, None, "*", "en"),
    (None, None, "zh;q=0", "en"),
    (None, None, "zh;q=0,*", "en"),
    (None, None, "zh;q=nonsense, en;q=0.1", "en"),
    (None, None, "zh;q=7", "en"),
    (None, None, ",,;;q=", "en"),
    (None, None, "en,zh", "en"),
    (None, None, "zh,en", "zh"),
    (None, "zh", "en", "zh"),
    (None, "xx", "zh", "zh"),
    ("en", "zh", "zh", "en"),
    ("zh", "en", "en", "zh"),
    ("<script>", "zh", "en", "zh"),
]


@pytest.mark.parametrize(("switch", "cookie", "accept", "language"), TABLE)
def test_the_language_of_a_request(switch, cookie, accept, language):
    assert choose(switch, cookie, accept) == language


@given(st.text(max_size=200))
def test_any_header_gives_a_language(header):
    assert choose(None, None, header) in ("en", "zh")


def test_the_switch_is_remembered_and_its_links_keep_the_rest_of_the_address(client):
    page = client.get("/code?to=/price&lang=zh")
    assert 'lang="zh-Hans"' in page.text
    assert page.cookies["lang"] == "zh"
    assert "to=%2Fprice&amp;lang=en" in page.text
    assert 'lang="zh-Hans"' in client.get("/check").text
    assert client.get("/check").headers["content-language"] == "zh-Hans"


def test_no_cookie_is_set_for_reading(client):
    for address in (
        "/",
        "/choices",
        "/price",
        "/check",
        "/notice",
        "/partners",
        "/code",
        "/api/docs",
        "/desk/sign-in",
    ):
        assert "set-cookie" not in client.get(address).headers, address
