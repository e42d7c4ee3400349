select
    symbol,
    trade_date,
    open as open_price,
    high as high_price,
    low as low_price,
    close as close_price,
    volume as trade_volume,
    is_complete_day,
    has_rejected_fields,
    bronze_key,
    execution_batch_id as silver_batch_id,
    loaded_at
from {{ source('silver', 'daily_prices') }}
