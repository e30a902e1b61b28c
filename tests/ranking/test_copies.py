"""Copies, edited or translated, are one hit; different stories never are."""

from pathlib import Path
from typing import Unpack

import pytest

from semsearch import Mode, SearchIndex
from semsearch.request import SearchOptions

WIRE = {
    "dam-en": """River dam fails after three days of rain
At least 14 people died on Tuesday when a dam on the Oued Tensa gave way after three days of rain.
The water reached the town of Ain Safra shortly before dawn and swept away 60 houses.
The army sent 4 helicopters and 200 soldiers to search for the missing.
"We heard a noise like thunder and ran to the roof," said Salima Bennani, a teacher.
Engineers had warned in March that the spillway was cracked.
The government promised an inquiry and 30 million dollars for repairs.""",
    "dam-en-edited": """UPDATE: Dam fails after days of rain
AIN SAFRA (Agency) - At least 14 people died on Tuesday when a dam on the Oued Tensa gave way after
three days of rain. The water reached the town of Ain Safra shortly before dawn and swept away 60
houses, police said. The army sent 4 helicopters and 200 soldiers to search for the missing.
Engineers had warned in March that the spillway was cracked. The government promised an inquiry and
30 million dollars for repairs.""",
    "dam-fr": """Un barrage cède après trois jours de pluie
Au moins 14 personnes sont mortes mardi lorsqu'un barrage sur l'oued Tensa a cédé après trois jours
de pluie. L'eau a atteint la ville d'Ain Safra peu avant l'aube et a emporté 60 maisons. L'armée a
envoyé 4 hélicoptères et 200 soldats à la recherche des disparus. « Nous avons entendu un bruit de
tonnerre et nous avons couru sur le toit », a raconté Salima Bennani, une enseignante. Des
ingénieurs avaient averti en mars que le déversoir était fissuré. Le gouvernement a promis une
enquête et 30 millions de dollars pour les réparations.""",
    "dam-es": """Cede una presa tras tres días de lluvia
Al menos 14 personas murieron el martes cuando una presa en el Oued Tensa cedió tras tres días de
lluvia. El agua llegó a la ciudad de Ain Safra poco antes del amanecer y arrastró 60 casas. El
ejército envió 4 helicópteros y 200 soldados para buscar a los desaparecidos. «Oímos un ruido como
un trueno y corrimos al tejado», dijo Salima Bennani, maestra. Los ingenieros habían advertido en
marzo de que el aliviadero estaba agrietado. El gobierno prometió una investigación y 30 millones
de dólares para las reparaciones.""",
    "dam-ar": """انهيار سد بعد ثلاثة أيام من الأمطار
لقي 14 شخصا على الأقل حتفهم يوم الثلاثاء عندما انهار سد على وادي تنسا بعد ثلاثة أيام من الأمطار.
وصلت المياه إلى مدينة عين الصفراء قبيل الفجر وجرفت 60 منزلا.
أرسل الجيش 4 مروحيات و200 جندي للبحث عن المفقودين.
قالت المعلمة سليمة بناني: «سمعنا صوتا كالرعد وركضنا إلى السطح».
كان المهندسون قد حذروا في مارس من أن مفيض السد متصدع.
ووعدت الحكومة بفتح تحقيق وبتخصيص 30 مليون دولار للإصلاحات.""",
    "vaccine-en": """Trial finds malaria vaccine protects most children
A new malaria vaccine protected 78 percent of children in a trial in Burkina Faso and Kenya.
The study followed 5,200 children between the ages of 1 and 3 for two years.
Researchers gave three doses before the rainy season and a fourth one a year later.
Side effects were mild, mostly fever and a sore arm.
"This could save tens of thousands of lives each year," said Dr Awa Traore, who led the trial.
The makers hope for approval by the end of 2025 and say a dose would cost less than 4 dollars.""",
    "vaccine-de": """Studie: Malaria-Impfstoff schützt die meisten Kinder
Ein neuer Malaria-Impfstoff hat in einer Studie in Burkina Faso und Kenia 78 Prozent der Kinder
geschützt. Die Studie begleitete 5.200 Kinder im Alter von 1 bis 3 Jahren zwei Jahre lang. Die
Forscher gaben drei Dosen vor der Regenzeit und eine vierte ein Jahr später. Die Nebenwirkungen
waren mild, meist Fieber und ein schmerzender Arm. »Das könnte jedes Jahr Zehntausende Leben
retten«, sagte Dr. Awa Traore, die Leiterin der Studie. Die Hersteller hoffen auf eine Zulassung
bis Ende 2025; eine Dosis solle weniger als 4 Dollar kosten.""",
    "vaccine-fr": """Un vaccin contre le paludisme protège la plupart des enfants, selon un essai
Un nouveau vaccin contre le paludisme a protégé 78 % des enfants lors d'un essai au Burkina Faso et
au Kenya. L'étude a suivi 5 200 enfants âgés de 1 à 3 ans pendant deux ans. Les chercheurs ont
administré trois doses avant la saison des pluies et une quatrième un an plus tard. Les effets
secondaires étaient légers, surtout de la fièvre et un bras douloureux. « Cela pourrait sauver des
dizaines de milliers de vies chaque année », a déclaré la Dre Awa Traore, qui a dirigé l'essai. Les
fabricants espèrent une autorisation d'ici fin 2025 et affirment qu'une dose coûterait moins de
4 dollars.""",
}

