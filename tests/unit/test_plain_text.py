"""Text from outside in a terminal, a log and a ledger: shown, never obeyed."""

import io

import pytest
from rich.console import Console
from typer.testing import CliRunner

from include.alpha_vantage.masking import mask_key
from include.commands.__main__ import app
from include.errors import StackError
from include.plain_text import on_one_line, printable
from include.terminal import as_text, open_console

HOSTILE = (
    "\x1b[2J\x1b]0;title\x07 [bold]loud[/bold] [link=http://evil.example]here[/link] \\[red] :smile: \u202eback \x9b31m"
)
SHOWN = (
    r"\x1b[2J\x1b]0;title\x07 [bold]loud[/bold] [link=http://evil.example]here[/link] \[red] :smile: \u202eback \x9b31m"
)


def test_control_characters_are_written_as_numbers() -> None:
    assert printable("a\tb\nc\rd\x1b[31m\x7f\x85\u2028é€") == r"a" "\tb\nc" r"\rd\x1b[31m\x7f\x85\u2028é€"


def test_a_line_feed_begins_no_line_of_its_own() -> None:
    assert on_one_line("Throttled\n2026-10-05 INFO all is well\r\n") == "Throttled 2026-10-05 INFO all is well"
    assert mask_key("Throttled\nall is\x1b[1A well", "KEY") == r"Throttled all is\x1b[1A well"


@pytest.mark.parametrize("text", [HOSTILE, "[", "]", "[/]", "\\[x]", "\\\\[x]", "[x", "a [1, 2] b"])
def test_a_console_shows_it_as_it_is(text: str) -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, soft_wrap=True, highlight=False, emoji=False, color_system=None)

    console.print(f"[red]Error:[/] {as_text(text)}")

    assert output.getvalue() == f"Error: {printable(text)}\n"


def test_the_consoles_of_commands_replace_no_emoji(capsys: pytest.CaptureFixture[str]) -> None:
    open_console().print(as_text(HOSTILE))

    assert capsys.readouterr().out == f"{SHOWN}\n"


def test_an_error_of_a_command_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> int:
        raise StackError(HOSTILE)

    monkeypatch.setattr("include.commands.status.status", fail)

    ended = CliRunner().invoke(app, ["status"])

    assert (ended.exit_code, ended.stderr) == (1, f"Error: {SHOWN}\n")
