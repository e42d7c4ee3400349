"""One colour per ticker."""

from dashboards.components.colours import OTHER, PALETTE, coloured, ticker_colours

SAMPLE = ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
MANY = [f"T{number:03}" for number in range(100)]


def test_a_ticker_keeps_its_colour_whatever_else_is_chosen() -> None:
    alone = ticker_colours(["IBM"], universe=SAMPLE)["IBM"]

    assert ticker_colours(["MSFT", "AAPL", "IBM"], universe=SAMPLE)["IBM"] == alone


def test_no_two_chosen_tickers_share_a_colour() -> None:
    of_one_colour = MANY[:: len(PALETTE)][: len(PALETTE)]

    assert set(ticker_colours(of_one_colour, universe=MANY).values()) == set(PALETTE)


def test_tickers_beyond_the_palette_have_no_colour_of_their_own() -> None:
    colours = ticker_colours(MANY[:20], universe=MANY)

    assert list(colours) == MANY[:20]
    assert list(coloured(colours)) == MANY[: len(PALETTE)]
    assert {colours[symbol] for symbol in MANY[len(PALETTE) : 20]} == {OTHER}


def test_a_ticker_that_joins_takes_no_colour_away() -> None:
    first, second = MANY[6], MANY[0]

    assert ticker_colours([first, second], universe=MANY)[first] == ticker_colours([first], universe=MANY)[first]