MATCH = """{home} beat {away} {score} to go {place} in the league
{home} won {score} at home against {away} on Sunday in front of {crowd} spectators.
{first} opened the scoring in the {minute}th minute after a corner from the left.
{away} had most of the ball in the second half but found no way through a disciplined defence.
{second} settled the match with a header in the last minutes.
"We deserved the three points today," the coach of {home} said after the match.
{home} travel to {next} next Saturday."""

RESULTS = """{company} reports higher profit for the {quarter} quarter
{company} said on Thursday that its profit rose {percent} percent to {profit} million euros in the
{quarter} quarter. Revenue grew to {revenue} million euros, helped by demand in {market}. The
company confirmed its forecast for the full year and said it would invest in new plants. Shares
rose {move} percent in early trading. This report contains forward-looking statements that involve
risks and uncertainties; actual results may differ."""

DIFFERENT = {
    "match-1": MATCH.format(
        home="Alborada", away="Puerto Viejo", score="2-1", place="second", crowd="18,400",
        first="Lasa", minute=12, second="Ferrer", next="Santa Clara",
    ),
    "match-2": MATCH.format(
        home="Northgate", away="Redbridge", score="3-0", place="top", crowd="41,250",
        first="Okoye", minute=37, second="Hughes", next="Southport",
    ),
    "results-1": RESULTS.format(
        company="Helvion", quarter="first", percent=11, profit=312, revenue="2,040",
        market="Asia", move="2.4",
    ),
    "results-2": RESULTS.format(
        company="Norrland Steel", quarter="third", percent=4, profit=87, revenue="960",
        market="Germany", move="0.7",
    ),
    "dam-inquiry": """Inquiry opens into the failure of the Oued Tensa dam
Judges began hearing witnesses on Monday in the inquiry into the dam that failed at Ain Safra.
The first to speak was the engineer who wrote about cracks in the spillway in March.
Families of the 14 victims stood outside the court with photographs.
The contractor denies that it saved on concrete.
A report is due in 8 months.""",
}  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    root = tmp_path_factory.mktemp("copies")
    for name, text in (WIRE | DIFFERENT).items():
        (root / f"{name}.txt").write_text(text.replace(",\n", ", \n"), encoding="utf-8")
    return SearchIndex.build([root], root / "index")


def groups(index: SearchIndex, query: str, **options: Unpack[SearchOptions]) -> dict[str, set[str]]:
    """The copies folded into each hit, by its doc_id."""
    return {
        hit.doc_id: {copy.doc_id.removesuffix(".txt") for copy in hit.similar}
        for hit in index.search(query, k=13, **options).hits
    }


@pytest.mark.parametrize(
    "query",
    ["dam gave way after rain", "barrage pluie morts", "malaria vaccine children", "انهيار سد"],
)
def test_copies_are_one_hit_and_different_stories_are_not(index: SearchIndex, query: str) -> None:
    found = groups(index, query)
    together = sorted(
        sorted({head.removesuffix(".txt"), *copies}) for head, copies in found.items()
    )
    dam = sorted(name for name in WIRE if name.startswith("dam"))
    vaccine = sorted(name for name in WIRE if name.startswith("vaccine"))
    assert together == sorted([dam, vaccine, *([name] for name in DIFFERENT)])


@pytest.mark.parametrize(
    ("query", "lang"),
    [
        ("un barrage a cédé après la pluie", "fr"),
        ("barrage", "fr"),
        ("a dam gave way after days of rain", "en"),
        ("spillway", "en"),
        ("cede una presa tras la lluvia", "es"),
        ("انهيار سد", "ar"),
        ("Malaria-Impfstoff schützt Kinder", "de"),
        ("vaccin paludisme enfants", "fr"),
    ],
)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("k", [1, 3])
def test_of_translations_the_one_in_the_language_of_the_question_is_shown(
    index: SearchIndex, query: str, lang: str, mode: Mode, k: int
) -> None:
    assert index.search(query, k=k, mode=mode).hits[0].lang == lang


def test_of_a_name_that_is_the_same_in_all_languages_the_best_article_is_shown(
    index: SearchIndex,
) -> None:
    (best, *_) = index.search("Salima Bennani", k=1, all_copies=True).hits
    (shown,) = index.search("Salima Bennani", k=1).hits
    assert shown.doc_id == best.doc_id


