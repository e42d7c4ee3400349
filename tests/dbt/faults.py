"""Stocks of which each breaks a rule of gold, and stocks that break none."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from tests.dbt.gold import Gold
from tests.dbt.weeks import Week, friday, series

BEFORE, AFTER = range(100), range(101)
NEWEST = AFTER[-1]
CAUSE = "the object that broke it"


def _broken(symbol: str, number: int = NEWEST, **changes: object) -> list[Week]:
    """A stock after its newest week, of which one breaks a rule."""
    return [
        replace(week, bronze_key=CAUSE, **changes) if week.week_ending == friday(number) else week  # type: ignore[arg-type]  # columns of a week
        for week in series(symbol, AFTER)
    ]


def _times(week: Week, factor: str, **changes: object) -> Week:
    """A week at a multiple of its prices."""
    money = {name: getattr(week, name) * Decimal(factor) for name in ("open", "high", "low", "close", "adjusted_close")}
    return replace(week, **money, **changes)  # type: ignore[arg-type]  # columns of a week


def _jumping(symbol: str, factor: str) -> list[Week]:
    """A stock whose newest week is a multiple of itself."""
    *quiet, newest = series(symbol, AFTER)
    return [*quiet, _times(newest, factor, bronze_key=CAUSE)]


def _chained(symbol: str, factor: str) -> list[Week]:
    """A stock whose total return grows by a factor in each of its last forty weeks."""
    return [
        replace(week, bronze_key=CAUSE, total_return_factor=Decimal(factor if number > 60 else 1))
        for number, week in zip(AFTER, series(symbol, AFTER), strict=True)
    ]


def _risen(symbol: str, since: int, **changes: object) -> list[Week]:
    """A stock at sixty times its prices from a week on."""
    return [
        _times(week, "60", **changes) if week.week_ending >= friday(since) else replace(week, **changes)  # type: ignore[arg-type]  # columns of a week
        for week in series(symbol, AFTER)
    ]


def _tiny(symbol: str) -> list[Week]:
    """A stock whose adjusted closes are a digit or two of the source's last decimals; its factor is read from them."""
    prices = {"open": Decimal(20), "high": Decimal(21), "low": Decimal(19), "close": Decimal(20)}
    return [
        replace(
            week,
            **prices,
            adjusted_close=Decimal("0.0001" if number < 50 else "0.0052"),
            other_factor=Decimal(52 if number == 50 else 1),
        )
        for number, week in zip(AFTER, series(symbol, AFTER), strict=True)
    ]


