"""Whether a typed payload has arrived: its newest row, and nine tenths of all, have a believable date and close."""

from include.errors import ContractError
from include.silver.normalize import NormalizedSeries
from include.silver.rejections import keep_rejected_dates

MOST_UNREADABLE = 0.1  # of the rows received; a single garbled row of a long history is no change of format
LEFT_OUT = "nothing of the payload is loaded; the rows are in silver.rejected_rows"


def check_arrived(series: NormalizedSeries) -> None:
    """See that the newest row and nine tenths of all rows have a believable date and close.

    A field that is null counts for nothing here, nor does a row that repeats the day of another one.
    Raises: ContractError that names the row or the number of rows, and the reason.
    """
    unreadable = keep_rejected_dates(series.rejected)
    if unreadable.is_empty():
        return
    newest_kept = series.newest_day
    for row in unreadable.iter_rows(named=True):
        day = row["day"]
        # The source writes its newest row first: there a row without a believable date is the newest.
        is_newest = row["row_number"] == 1 if day is None else newest_kept is None or day > newest_kept
        if is_newest:
            raise ContractError(
                f"{series.symbol}: the newest row ({row['row_date']}) has no believable date"
                f" and {series.required} ({row['reason']}); {LEFT_OUT}"
            )
    if unreadable.height > MOST_UNREADABLE * series.received:
        raise ContractError(
            f"{series.symbol}: {unreadable.height} of {series.received} rows have no believable date and"
            f" {series.required}, more than a tenth (the first: {unreadable['reason'][0]}); {LEFT_OUT}"
        )
