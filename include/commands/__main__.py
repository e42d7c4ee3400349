"""`python -m include.commands COMMAND`: the function named like its file in this folder, as `make COMMAND` calls it."""

import ast
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from include.terminal import report_errors

COMMANDS = {path.stem.replace("_", "-"): path for path in sorted(Path(__file__).parent.glob("[!_]*.py"))}
# Plain text, and no traceback that shows local variables: secrets may be among them.
PLAIN: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}


class CommandsOfThisFolder(TyperGroup):
    """Imports the one command that is asked for: `make down` must not wait for what the others import."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Read the options of a command from the arguments of its function; None where there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        name = COMMANDS[cmd_name].stem
        module = import_module(f"include.commands.{name}")
        function = getattr(module, name)
        # A ticker may begin with a dash (-P-HIZ): where one is an argument, what looks like no option is one.
        settings = {"ignore_unknown_options": "symbol" in signature(function).parameters}
        app = typer.Typer(**PLAIN)
        app.command(cmd_name, help=module.__doc__, context_settings=settings)(report_errors(function))
        return get_command(app)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands with the first sentence of their modules, which are not imported for that."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_sentence(path)) for name, path in COMMANDS.items()])


app = typer.Typer(cls=CommandsOfThisFolder, **PLAIN)


@app.callback()
def commands() -> None:
    """What `make` calls. Every command has a --help of its own."""


def _first_sentence(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition(". ")[0].rstrip(".")


if __name__ == "__main__":
    app(prog_name="python -m include.commands")