def test_the_best_story_is_shown_even_if_its_translation_ranks_below_another_story(
    tmp_path: Path,
) -> None:
    """Washington is rare in English and in every French article, which so rank last."""
    texts = {f"{n}.txt": text for n, text in DIFFERENT.items()}
    texts["visit.txt"] = (
        "The mayor of Ghent flew to Washington. " + "He saw gardens and parks. " * 40
    )
    texts["dam-en.txt"] = WIRE["dam-en"] + "\nWashington sent Washington's engineers."
    texts["dam-fr.txt"] = WIRE["dam-fr"] + "\nWashington a envoyé ses ingénieurs après un sommet."
    texts["sommet-fr.txt"] = "Le sommet de Washington se tient en mai."
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    index = SearchIndex.build([tmp_path], tmp_path / "index", model="fast")
    found = index.search("sommet Washington", k=9, mode=Mode.LEXICAL, all_copies=True).hits
    ranks = {hit.doc_id: hit.rank for hit in found}
    assert ranks["dam-en.txt"] == 1
    assert ranks["visit.txt"] < ranks["dam-fr.txt"]
    (hit,) = index.search("sommet Washington", k=1, mode=Mode.LEXICAL).hits
    assert (hit.doc_id, [copy.doc_id for copy in hit.similar]) == ("dam-fr.txt", ["dam-en.txt"])


def test_all_copies_are_shown_when_asked_for(index: SearchIndex) -> None:
    found = groups(index, "dam gave way after rain", all_copies=True)
    assert len(found) == len(WIRE) + len(DIFFERENT)
    assert not any(found.values())


def test_passages_are_not_folded(index: SearchIndex) -> None:
    found = {hit.doc_id for hit in index.search("dam rain", k=50, passages=True).hits}
    assert len(found) == len(WIRE) + len(DIFFERENT)


def test_filtered_articles_are_not_listed_as_copies(index: SearchIndex) -> None:
    hits = index.search("dam gave way after rain", k=13, langs=["en", "fr"]).hits
    assert {copy.lang for hit in hits for copy in hit.similar} <= {"en", "fr"}


def test_k_hits_are_k_stories(index: SearchIndex) -> None:
    assert len(index.search("dam", k=7).hits) == 7


def test_two_short_news_flashes_are_not_copies(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Rain in Lisbon. More to follow.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("Chuva no Porto. Mais informações em breve.", encoding="utf-8")
    index = SearchIndex.build([tmp_path], tmp_path / "index")
    assert len(index.search("rain", k=2).hits) == 2


PATTERNS = {
    "quake-en": """A strong earthquake struck the region of Ovalle in Chile on Monday morning. The
tremor was felt in the capital Santiago. Residents ran into the streets in panic. The authorities
ruled out a tsunami. Several old buildings collapsed in the centre of the town. Rescue teams are
searching for survivors under the rubble. The president promised help to the families.""",
    "quake-fr": """Un fort séisme a frappé la région d'Elazig en Turquie vendredi soir. La secousse
a été ressentie dans la capitale Ankara. Les habitants sont sortis dans les rues, pris de panique.
Les autorités ont écarté tout risque de tsunami. Plusieurs vieux immeubles se sont effondrés dans
le centre de la ville. Les secouristes cherchent des survivants sous les décombres. Le président a
promis de l'aide aux familles.""",
    "match-es": """El Sevilla ganó al Valencia en el Pizjuán el sábado y se coloca líder.
Navas marcó el primer gol tras un error del portero. El Valencia empató antes del descanso por
medio de Parejo. La victoria llegó de penalti en el último minuto. El entrenador elogió a sus
jugadores tras el partido. El Sevilla visita al Betis la próxima semana.""",
    "match-de": """Bayern schlug Dortmund am Samstag in München und übernahm die Tabellenführung.
Lewandowski erzielte das erste Tor nach einem Fehler des Torwarts. Dortmund glich vor der Pause
durch Reus aus. Der Siegtreffer fiel durch einen Elfmeter in der letzten Minute. Der Trainer lobte
seine Spieler nach dem Spiel. Bayern spielt nächste Woche in Leipzig.""",
}  # fmt: skip


def test_stories_of_one_pattern_are_distinguished_by_names(tmp_path: Path) -> None:
    """Sentence by sentence each could be a translation of the other."""
    for name, text in (PATTERNS | DIFFERENT).items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    index = SearchIndex.build([tmp_path], tmp_path / "index")
    every = len(PATTERNS | DIFFERENT)
    assert len(index.search("earthquake", k=every).hits) == every


def test_a_copy_of_two_hits_makes_them_one(tmp_path: Path) -> None:
    """The halves of a story share nothing; the whole story, which comes last, has both."""
    first = "The vaccine protects children from malaria. The vaccine costs less than a meal."
    second = "Nurses kept the vaccine in cool boxes. A lorry brought the vaccine to Kisumu."
    rest = (
        "Malaria kills many children there. Nets alone were never enough. Nurses walked for hours. "
        "Mothers waited in the shade. Kisumu has one hospital. The lorry went home empty."
    )
    halves = {"first": first, "second": second, "whole": f"{first} {second} {rest}"}
    for name, text in (halves | DIFFERENT).items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    index = SearchIndex.build([tmp_path], tmp_path / "index", model="fast")
    ranked = [hit.doc_id for hit in index.search("the vaccine", k=9, all_copies=True).hits]
    assert ranked[:3] == ["first.txt", "second.txt", "whole.txt"]
    story, *others = index.search("the vaccine", k=9).hits
    assert [copy.doc_id for copy in story.similar] == ["second.txt", "whole.txt"]
    assert len(others) == len(DIFFERENT)
