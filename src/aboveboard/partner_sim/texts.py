"""What the simulator says, in English and Chinese. It imports nothing of the product, so it keeps its few texts itself."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Partners, played by your own machine", "合作方模拟器（在您自己的电脑上）"),
    "intro": (
        "Each box below plays another firm. Say no on the customer's pages and watch the message arrive here.",
        "下面每一栏扮演一家合作方。您在客户页面上说“不”，消息就会送到这里。",
    ),
    "nobody": (
        "No partner is played yet. Start with --secret lab=whsec_… or --keys FOLDER.",
        "还没有扮演任何合作方。启动时请加上 --secret lab=whsec_… 或 --keys 文件夹。",
    ),
    "behaves": ("How this partner behaves now", "这家合作方现在的表现"),
    "change": ("Change it", "更改"),
    "seconds": ("Seconds to wait (when slow)", "等待的秒数（选“慢”时）"),
    "got": ("Messages: {first}. Repeats: {repeats}.", "收到 {first} 条，重复 {repeats} 次。"),
    "refused": (
        "Turned away: {times}. The last one at {at}: {reason}",
        "退回 {times} 条，最近一次在 {at}：{reason}",
    ),
    "reason.unsigned": (
        "This is not a signed message: a header with its number, time or signature is missing.",
        "这不是签名的消息：缺少编号、时间或签名。",
    ),
    "reason.clock": (
        "The message is too old or from the future; one of our clocks is wrong.",
        "消息太旧，或者来自未来；两边有一个时钟不准。",
    ),
    "reason.secret": (
        "The signature does not fit; is it the right secret?",
        "签名对不上；密钥对吗？",
    ),
    "none": ("Nothing has arrived yet.", "还没有收到消息。"),
    "more": ("The newest {shown} are shown; all are in", "只显示最新的 {shown} 条，全部见"),
    "id": ("Message", "消息"),
    "when": ("First came", "首次到达"),
    "times": ("Came", "到达次数"),
    "first": ("once", "一次"),
    "repeat": ("{times} times, counted once", "{times} 次，只算一次"),
    "says": ("What it says", "内容"),
    "deny": ("No to {purpose}", "对“{purpose}”说不"),
    "allow": ("Yes to {purpose}", "对“{purpose}”说可以"),
    "all": ("everything", "全部用途"),
    "delete_by": ("delete by {date}", "请在 {date} 前删除"),
    "about": ("about one person (hidden identifiers: {count})", "关于一个人（{count} 个加密标识）"),
    "mailbox": ("Mailbox", "邮箱"),
    "mailbox_intro": (
        "Mail and text messages that the product sends end here, and nowhere else. Your one-time codes are here too.",
        "系统发出的邮件和短信只送到这里，不会发到别处。您的一次性验证码也在这里。",
    ),
    "mailbox_off": (
        "The mail part is off. Install the extra with: pip install 'aboveboard[demo]'.",
        "收信功能没有打开。请先安装：pip install 'aboveboard[demo]'。",
    ),
    "no_mail": ("No mail yet.", "还没有邮件。"),
    "email": ("Mail", "邮件"),
    "sms": ("Text message", "短信"),
    "to": ("to {to}", "收件人：{to}"),
    "partners": ("Partners", "合作方"),
    "other_lang": ("中文", "English"),
    "mode.ok": ("answers as it should", "正常回应"),
    "mode.slow": ("slow, but answers", "很慢，但会回应"),
    "mode.down": ("down (503)", "停机（503）"),
    "mode.error": ("broken (500)", "出错（500）"),
    "mode.closed": ("hangs up without reading", "不读就断开"),
    "mode.lost": ("reads, then hangs up", "读了再断开"),
    "mode.hang": ("never answers", "一直不回应"),
    "mode.redirect": ("sends us elsewhere (302)", "让我们去别处（302）"),
    "mode.garbage": ("answers nonsense", "回应一串乱码"),
    "mode.wrong_id": ("acknowledges another message", "确认的是另一条消息"),
    "mode.html": ("answers with a web page", "回应一个网页"),
    "mode.empty": ("answers with nothing", "回应空白"),
    "mode.huge": ("answers without end", "回应没完没了"),
}


def say(lang: str, key: str, **values: object) -> str:
    """Return a text in `lang` (`en` or `zh`) with its places filled."""
    return TEXTS[key][lang == "zh"].format(**values)
