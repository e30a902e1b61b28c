"""Which language a text is in, in every language that must be known."""

import re
import subprocess
import sys
import threading

import pytest

from semsearch.text.languages import (
    TABLE,
    detect_language,
    language_code,
    language_name,
    parse_languages,
)

SENTENCES = {
    "ar": "شارك المغرب يوم الخميس في اجتماع التحالف الدولي في واشنطن.",
    "bn": "বৃহস্পতিবার ওয়াশিংটনে জোটের বৈঠকে ত্রিশটি দেশ অংশ নেয়।",
    "ca": "El ministre va dir dijous que el govern aprovarà els nous pressupostos abans d'acabar l'any.",
    "cs": "Ministr ve čtvrtek oznámil, že vláda schválí nový rozpočet ještě před koncem roku.",
    "da": "Ministeren sagde torsdag, at regeringen vil vedtage det nye budget inden årets udgang.",
    "de": "Der Minister sagte am Donnerstag, die Regierung werde den Haushalt noch im Jahr beschließen.",
    "el": "Ο υπουργός δήλωσε την Πέμπτη ότι η κυβέρνηση θα εγκρίνει τον προϋπολογισμό.",
    "en": "The minister said on Thursday that the government would pass the budget by year's end.",
    "es": "El ministro dijo el jueves que el gobierno aprobará el nuevo presupuesto antes de fin de año.",
    "fa": "وزیر روز پنجشنبه گفت که دولت بودجه جدید را پیش از پایان سال تصویب می‌کند.",
    "fi": "Ministeri sanoi torstaina, että hallitus hyväksyy uuden talousarvion ennen vuoden loppua.",
    "fr": "Le ministre a déclaré jeudi que le gouvernement adoptera le budget avant la fin de l'année.",
    "he": "השר אמר ביום חמישי כי הממשלה תאשר את התקציב החדש לפני סוף השנה.",
    "hi": "मंत्री ने गुरुवार को कहा कि सरकार साल के अंत से पहले नया बजट पारित करेगी।",
    "hu": "A miniszter csütörtökön azt mondta, hogy a kormány még az év vége előtt elfogadja a tervet.",
    "id": "Menteri mengatakan pada hari Kamis bahwa pemerintah akan mengesahkan anggaran baru karena uang negara sudah habis.",
    "it": "Il ministro ha detto giovedì che il governo approverà il nuovo bilancio entro la fine dell'anno.",
    "ja": "大臣は木曜日、政府が年末までに新しい予算案を可決すると述べた。",
    "ko": "장관은 목요일에 정부가 연말 전에 새 예산안을 통과시킬 것이라고 말했다.",
    "nb": "Statsråden sa torsdag at regjeringen ikke kommer til å vedta det nye budsjettet før nyttår.",
    "nl": "De minister zei donderdag dat de regering de nieuwe begroting voor het einde van het jaar goedkeurt.",
    "pl": "Minister powiedział w czwartek, że rząd przyjmie nowy budżet przed końcem roku.",
    "pt": "O ministro disse na quinta-feira que o governo não vai aprovar o novo orçamento até ao fim do ano.",
    "ro": "Ministrul a declarat joi că guvernul va aproba noul buget înainte de sfârșitul anului.",
    "ru": "Министр заявил в четверг, что правительство примет новый бюджет до конца года.",
    "sv": "Ministern sade på torsdagen att regeringen kommer att anta den nya budgeten före årets slut.",
    "sw": "Waziri alisema siku ya Alhamisi kwamba serikali itapitisha bajeti mpya kabla ya mwisho wa mwaka.",
    "th": "รัฐมนตรีกล่าวเมื่อวันพฤหัสบดีว่ารัฐบาลจะผ่านงบประมาณใหม่ก่อนสิ้นปี",
    "tr": "Bakan perşembe günü hükümetin yeni bütçeyi yıl sonundan önce kabul edeceğini söyledi.",
    "uk": "Міністр заявив у четвер, що уряд ухвалить новий бюджет до кінця року.",
    "ur": "وزیر نے جمعرات کو کہا کہ حکومت سال کے اختتام سے پہلے نیا بجٹ منظور کرے گی۔",
    "vi": "Bộ trưởng cho biết hôm thứ Năm rằng chính phủ sẽ thông qua ngân sách mới trước cuối năm.",
    "zh": "部长周四表示，政府将在年底前通过新的预算案。",
}


