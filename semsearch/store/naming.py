"""The ids of articles: each its own, or one that names its file where several have the same.

Two collections may use the same ids. Which article keeps its own depends on the articles alone, not
on the order in which they came: the first by path.
"""

import sqlite3

from semsearch.store.checksums import row_checksum
from semsearch.store.rows import ARTICLES


def name_articles(db: sqlite3.Connection, last: int) -> None:
    """Give every article an id that no other has. Call inside a transaction.

    Args:
        db: the database.
        last: row id of the last article that is or becomes visible.
    """
    rows = db.execute(
        "SELECT documents.id, doc_id, own_id, relative, path, line FROM documents"
        " JOIN files ON files.id = file WHERE documents.id <= ? AND own_id IN"
        " (SELECT own_id FROM documents WHERE id <= ?"
        " GROUP BY own_id HAVING count(*) > 1 OR max(doc_id) <> own_id)"
        " ORDER BY relative, path, documents.id",
        (last, last),
    ).fetchall()
    taken: set[str] = set()
    for id_, before, own, *place in rows:
        name = own
        if own in taken:
            others = _with_file(own, *place)
            free = (each for each in others if each not in taken and not _is_own(db, each))
            name = next(free, f"{place[1]}#{id_}")
        taken.add(name)
        if name != before:
            _rename(db, id_, name)


def _with_file(own: str, relative: str, path: str, line: int | None) -> list[str]:
    """Ids that name the file of an article, best first."""
    if own == relative:
        return [path]
    return [f"{file}#{part}" for file in (relative, path) for part in (own, line)]


def _is_own(db: sqlite3.Connection, doc_id: str) -> bool:
    found = db.execute("SELECT 1 FROM documents WHERE own_id = ? LIMIT 1", (doc_id,))
    return found.fetchone() is not None


def _rename(db: sqlite3.Connection, id_: int, doc_id: str) -> None:
    (row,) = ARTICLES.load(db.execute(f"{ARTICLES.by_id} = ?", (id_,)))
    crc = row_checksum(*row._replace(doc_id=doc_id))
    db.execute("UPDATE documents SET doc_id = ?, crc = ? WHERE id = ?", (doc_id, crc, id_))
