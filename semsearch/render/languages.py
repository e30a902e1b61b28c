"""English names of the languages that news is often written in, by ISO 639-1 code."""

import re

_TABLE = """
af Afrikaans, am Amharic, ar Arabic, as Assamese, az Azerbaijani, be Belarusian, bg Bulgarian,
bn Bengali, bo Tibetan, br Breton, bs Bosnian, ca Catalan, cs Czech, cy Welsh, da Danish,
de German, dv Dhivehi, el Greek, en English, eo Esperanto, es Spanish, et Estonian, eu Basque,
fa Persian, fi Finnish, fo Faroese, fr French, fy Frisian, ga Irish, gd Scottish Gaelic,
gl Galician, gu Gujarati, ha Hausa, he Hebrew, hi Hindi, hr Croatian, ht Haitian Creole,
hu Hungarian, hy Armenian, id Indonesian, ig Igbo, is Icelandic, it Italian, ja Japanese,
jv Javanese, ka Georgian, kk Kazakh, km Khmer, kn Kannada, ko Korean, ku Kurdish, ky Kyrgyz,
la Latin, lb Luxembourgish, lo Lao, lt Lithuanian, lv Latvian, mg Malagasy, mi Maori,
mk Macedonian, ml Malayalam, mn Mongolian, mr Marathi, ms Malay, mt Maltese, my Burmese,
nb Norwegian Bokmål, ne Nepali, nl Dutch, nn Norwegian Nynorsk, no Norwegian, ny Chichewa,
oc Occitan, om Oromo, or Odia, pa Punjabi, pl Polish, ps Pashto, pt Portuguese, rn Rundi,
ro Romanian, ru Russian, rw Kinyarwanda, sd Sindhi, si Sinhala, sk Slovak, sl Slovenian,
sn Shona, so Somali, sq Albanian, sr Serbian, st Sotho, su Sundanese, sv Swedish, sw Swahili,
ta Tamil, te Telugu, tg Tajik, th Thai, ti Tigrinya, tk Turkmen, tl Tagalog, tn Tswana,
tr Turkish, tt Tatar, ug Uyghur, uk Ukrainian, und unknown, ur Urdu, uz Uzbek, vi Vietnamese,
wo Wolof, xh Xhosa, yi Yiddish, yo Yoruba, zh Chinese,
zu Zulu
"""
_NAMES: dict[str, str] = dict(re.findall(r"(\w+) ([^,\n]+)", _TABLE))


def language_name(code: str | None) -> str:
    """The English name of an ISO 639-1 code, or the code itself if it is not listed."""
    code = code or "und"
    return _NAMES.get(code, code)