@pytest.mark.parametrize("lang", SENTENCES)
def test_a_sentence_is_enough(lang: str) -> None:
    assert detect_language(SENTENCES[lang]) == lang


@pytest.mark.parametrize(
    "text",
    ["", " \n", "42", "2019-11-14 18:30", "OK", "—", "😀😀", "Madrid", "\0", "https://a.example/b"],
)
def test_too_little_to_tell_is_unknown(text: str) -> None:
    assert detect_language(text) is None


def test_one_foreign_line_does_not_decide() -> None:
    text = "WASHINGTON (Reuters)\n" + 5 * (SENTENCES["fr"] + "\n") + SENTENCES["en"]
    assert detect_language(text) == "fr"


def test_a_long_text_is_judged_by_its_beginning_and_its_middle() -> None:
    assert detect_language("=" * 10_000 + SENTENCES["ko"] * 500) == "ko"


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("fr", "fr"),
        ("fr-FR", "fr"),
        ("PT_br", "pt"),
        (" zh-Hans-CN ", "zh"),
        ("no", "nb"),
        ("nn", "nn"),
        ("iw", "he"),
        ("", None),
        ("und", None),
        ("eng", None),
        ("French", None),
        ("x-default", None),
        ("fr, en", None),
    ],
)
def test_tags_become_codes(tag: str, code: str | None) -> None:
    assert language_code(tag) == code


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ("fr", ["fr"]),
        ("FR-ca", ["fr"]),
        ("pt-BR", ["pt"]),
        ("en_US", ["en"]),
        ("zh-cn", ["zh"]),
        ("zh-Hans", ["zh"]),
        ("iw", ["he"]),
        ("in", ["id"]),
        ("ji", ["yi"]),
        ("no", ["nb", "nn"]),
        ("nb", ["nb"]),
        ("deu", ["de"]),
        ("ger", ["de"]),
        ("nor", ["nb", "nn"]),
        ("yue", ["zh"]),
        ("french", ["fr"]),
        (" Deutsch ", ["de"]),
        ("español", ["es"]),
        ("espanol", ["es"]),
        ("ESPAÑOL", ["es"]),
        ("العربية", ["ar"]),
        ("中文", ["zh"]),
        ("日本語", ["ja"]),
        ("हिन्दी", ["hi"]),
        ("ไทย", ["th"]),
        ("allemand", ["de"]),
        ("русский", ["ru"]),
        ("Norwegian", ["nb", "nn"]),
        ("bokmål", ["nb"]),
        ("Norwegian Nynorsk", ["nn"]),
        ("Farsi", ["fa"]),
        ("Mandarin", ["zh"]),
        ("Filipino", ["tl"]),
        ("kurdî", ["ku"]),
        ("und", ["und"]),
        ("unknown", ["und"]),
    ],
)
def test_a_language_is_known_by_code_tag_and_name(given: str, codes: list[str]) -> None:
    assert parse_languages([given]) == tuple(codes)


def test_every_language_is_known_by_what_it_is_called_here() -> None:
    codes = [line[:2] for line in TABLE.read_text("utf-8").splitlines() if line[0] != "#"]
    assert len(codes) == 184
    for code in codes:
        assert parse_languages([language_name(code)]) == parse_languages([code])


def test_several_languages_are_each_named_once() -> None:
    assert parse_languages(["French", "fr", "nb", "no"]) == ("fr", "nb", "nn")


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("frensh", "did you mean French (fr)"),
        ("spansh", "did you mean Spanish (es)?"),
        ("xx", "did you mean Xhosa (xh)?"),
        ("xyz", "write a code or a name"),
        ("", "write a code or a name"),
        ("f\x1b", "'f\\x1b'"),
    ],
)
def test_an_unknown_language_is_an_error_that_names_near_ones(given: str, near: str) -> None:
    with pytest.raises(ValueError, match=re.escape(near)):
        parse_languages(["fr", given])


def test_a_code_without_a_name_is_its_own_name() -> None:
    assert [language_name(code) for code in ("nb", "xx", None)] == [
        "Norwegian Bokmål",
        "xx",
        "unknown",
    ]


def test_the_model_is_not_loaded_by_the_import() -> None:
    program = (
        "import sys, semsearch.text.languages, semsearch.readers; print('py3langid' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"


def test_threads_agree() -> None:
    found: list[tuple[str, str | None]] = []

    def work() -> None:
        found.extend((lang, detect_language(text)) for lang, text in SENTENCES.items())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 * len(SENTENCES)
    assert all(lang == detected for lang, detected in found)
