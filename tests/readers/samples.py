"""Helpers that read bytes as if they were a file, and sample files made in memory."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx

from semsearch.config import ReadLimits
from semsearch.readers import read_documents
from semsearch.types import Document, Skipped, SourceFile

LIMITS = ReadLimits()
FRENCH = (
    "Le ministre a déclaré jeudi que le gouvernement adoptera le budget avant la fin de l'année."
)

Items = list[Document | Skipped]


def read_bytes(name: str, data: bytes, limits: ReadLimits = LIMITS) -> Items:
    file = SourceFile(Path("/articles") / name, name, len(data), 0)
    return list(read_documents(file, io.BytesIO(data), limits))


def article(name: str, data: bytes | str, limits: ReadLimits = LIMITS) -> Document:
    (item,) = read_bytes(name, data.encode() if isinstance(data, str) else data, limits)
    assert isinstance(item, Document), item
    return item


def reason(name: str, data: bytes | str, limits: ReadLimits = LIMITS) -> str:
    (item,) = read_bytes(name, data.encode() if isinstance(data, str) else data, limits)
    assert isinstance(item, Skipped), item
    assert item.path == f"/articles/{name}"
    return item.reason


PAGE = """<!DOCTYPE html>
<html lang="fr-FR"><head><meta charset="utf-8"><title>Le Maroc à la réunion | Le Journal</title>
<meta property="og:title" content="Le Maroc participe à la réunion de la coalition">
<meta name="author" content="Nadia Alami"><meta property="og:site_name" content="Le Journal">
<meta property="article:published_time" content="2019-11-14T18:30:00+01:00">
<script>var tracking = "SCRIPTWORD";</script><style>.STYLEWORD{color:red}</style></head><body>
<div id="cookie-banner" class="cookie-consent"><p>Nous utilisons des cookies pour améliorer votre
expérience. COOKIEWORD</p><button>Accepter</button></div>
<header><nav class="main-nav"><ul><li><a href="/">Accueil</a></li>
<li><a href="/sport">Sport NAVWORD</a></li></ul></nav></header>
<main><article><h1>Le Maroc participe à la réunion de la coalition</h1>
<p>Le ministre marocain des Affaires étrangères a pris part jeudi à Washington à la réunion des
ministres de la coalition mondiale contre Daech, en présence de trente délégations.</p>
<p>Les participants ont examiné la situation en Syrie et en Irak après la mort du chef du groupe,
ainsi que la menace grandissante en Afrique, où plusieurs pays demandent un appui.</p>
<aside class="related"><h3>À lire aussi</h3><ul><li><a href="/a">Un accord RELATEDWORD à Rabat</a>
</li><li><a href="/b">Le prix du blé recule encore</a></li></ul></aside>
<div class="newsletter-signup"><p>Inscrivez-vous à notre lettre quotidienne NEWSLETTERWORD</p></div>
</article></main><section class="most-read"><ol><li><a href="/c">Météo MOSTREADWORD</a></li></ol>
</section><footer><p>© 2019 Le Journal. Tous droits réservés. FOOTERWORD</p></footer>
</body></html>"""


def pdf(*pages: str, about: str = "") -> bytes:
    """A PDF file with a line of text on each page."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, text in enumerate(pages):
        content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * i} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    objects.append(f"<< {about} >>")
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    trailer = f"<< /Size {size} /Root 1 0 R /Info {size - 1} 0 R >>"
    return (
        out
        + f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode()
        + f"trailer\n{trailer}\nstartxref\n{len(out)}\n%%EOF\n".encode()
    )


def word(build: Callable[[docx.document.Document], object]) -> bytes:
    document = docx.Document()
    document.core_properties.author = ""
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()
