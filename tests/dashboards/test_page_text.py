"""Text from outside is text: what the two functions write, and that every message of a page uses them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.components.plain_text import WORD_JOINER, as_code, as_text
from include.settings import PROJECT_ROOT

DASHBOARDS = PROJECT_ROOT / "dashboards"
# Whose words are Markdown; the last two are our own and hand them on.
MARKDOWN = {
    *("markdown", "write", "caption", "info", "success", "warning", "error", "toast", "badge", "title", "header"),
    *("subheader", "expander", "_say", "open_page"),
}
HANDED_ON = {"_say": {"title", "advice"}, "open_page": {"question"}}
OF_STREAMLIT = {"st", "line"}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Percent, dividends included; 3.5 (of 10)", "Percent, dividends included; 3.5 (of 10)"),
        ("+12.3 %", "+12.3 %"),
        ("BRK-B and POSTGRES_PORT", "BRK-B and POSTGRES_PORT"),
        ("10:01 UTC: late", "10:01 UTC: late"),
        ("[a](b)", r"\[a\](b)"),
        ("![a](b)", r"!\[a\](b)"),
        ("**a** _b_ ~c~ `d`", r"\*\*a\*\* \_b\_ \~c\~ \`d\`"),
        ("$x^2$", r"\$x^2\$"),
        (":red[a]", r"\:red\[a\]"),
        ("<b>&lt;", r"\<b\>\&lt;"),
        ("# a", r"\# a"),
        ("- a", r"\- a"),
        ("1. a", r"1\. a"),
        ("---", f"-{WORD_JOINER}-{WORD_JOINER}-"),
        ("back\\slash", r"back\\slash"),
        ("https://a.b", rf"https\:{WORD_JOINER}//a.b"),
        ("www.a.b", f"www{WORD_JOINER}.a.b"),
        ("a@b.c", f"a@{WORD_JOINER}b.c"),
        (":material/home:", rf"\:{WORD_JOINER}material/home:"),
        (":smile:", rf"\:{WORD_JOINER}smile:"),
        ("a -> b", rf"a -{WORD_JOINER}\> b"),
        ("one\n\n# two\t three ", "one # two three"),
        (3, "3"),
    ],
)
def test_nothing_is_left_to_interpret(text: object, written: str) -> None:
    assert as_text(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("batch:1", "`batch:1`"),
        ("a ` b", "`` a ` b ``"),
        ("```", "```` ``` ````"),
        ("two\nlines", "`two lines`"),
        ("", "`  `"),
        (":material/home:", f"`:{WORD_JOINER}material/home:`"),
    ],
)
def test_code_ends_where_its_text_ends(text: str, written: str) -> None:
    assert as_code(text) == written


@pytest.mark.parametrize("file", sorted(DASHBOARDS.rglob("*.py")), ids=lambda file: str(file.relative_to(DASHBOARDS)))
def test_what_a_page_says_is_its_own_words_or_escaped(file: Path) -> None:
    module = ast.parse(file.read_text())
    functions = {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    doubtful = [
        f"{file.name}:{call.lineno}: {ast.unparse(argument)}"
        for function in functions.values()
        for call in _messages(function)
        for argument in call.args[: 2 if _name(call.func) == "_say" else 1]
        if not _Safe(function, functions).is_safe(argument)
    ]

    assert doubtful == []


def test_the_rule_above_finds_what_is_not_escaped() -> None:
    text = "def page(found):\n    said = f'**{found}**'\n    st.warning(said)\n    st.info(f'{as_text(found)}')"
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)

    found = [_Safe(function, {}).is_safe(call.args[0]) for call in _messages(function)]

    assert found == [False, True]


def _messages(function: ast.FunctionDef) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in MARKDOWN:
            of = node.func.value if isinstance(node.func, ast.Attribute) else None
            if _name(node.func) in HANDED_ON or (isinstance(of, ast.Name) and of.id in OF_STREAMLIT):
                yield node


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


class _Safe:
    """Whether an expression within a function holds nothing but words of ours, numbers, days and escaped text."""

    def __init__(self, function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> None:
        self.function, self.functions = function, functions

    def is_safe(self, node: ast.expr) -> bool:  # noqa: PLR0911 one case per kind of expression reads best
        match node:
            case ast.Constant():
                return True
            case ast.JoinedStr(values=parts):
                return all(map(self.is_safe, parts))
            case ast.FormattedValue(value=value, format_spec=spec):
                return spec is not None or self.is_safe(value)  # only numbers and days have a format
            case ast.BinOp(left=left, right=right):
                return self.is_safe(left) and self.is_safe(right)
            case ast.IfExp(body=body, orelse=other):
                return self.is_safe(body) and self.is_safe(other)
            case ast.Subscript(value=value):
                return self.is_safe(value)
            case ast.List(elts=parts):
                return all(map(self.is_safe, parts))
            case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part):
                return self.is_safe(part)
            case ast.Call():
                return self._is_safe_call(node)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name.isupper() or (isinstance(node, ast.Name) and self._is_safe_name(name))
        return False

    def _is_safe_call(self, call: ast.Call) -> bool:
        name = _name(call.func)
        if name in {"as_text", "as_code"}:
            return True
        if isinstance(call.func, ast.Attribute) and name in {"upper", "join", "listed"}:
            of_text = [] if name == "listed" else [call.func.value]
            return all(map(self.is_safe, [*of_text, *call.args]))
        if isinstance(call.func, ast.Attribute) and _name(call.func.value) == "formats":
            return True
        if name in self.functions:
            inner = self.functions[name]
            returned = [node.value for node in ast.walk(inner) if isinstance(node, ast.Return) and node.value]
            return all(map(_Safe(inner, self.functions).is_safe, returned))
        return False

    def _is_safe_name(self, name: str) -> bool:
        if name in HANDED_ON.get(self.function.name, set()):
            return True
        assigned = [
            node.value
            for node in ast.walk(self.function)
            if isinstance(node, ast.Assign) and any(_name(target) == name for target in node.targets)
        ]
        return bool(assigned) and all(map(self.is_safe, assigned))