# By symbol: the rule, the week that breaks it first, and the weeks of silver.
FAULTS: dict[str, tuple[str, date, list[Week]]] = {
    "FUTURE": (
        "weeks_are_on_the_calendar",
        friday(1_000),
        [*series("FUTURE", AFTER), replace(series("FUTURE", [1_000])[0], bronze_key=CAUSE)],
    ),
    "THURSDAY": (
        "weeks_are_on_the_calendar",
        friday(NEWEST) - timedelta(days=1),
        _broken("THURSDAY", week_ending=friday(NEWEST) - timedelta(days=1)),
    ),
    "NXT(EXP20091224)": ("prices_are_positive", friday(NEWEST), _broken("NXT(EXP20091224)", low=Decimal(-1))),
    "NEGATIVE": ("prices_are_positive", friday(NEWEST), _broken("NEGATIVE", low=Decimal(-1))),
    "ZERO.LON": ("prices_are_positive", friday(50), _broken("ZERO.LON", 50, adjusted_close=Decimal(0))),
    "ENDLESS": (
        "prices_are_of_a_believable_size",
        friday(NEWEST),
        _broken("ENDLESS", adjusted_close=Decimal("1e400")),
    ),
    "TINY": ("prices_are_of_a_believable_size", friday(NEWEST), _broken("TINY", adjusted_close=Decimal("1e-400"))),
    "NOTANUMBER": ("prices_are_of_a_believable_size", friday(30), _broken("NOTANUMBER", 30, close=Decimal("NaN"))),
    "UPSIDE-DOWN": ("high_is_not_below_low", friday(NEWEST), _broken("UPSIDE-DOWN", high=Decimal(1))),
    "VOLUME": ("volumes_and_dividends_are_not_negative", friday(NEWEST), _broken("VOLUME", volume=-5)),
    "OWES": (
        "volumes_and_dividends_are_not_negative",
        friday(NEWEST),
        _broken("OWES", dividend_per_share=Decimal(-1)),
    ),
    "SPLIT0": ("factors_are_positive", friday(40), _broken("SPLIT0", 40, split_to=0)),
    "SPLIT1E9": ("factors_are_positive", friday(40), _broken("SPLIT1E9", 40, other_factor=Decimal(10**9))),
    "TWICE": ("one_row_per_week", friday(NEWEST), [*_broken("TWICE"), _broken("TWICE")[-1]]),
    "OPEN": ("only_the_newest_week_is_open", friday(61), _broken("OPEN", 60, is_complete_week=False)),
    "SCALES": (
        "scales_are_of_a_believable_size",
        friday(0),
        [
            replace(week, bronze_key=CAUSE, split_to=100_000 if 60 <= number < 85 else 1)
            for number, week in zip(AFTER, series("SCALES", AFTER), strict=True)
        ],
    ),
    # 1e400 and 1e-400, which no double is.
    "GROWS": ("scales_are_of_a_believable_size", friday(65), _chained("GROWS", "1e10")),
    "SHRINKS": ("scales_are_of_a_believable_size", friday(66), _chained("SHRINKS", "1e-10")),
    "JUMP": ("returns_are_believable", friday(NEWEST), _jumping("JUMP", "80")),
    "CRASH.TO": ("returns_are_believable", friday(NEWEST), _jumping("CRASH.TO", "0.01")),
    # The known fault of the source: one adjusted close of another thing.
    "VIX": ("returns_are_believable", friday(50), _broken("VIX", 50, adjusted_close=Decimal(245_397))),
    "NOTHING": ("returns_are_above_minus_100", friday(NEWEST), []),
    "FORGETS": ("actions_explain_the_adjusted_series", friday(70), _broken("FORGETS", 70, split_to=2)),
}
_fell = [replace(week, adjusted_close=week.adjusted_close * 10**12) for week in series("NOTHING", BEFORE)]
FAULTS["NOTHING"][2].extend(
    [*_fell, replace(series("NOTHING", AFTER)[-1], is_accepted=True, bronze_key=CAUSE, adjusted_close=Decimal("1e-8"))]
)
NEVER_PUBLISHED = {"NEWJUMP": "returns_are_believable", "not a ticker": "symbols_look_like_tickers"}
SOUND = ("AAPL", "BRK-B", "ALONE.LON")
# Wild at first sight, but silver believes them too.
BELIEVED = {
    "GAP": [week for week in _risen("GAP", 50) if not friday(40) <= week.week_ending < friday(50)],
    "RETAINED": [replace(week, is_retained=week.week_ending < friday(60)) for week in _risen("RETAINED", 50)],
    "TINY.FACTOR": _tiny("TINY.FACTOR"),
}
QUARANTINED = {**{symbol: rule for symbol, (rule, _, _) in FAULTS.items()}, **NEVER_PUBLISHED}
SHIPS = "insert into silver.company_overview (symbol, sector, currency, bronze_key, execution_batch_id) values "


def published(symbol: str) -> list[Week]:
    """The weeks of a stock before its fault."""
    return _fell if symbol == "NOTHING" else series(symbol, BEFORE)


def sound_and_accepted() -> list[Week]:
    """The stocks that break no rule, and one that broke a rule and was accepted."""
    *quiet, before, newest = series("ACCEPTED", AFTER)
    wild = _times(before, "90", is_accepted=True)
    sound = [week for symbol in SOUND for week in series(symbol, AFTER)]
    return [*sound, *[week for weeks in BELIEVED.values() for week in weeks], *quiet, wild, newest]


def write_faults(gold: Gold) -> None:
    """Put every fault into silver at once, beside the sound stocks."""
    gold.execute("truncate silver.weekly_adjusted_prices")
    gold.insert(*sound_and_accepted(), *[week for _, _, weeks in FAULTS.values() for week in weeks])
    gold.insert(*_jumping("NEWJUMP", "80"), *series("not a ticker", AFTER))
    gold.execute(f"{SHIPS} ('NEWJUMP', 'Planes', 'SEK', 'k', 'b'), ('no ticker', 'Trains', 'DKK', 'k', 'b')")
    gold.execute("update silver.company_overview set sector = 'Cars', currency = 'EUR' where symbol = 'VIX'")
