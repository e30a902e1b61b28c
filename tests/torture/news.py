"""A folder of generated articles in five languages that changes at random."""

import json
import random
import re
from pathlib import Path

from tests.paths import SEEDS

_LANGUAGES = ("ar", "de", "en", "es", "fr")
_RECORDS = 8
"""Articles in a .jsonl file."""


class NewsFolder:
    """Files of articles on disk, and the same in memory to compare with.

    `contents` maps the path inside the folder to the bytes of the file.
    """

    def __init__(self, root: Path, files: int, rng: random.Random, words: int = 400) -> None:
        self.root = root
        self.contents: dict[str, bytes] = {}
        self._rng = rng
        self._words = words
        self._vocabulary = {lang: _words(lang) for lang in _LANGUAGES}
        self._number = 0
        for _ in range(files):
            self._add()

    def change(self, steps: int) -> None:
        """Add, change, move or remove a file, `steps` times."""
        for _ in range(steps):
            action = self._rng.choice([self._add, self._change, self._move, self._remove])
            action()

    def _add(self) -> None:
        self._number += 1
        lang = self._rng.choice(_LANGUAGES)
        suffix = self._rng.choices([".txt", ".md", ".jsonl"], weights=[20, 5, 1])[0]
        self._write(f"{lang}/{self._number}{suffix}")

    def _change(self) -> None:
        self._write(self._any())

    def _move(self) -> None:
        old = self._any()
        self._number += 1
        new = f"moved/{self._number % 7}/{self._number}{Path(old).suffix}"
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(self.root / new)
        self.contents[new] = self.contents.pop(old)

    def _remove(self) -> None:
        if len(self.contents) > 1:
            name = self._any()
            (self.root / name).unlink()
            del self.contents[name]

    def _any(self) -> str:
        return self._rng.choice(sorted(self.contents))

    def _write(self, name: str) -> None:
        """Give a file a new text; a part of it stays, so that some passages are known already."""
        lang = self._rng.choice(_LANGUAGES)
        if name.endswith(".jsonl"):
            self._number += 1
            records = [
                {"_id": f"{self._number}-{i}", "text": self._text(lang)} for i in range(_RECORDS)
            ]
            text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        elif name in self.contents and self._rng.random() < 0.5:
            text = f"{self.contents[name].decode()}\n\n{self._text(lang)}"
        else:
            text = self._text(lang)
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.contents[name] = text.encode()

    def _text(self, lang: str) -> str:
        words = self._rng.choices(
            self._vocabulary[lang], k=self._rng.randint(self._words // 4, self._words)
        )
        sentences = [" ".join(words[i : i + 14]) + "." for i in range(0, len(words), 14)]
        return f"{sentences[0]}\n\n{' '.join(sentences[1:])}"


def _words(lang: str) -> list[str]:
    text = " ".join(
        path.read_text(encoding="utf-8") for path in sorted((SEEDS / lang).glob("*.txt"))
    )
    return re.findall(r"\w+", text)
