"""The figures of a period once more, by empyrical: of simple weekly returns, as fractions."""

from collections.abc import Callable
from typing import Any

import empyrical
import numpy as np

EMPYRICAL: dict[str, Callable[[Any], float]] = {
    "sharpe": lambda returns: empyrical.sharpe_ratio(returns, period="weekly"),
    "sortino": lambda returns: empyrical.sortino_ratio(returns, period="weekly"),
    "max_drawdown_pct": lambda returns: 100 * empyrical.max_drawdown(returns),
    "value_at_risk_pct": lambda returns: 100 * empyrical.value_at_risk(returns),
    "expected_shortfall_pct": lambda returns: 100 * empyrical.conditional_value_at_risk(returns),
    "total_return_pct": lambda returns: 100 * empyrical.cum_returns_final(returns),
    "volatility_pct": lambda returns: 100 * empyrical.annual_volatility(np.log1p(returns), period="weekly"),
}
