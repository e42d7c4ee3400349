"""What the modules hand to each other."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

ONE = Fraction(1)
ZERO = Fraction(0)


@dataclass(frozen=True)
class Payload:
    """The bytes of one look at a symbol."""

    symbol: str
    fetched_at: datetime
    body: bytes


@dataclass(frozen=True)
class Rejected:
    """A row (`field` is None) or a field that cannot be believed."""

    row_date: str
    field: str | None
    text: str | None


@dataclass(frozen=True)
class Row:
    """A row of a payload, typed.

    Units: prices in the listing's currency, volume in shares; None where it could not be believed or is unknown.
    """

    price_date: date
    open: Fraction | None
    high: Fraction | None
    low: Fraction | None
    close: Fraction
    adjusted_close: Fraction | None
    volume: Fraction | None
    dividend_amount: Fraction | None
    has_rejected_fields: bool = False


@dataclass(frozen=True)
class Week(Row):
    """The rows of a Monday-to-Sunday week combined; `week_ending` is its Friday."""

    week_ending: date = date.min
    is_complete: bool = True


@dataclass(frozen=True)
class Growth:
    """By what the factor of adjusted over raw close grew since the week before: the point, and where the truth lies."""

    point: Fraction
    low: Fraction
    high: Fraction | None  # None: unbounded

    @property
    def width(self) -> Fraction | None:
        """The width of the interval as a part of the point; None where it is unbounded."""
        return None if self.high is None else (self.high - self.low) / self.point

    def holds(self, value: Fraction) -> bool:
        """Whether a value lies in the interval."""
        return self.low <= value and (self.high is None or value <= self.high)

    def overlaps(self, other: "Growth") -> bool:
        """Whether one value lies in both intervals."""
        return (self.high is None or other.low <= self.high) and (other.high is None or self.low <= other.high)


@dataclass(frozen=True)
class Action:
    """What happened to the shares between two weeks.

    Units: `dividend_per_share` and `distribution_per_share` in the shares and the unit of the week.
    """

    previous_week: date
    growth: Growth
    rule: str
    split: Fraction = ONE
    unit: Fraction = ONE
    other: Fraction = ONE
    dividend_per_share: Fraction = ZERO
    distribution_per_share: Fraction = ZERO
    h: Fraction = ONE
    is_unsure: bool = False
    is_provisional: bool = False

    @property
    def factor(self) -> Fraction:
        """F: what makes factor x close over the previous close a usual return."""
        return self.split * self.unit * self.other


@dataclass(frozen=True)
class HeldWeek:
    """A week as silver holds it: the newest payload's, or retained from an older one and rescaled."""

    week: Week
    received_adjusted_close: Fraction | None
    is_retained: bool = False
    is_factor_returning: bool = False  # its adjusted close goes and comes back: null in gold
    action: Action | None = None  # None in the first week
