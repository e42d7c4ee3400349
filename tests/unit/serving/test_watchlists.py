"""Watchlists: what a file says, and every way in which it can be wrong."""

import os
from pathlib import Path

import pytest

from include.serving.watchlists import Watchlists, parse_watchlists, read_watchlists


def parse(text: str) -> Watchlists:
    return parse_watchlists(text, name="w.toml")


def test_a_list_is_a_name_and_tickers_in_capitals_each_once() -> None:
    found = parse('[watchlists]\nTech = ["AAPL", " msft ", "AAPL"]\n"My funds" = ["SPY"]\n')

    assert found == Watchlists({"Tech": ("AAPL", "MSFT"), "My funds": ("SPY",)})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[watchlists]\nTech = ["AAPL"', "w.toml: Unclosed array (at end of document)"),
        ("[watchlists]\nTech = AAPL\n", "w.toml: Invalid value (at line 2, column 8)"),
        ('Tech = ["AAPL"]\n', 'w.toml: has no table [watchlists]; write [watchlists], and below it Tech = ["AAPL", '),
        ('watchlists = ["AAPL"]\n', "w.toml: has no table [watchlists]; "),
        ('[watchlists]\nTech = "AAPL"\n', 'w.toml, line 2: Tech: is no list of tickers; write for example Tech = ["A'),
        ("[watchlists]\nTech = [1]\n", "w.toml, line 2: Tech: is no list of tickers; "),
        ("[watchlists]\n\nTech = []\n", "w.toml, line 3: Tech: names no ticker"),
        ('[watchlists]\n"My funds" = ["?"]\n', "w.toml, line 2: My funds: no ticker looks like '?'; write for "),
        ('[watchlists]\n"" = []\n', "w.toml, line 2: a list: names no ticker"),
        ('[watchlists.Tech]\ntickers = ["AAPL"]\n', "w.toml: Tech: is no list of tickers; "),
        ("[watchlists]\nTech = " + "[" * 3000, "w.toml: "),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_name(text: str, fault: str) -> None:
    found = parse(text)

    assert found.lists == {}
    assert len(found.faults) == 1
    assert found.faults[0].startswith(fault)


def test_a_fault_in_one_list_leaves_the_others_readable() -> None:
    found = parse('[watchlists]\nTech = ["AAPL"]\nBad = 1\nOil = ["XOM"]\n')

    assert found.lists == {"Tech": ("AAPL",), "Oil": ("XOM",)}
    assert [fault.split(";")[0] for fault in found.faults] == ["w.toml, line 3: Bad: is no list of tickers"]


def test_an_empty_file_of_watchlists_has_none() -> None:
    assert parse("[watchlists]\n") == Watchlists()


def test_a_home_without_the_file_has_no_lists(tmp_path: Path) -> None:
    assert read_watchlists(tmp_path) == read_watchlists(tmp_path / "nowhere") == Watchlists()


def test_a_file_is_read_as_any_editor_writes_it(tmp_path: Path) -> None:
    (tmp_path / "watchlists.toml").write_bytes(b'\xef\xbb\xbf[watchlists]\r\nTech = ["AAPL"]\r\n')

    assert read_watchlists(tmp_path) == Watchlists({"Tech": ("AAPL",)})


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "watchlists.toml"
    file.write_bytes(b'[watchlists]\nTech = ["\xff"]\n')
    assert read_watchlists(tmp_path).faults == [f"{file}, line 2: is no UTF-8"]

    file.unlink()
    file.mkdir()
    assert read_watchlists(tmp_path).faults == [f"{file} cannot be read: {os.strerror(21)}"]
