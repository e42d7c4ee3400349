"""One colour per ticker."""

from dashboards.components.choices import MOST_TICKERS
from dashboards.components.colours import PALETTE, ticker_colours

SAMPLE = ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
MANY = [f"T{number:03}" for number in range(100)]


def test_a_ticker_keeps_its_colour_whatever_else_is_chosen() -> None:
    alone = ticker_colours(["IBM"], universe=SAMPLE)["IBM"]

    assert ticker_colours(["MSFT", "AAPL", "IBM"], universe=SAMPLE)["IBM"] == alone


def test_no_two_chosen_tickers_share_a_colour() -> None:
    of_one_colour = MANY[:: len(PALETTE)][:MOST_TICKERS]

    assert len(set(ticker_colours(of_one_colour, universe=MANY).values())) == MOST_TICKERS


def test_a_ticker_that_joins_takes_no_colour_away() -> None:
    first, second = MANY[6], MANY[0]

    assert ticker_colours([first, second], universe=MANY)[first] == ticker_colours([first], universe=MANY)[first]
