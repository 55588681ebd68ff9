"""Encodings of names in archives that were made where names were not yet UTF-8.

Each holds ASCII as it is, so that a slash in a name is a slash. They are called as Python calls them, and
found by any of their names: `Shift-JIS` and `windows-1251` are `shift_jis` and `cp1251`.
"""

from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator


def by_any_name(name: Any) -> Any:
    """What Python calls the encoding; what is none stays as it is, to be refused."""
    if not isinstance(name, str):
        return name
    plain = normalize_encoding(name).lower()
    return aliases.get(plain, plain)


NamesEncoding = Annotated[
    Literal[
        "big5", "big5hkscs", "cp437", "cp720", "cp737", "cp775", "cp850", "cp852", "cp855", "cp857", "cp858",
        "cp860", "cp861", "cp862", "cp863", "cp865", "cp866", "cp869", "cp874", "cp932", "cp949", "cp950",
        "cp1125", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
        "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_5",
        "iso8859_6", "iso8859_7", "iso8859_8", "iso8859_9", "iso8859_10", "iso8859_13", "iso8859_14",
        "iso8859_15", "iso8859_16", "johab", "koi8_r", "koi8_t", "koi8_u", "kz1048", "latin_1",
        "mac_cyrillic", "mac_greek", "mac_latin2", "mac_roman", "mac_turkish", "shift_jis",
        "tis_620", "utf_8",
    ],
    BeforeValidator(by_any_name, json_schema_input_type=str),
]  # fmt: skip
