{# The indicators, in the order of include/indicators/technical.py; a test compares both. #}
{% macro indicators() -%}
    {{ return([
        'sma_20', 'sma_50', 'sma_200', 'ema_12', 'ema_26', 'macd', 'macd_signal', 'macd_histogram', 'adx_14',
        'rsi_14', 'stoch_k', 'stoch_d', 'williams_r_14', 'roc_10', 'momentum_10', 'return_pct', 'range_pct',
        'bollinger_upper', 'bollinger_middle', 'bollinger_lower', 'bollinger_width_pct', 'percent_b',
        'keltner_upper', 'keltner_middle', 'keltner_lower', 'atr_14', 'stddev_20', 'historical_volatility_pct',
        'obv', 'vwap_20', 'avg_volume_20', 'volume_ratio',
    ]) }}
{%- endmacro %}
