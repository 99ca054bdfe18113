"""What so many of a hundred times did not exceed: never more than the slowest of them."""

import math
import statistics
from collections.abc import Sequence


def percentile(times: Sequence[float], hundredth: int) -> float:
    """In the unit of the times. Of one time this is it, of none it is not a number."""
    if len(times) < 2:
        return times[0] if times else math.nan
    return statistics.quantiles(times, n=100, method="inclusive")[hundredth - 1]
