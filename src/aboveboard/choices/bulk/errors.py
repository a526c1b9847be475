"""What can be wrong with a list, each with a sentence that names the line and the mend."""

from __future__ import annotations

from aboveboard.words import Text

_TEXTS: dict[str, Text] = {
    "empty": Text("The list is empty. Nothing was written.", "名单是空的。什么都没有写。"),
    "no_column": Text(
        "The list has no column “{column}”. Its columns are: {columns}. Nothing was written.",
        "名单里没有「{column}」这一列。现有的列：{columns}。什么都没有写。",
    ),
    "column_twice": Text(
        "Two columns of the list are named “{column}”. Rename one and start again. Nothing was written.",
        "名单里有两列都叫「{column}」。请改掉一个再来。什么都没有写。",
    ),
    "column_taken": Text(
        "The list has a column “{column}” already, and the answer would write there. Rename it and start again. "
        "Nothing was written.",
        "名单里已经有「{column}」这一列，而结果要写在这一列里。请改个列名再来。什么都没有写。",
    ),
    "not_text": Text(
        "Line {line} of the list is not UTF-8 text. Save the list as UTF-8 and start again. Nothing was written.",
        "名单第 {line} 行不是 UTF-8 文本。请把名单存成 UTF-8 再来。什么都没有写。",
    ),
    "line_long": Text(
        "Line {line} of the list is longer than a row may be. A line break or a closing quotation mark may be missing. "
        "Nothing was written.",
        "名单第 {line} 行太长，可能少了换行，或者少了后引号。什么都没有写。",
    ),
    "not_csv": Text(
        "The row of the list that begins in line {line} is not CSV: a quotation mark stands in the wrong place, or never closes. "
        "Mend it and start again. Nothing was written.",
        "名单第 {line} 行开始的一行不是 CSV：引号的位置不对，或者没有后引号。请改好再来。什么都没有写。",
    ),
    "not_json": Text(
        "Line {line} of the list is not one JSON object. Mend it and start again. Nothing was written.",
        "名单第 {line} 行不是一个 JSON 对象。请改好再来。什么都没有写。",
    ),
    "row_width": Text(
        "The row of the list that begins in line {line} has {found} cells; the header has {wanted}. "
        "Mend it and start again. Nothing was written.",
        "名单第 {line} 行开始的一行有 {found} 格，而表头有 {wanted} 格。请改好再来。什么都没有写。",
    ),
    "uneven": Text(
        "Line {line} of the list has other members than the first. A table needs the same in each row: give them all, or ask "
        "for NDJSON. Nothing was written.",
        "名单第 {line} 行的项目和第一行不一样。做成表格时，每行的项目都要一样：请补齐，或者改要 NDJSON。什么都没有写。",
    ),
    "not_parquet": Text(
        "The list is not a whole Parquet file. Write it anew and start again. Nothing was written.",
        "名单不是一个完整的 Parquet 文件。请重新导出再来。什么都没有写。",
    ),
    "no_parquet": Text(
        "This installation cannot read or write Parquet, because pyarrow is not installed. "
        "Install the extra: pip install 'aboveboard[bulk]'. CSV and NDJSON need nothing more. Nothing was written.",
        "这里没有安装 pyarrow，不能读写 Parquet。请安装：pip install 'aboveboard[bulk]'。"
        "CSV 和 NDJSON 不需要另外安装。什么都没有写。",
    ),
    "form": Text(
        "A list comes and goes as text/csv, application/x-ndjson or application/vnd.apache.parquet. "
        "Name one of them in Content-Type, and in Accept if you want another back. Nothing was written.",
        "名单的格式只能是 text/csv、application/x-ndjson 或 application/vnd.apache.parquet。请在 Content-Type 里写明，"
        "想要别的格式就写在 Accept 里。什么都没有写。",
    ),
    "too_large": Text(
        "The list is larger than {most} GiB. Send it in parts. Nothing was written.",
        "名单超过 {most} GiB。请分几次发。什么都没有写。",
    ),
    "busy": Text(
        "Other lists are being judged right now. Try again in half a minute. Nothing was written.",
        "正在处理别的名单。请半分钟后再试。什么都没有写。",
    ),
    "no_room": Text(
        "There is no room on this server's disk for the list and its answer. Send it in parts, or make room. "
        "Nothing was written.",
        "服务器的磁盘放不下这份名单和结果。请分几次发，或者腾出空间。什么都没有写。",
    ),
    "not_kept": Text(
        "This server cannot keep the list in a file while it is judged ({fault}). Nothing is wrong with the list. Whoever runs "
        "the server must check its folder and its disk. Nothing was written.",
        "服务器没法把名单存成文件来处理（{fault}）。名单本身没有问题，请管理服务器的人检查安装文件夹和磁盘。什么都没有写。",
    ),
    "question": Text(
        "Write a further question as PURPOSE or PURPOSE:PARTNER, like share_review_site:review_site. Nothing was written.",
        "再加的问题请写成「用途」或「用途:合作方」，比如 share_review_site:review_site。什么都没有写。",
    ),
}


class ListError(ValueError):
    """A list that cannot be asked about; `code` never changes, `text` says why, and how to mend it. Nothing was written.

    `what` is the code without its `list_`; `values` fill the places of its sentence.
    """

    def __init__(self, what: str, **values: object) -> None:
        self.code = f"list_{what}"
        self.text = _TEXTS[what].filled(**values)
        super().__init__(self.text.en)
