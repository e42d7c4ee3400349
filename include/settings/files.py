"""The files that settings are read from: each line says NAME=value, or the start stops there."""

from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from include.errors import SettingsError


def read_file(file: Path) -> dict[str, str | None]:
    """The variables of a file as a shell would read it; none where there is no file.

    Raises: SettingsError that names the first line that is none of the form, without its value: it may be a secret.
    """
    if not file.exists():
        return {}
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise SettingsError(f"{file}, line {line}: is no UTF-8") from None
    for binding in parse_stream(StringIO(text)):
        if _is_broken(binding):
            name = _name_of(binding.original.string)
            raise SettingsError(f"{file}, line {binding.original.line}: {name} is not of the form NAME=value")
    return dotenv_values(stream=StringIO(text))


def _is_broken(binding: Binding) -> bool:
    if binding.key is None:  # a comment, or blank
        return binding.error
    # A quote that is not closed takes the next lines for its value.
    return not binding.key.isidentifier() or binding.value is None or "\n" in binding.value


def _name_of(line: str) -> str:
    # A word that stands alone may be a piece of a secret.
    name, *more = line.strip().removeprefix("export ").replace("=", " ", 1).replace(":", " ", 1).split(maxsplit=1)
    return name if more else "the line"
