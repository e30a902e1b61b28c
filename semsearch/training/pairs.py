"""Reading a user's own pairs of texts from a file with two columns."""

from pathlib import Path

from semsearch.errors import InputError

FEWEST = 20
"""A choice: the effect of fewer pairs cannot be measured on the tenth that is held out."""


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """The distinct pairs of a UTF-8 file with two texts per line, separated by a tab.

    Blank lines are ignored.

    Raises:
        InputError: the file cannot be read, has too few pairs, or a line does not have two texts.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}): convert it first") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    pairs: dict[tuple[str, str], None] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        match [cell.strip() for cell in line.split("\t")]:
            case [first, second] if first and second:
                pairs[first, second] = None
            case [""]:
                pass
            case cells:
                raise InputError(
                    f"{path}, line {number}: two texts with a tab between are needed, "
                    f"there are {sum(map(bool, cells))}"
                )
    if len(pairs) < FEWEST:
        raise InputError(f"{path} has {len(pairs)} different pairs; at least {FEWEST} are needed")
    return list(pairs)
