"""The plain-language check finds what it should, lets plain text pass, and our own texts pass it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.words import LANGUAGES, Lang, Text
from aboveboard.words.catalogue import Catalogue, packages
from aboveboard.words.plain import check, check_pair, words

#: Pages that only staff or developers read: there, words of the trade may stand.
COLLEAGUES = {
    "aboveboard.book": "",
    "aboveboard.choices": "desk",
    "aboveboard.duties": "",
    "aboveboard.editions": "",
    "aboveboard.partners": "",
    "aboveboard.people": "import",
    "aboveboard.web": "",
}

HARD = [
    ("Pursuant to section 2 we act.", "en", "jargon", "Pursuant to", "under"),
    ("Data subjects may ask.", "en", "jargon", "Data subjects", "you, or the person"),
    ("We share it with third parties.", "en", "trade", "third parties", "name the firms"),
    ("We may from time to time change this.", "en", "vague", "may from time to time", "say when"),
    ("We leverage your visits.", "en", "jargon", "leverage", "use"),
    ("We utilise it.", "en", "jargon", "utilise", "use"),
    ("We utilize it.", "en", "jargon", "utilize", "use"),
    ("We process your data for legitimate interests.", "en", "jargon", "process your", "say what is done - store, send, count"),
    ("It was dispatched.", "en", "jargon", "dispatched", "we sent it"),
    ("No, I don't care about savings", "en", "trick", "I don't care", "No, thanks"),
    ("No, I don’t care about savings", "en", "trick", "I don’t care", "No, thanks"),
    ("We value your privacy.", "en", "vague", "We value your privacy", "say what you do for it"),
    ("We send names, ages, etc.", "en", "vague", "etc", "finish the list"),
    ("We enhance pages.", "en", "vague", "enhance", "say what gets better"),
    ("数据主体可以查看。", "zh", "jargon", "数据主体", "您，本人"),
    ("我们会把资料给第三方。", "zh", "trade", "第三方", "别的公司（说出是谁）"),
    ("我们分析行为数据。", "zh", "jargon", "行为数据", "您来过几次（说出是什么）"),
    ("请先授权。", "zh", "trade", "授权", "您同意"),
    ("相关信息会更新。", "zh", "vague", "相关", "说出是哪些"),
    ("我们保存姓名、电话等。", "zh", "vague", "、电话等", "把名单写完，不用“等”"),
    ("我们保存姓名、电话等资料。", "zh", "vague", "、电话等", "把名单写完，不用“等”"),
    ("我们会进行删除。", "zh", "jargon", "进行", "直接说动作：删除、检查"),
    ("残忍拒绝", "zh", "trick", "残忍拒绝", "不用了，谢谢"),
    ("我们将尽快处理。", "zh", "vague", "尽快", "说出多快"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "lang", "kind", "word", "plainer"), HARD)
def test_hard_words_are_found_with_a_plainer_one(
    text: str, lang: Lang, kind: str, word: str, plainer: str
) -> None:
    remark = check(text, lang, where="here")[0]
    assert (remark.kind, remark.word, remark.plainer.say(lang)) == (kind, word, plainer)
    assert text[remark.start : remark.start + len(word)] == word
    assert remark.where == "here" and remark.severity == "warning"
    assert word in remark.message.say(lang)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Done. From now on we don't share your data with the review site.", "en"),
        ("Our surgeon has information for you.", "en"),
        ("You pay 84.00. The treatment costs us 58.20; January is quiet, so it is 6.00 less.", "en"),
        ("{pursuant} and {third} stay as they are.", "en"),
        ("好了。从现在起，我们不再把您的资料给点评网站。", "zh"),
        ("平均每人一次，几年后也一样。", "zh"),
        ("公开、平等。请在一等舱、二等舱之间选。", "zh"),
        ("正在进行中。对方可以不理。客户说不时，我们去查。", "zh"),
        ("姓名、电话等于没有。", "zh"),
        ("", "en"),
    ],
)
def test_plain_texts_pass(text: str, lang: Lang) -> None:
    assert check(text, lang) == []


@pytest.mark.parametrize(
    ("text", "lang", "kinds"),
    [
        ("word " * 24 + "word.", "en", []),
        ("word " * 25 + "word.", "en", ["long"]),
        ("word " * 34 + "word.", "en", ["long"]),
        ("word " * 35 + "word.", "en", ["too_long"]),
        ("word " * 20 + "e.g. " + "word " * 20 + ".", "en", ["too_long"]),
        ("word " * 20 + "end. " + "word " * 20 + "end.", "en", []),
        ("word " * 20 + "\n" + "word " * 20, "en", []),
        ("It costs 84.00 and " + "word " * 22 + "end.", "en", ["long"]),
        ("字" * 45 + "。", "zh", []),
        ("字" * 46 + "。", "zh", ["long"]),
        ("字" * 65 + "。", "zh", ["long"]),
        ("字" * 66 + "。", "zh", ["too_long"]),
        ("字" * 40 + "；" + "字" * 40 + "。", "zh", []),
        ("字" * 44 + "2026-11-23。", "zh", []),
    ],
)
def test_sentences_are_measured(text: str, lang: Lang, kinds: list[str]) -> None:
    remarks = check(text, lang)
    assert [remark.kind for remark in remarks] == kinds
    assert [remark.severity for remark in remarks] == [
        "error" if kind == "too_long" else "warning" for kind in kinds
    ]


def test_colleagues_may_use_words_of_the_trade() -> None:
    assert [remark.word for remark in check("The webhook leverages it.", "en")] == ["webhook", "leverages"]
    assert [remark.word for remark in check("The webhook leverages it.", "en", colleagues=True)] == [
        "leverages"
    ]


def test_both_languages_of_a_pair_are_checked() -> None:
    assert [remark.word for remark in check_pair(Text(en="Leverage it.", zh="请授权。"))] == [
        "Leverage",
        "授权",
    ]


def test_the_list_is_long_enough_and_each_word_finds_itself() -> None:
    for lang in LANGUAGES:
        entries = [entry for entry in words(lang) if not entry[0].startswith("re:")]
        assert len(entries) >= 80
        missed = [word for word, _, _ in entries if not check(word.rstrip("*").replace("?", "s"), lang)]
        assert missed == []


@given(st.text(max_size=300), st.sampled_from(LANGUAGES))
def test_any_text_can_be_checked(text: str, lang: Lang) -> None:
    starts = [remark.start for remark in check(text, lang)]
    assert starts == sorted(starts)


@pytest.mark.parametrize("package", packages())
def test_our_own_texts_are_plain(package: str) -> None:
    catalogue = Catalogue.load(package)
    colleagues = COLLEAGUES.get(package, "no such key")
    remarks = [
        f"{key}: {remark.message.en} -> {remark.plainer.en}"
        for key in catalogue
        for remark in check_pair(catalogue.text(key), colleagues=key.startswith(colleagues))
    ]
    assert remarks == []
