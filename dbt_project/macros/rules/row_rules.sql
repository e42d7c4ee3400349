{# What every row of a symbol must fulfil, whatever the other symbols hold: a symbol with a row that breaks a rule is
   quarantined (model `quarantined`). Rules of keys, relations and whole tables are tests of dbt.

   name       as it stands in audit.quarantined, ops.quarantines and the report
   holds      SQL over the columns of the row; false breaks the rule, null does not: an unknown value is no mistake
   value      SQL, what was found
   bound      SQL, what the rule allows, in words

   The first rule of a symbol names its quarantine, so causes stand before what follows from them. #}


{# Over the rows of silver, before anything is computed: what passes them raises no error of arithmetic. #}
{% macro received_rules() -%}
    {%- set prices = 'open_price, high_price, low_price, close_price, adj_close_price' -%}
    {{ return([
        {
            'name': 'symbols_look_like_tickers',
            'holds': 'is_ticker or week_ending is null',
            'value': 'symbol',
            'bound': ticker_bound(),
        },
        {
            'name': 'weeks_are_on_the_calendar',
            'holds': "week_ending between date '1900-01-05' and " ~ last_possible_week()
                ~ " and (week_ending - date '1900-01-05') % 7 = 0",
            'value': 'week_ending',
            'bound': "'a Friday from 1900-01-05 to ' || " ~ last_possible_week(),
        },
        {
            'name': 'prices_are_positive',
            'holds': 'least(' ~ prices ~ ') > 0',
            'value': 'least(' ~ prices ~ ')',
            'bound': "'above 0'",
        },
        {
            'name': 'prices_are_of_a_believable_size',
            'holds': 'least(' ~ prices ~ ') >= 1e-10 and greatest(' ~ prices ~ ') < 1e15',
            'value': 'case when least(' ~ prices ~ ') < 1e-10 then least(' ~ prices ~ ') else greatest(' ~ prices ~ ') end',
            'bound': "'from 0.0000000001 to 1,000,000,000,000,000'",
        },
        {
            'name': 'high_is_not_below_low',
            'holds': 'high_price >= low_price',
            'value': "'high ' || high_price || ', low ' || low_price",
            'bound': "'high at or above low'",
        },
        {
            'name': 'volumes_and_dividends_are_not_negative',
            'holds': 'least(trade_volume, dividend_amount, dividend_per_share) >= 0'
                ~ ' and greatest(dividend_amount, dividend_per_share) < 1e15',
            'value': "concat_ws(', ', 'volume ' || trade_volume, 'dividend ' || dividend_amount,"
                ~ " 'per share ' || dividend_per_share)",
            'bound': "'from 0; a dividend below 1,000,000,000,000,000'",
        },
        {
            'name': 'factors_are_positive',
            'holds': 'least(split_factor, unit_factor, other_factor) >= 1e-5'
                ~ ' and greatest(split_factor, unit_factor, other_factor) <= 1e5 and total_return_factor between 1e-10 and 1e10',
            'value': "concat_ws(', ', 'split ' || split_factor, 'unit ' || unit_factor, 'other ' || other_factor,"
                ~ " 'total return ' || total_return_factor)",
            'bound': "'from 0.00001 to 100,000, of a total return from 0.0000000001 to 10,000,000,000'",
        },
    ]) }}
{%- endmacro %}


{# Over the rows as computed, before anything looks across symbols. #}
{% macro computed_rules() -%}
    {%- set most = var('largest_weekly_growth') -%}
    {%- set is_total_return_believable =
        is_growth_believable('effective_adj_close', 'previous_adj_close_price') -%}
    {#- Its factor is read from adjusted closes: so it is judged on their scale, where they are rounded. #}
    {%- set is_price_return_believable = is_growth_believable(
        'previous_adj_close_price * close_price * split_factor * unit_factor * other_factor'
            ~ ' / nullif(previous_close_price, 0)',
        'previous_adj_close_price'
    ) -%}
    {{ return([
        {
            'name': 'promised_columns_are_never_null',
            'holds': 'num_nulls(' ~ never_null_columns() | join(', ') ~ ') = 0',
            'value': "concat_ws(', ', " ~ null_column_names() | join(', ') ~ ')',
            'bound': "'no null in these columns'",
        },
        {
            'name': 'one_row_per_week',
            'holds': 'weeks_spanned >= 1',
            'value': "weeks_spanned || ' weeks since the row before'",
            'bound': "'at least 1'",
        },
        {
            'name': 'only_the_newest_week_is_open',
            'holds': 'is_previous_week_complete',
            'value': "'the week before is still open'",
            'bound': "'only the newest week is open'",
        },
        {
            'name': 'scales_are_of_a_believable_size',
            'holds': 'later_split_factor between 1e-100 and 1e100 and later_price_factor between 1e-100 and 1e100'
                ~ ' and total_return_index between 1e-50 and 1e50',
            'value': "concat_ws(', ', later_split_factor, later_price_factor, 'index ' || total_return_index)",
            'bound': "'from 1e-100 to 1e100, of the index from 1e-50 to 1e50'",
        },
        {
            'name': 'returns_are_believable',
            'holds': 'is_return_believed or weeks_spanned > 1 or ('
                ~ is_total_return_believable ~ ' and ' ~ is_price_return_believable ~ ')',
            'value': 'case when (' ~ is_total_return_believable ~ ') is false then weekly_return_pct'
                ~ " else price_return_pct end || ' %'",
            'bound': "'at most " ~ most ~ " times the week before, at least 1/" ~ most ~ " of it'",
            'is_acceptable': true,
        },
        {
            'name': 'returns_are_above_minus_100',
            'holds': 'weekly_return_pct > -100 and price_return_pct > -100',
            'value': "least(weekly_return_pct, price_return_pct) || ' %'",
            'bound': "'above -100 %'",
        },
        {
            'name': 'one_week_returns_are_known',
            'holds': 'weekly_return_pct is not null or weeks_spanned is distinct from 1'
                ~ ' or num_nulls(effective_adj_close, previous_adj_close_price) > 0',
            'value': "'none'",
            'bound': "'a return, for both weeks have an adjusted close'",
        },
        {
            'name': 'ratios_are_within_their_bounds',
            'holds': 'drawdown_pct between -100 and 0 and range_pct >= 0 and volatility_pct >= 0 and dividend_yield_pct >= 0',
            'value': "concat_ws(', ', 'drawdown ' || drawdown_pct, 'range ' || range_pct, 'volatility ' || volatility_pct,"
                ~ " 'dividend yield ' || dividend_yield_pct)",
            'bound': "'drawdown from -100 to 0, the others from 0, in percent'",
        },
        {
            'name': 'open_weeks_have_no_risk_figures',
            'holds': 'is_complete_week or num_nonnulls(volatility_pct, range_pct, return_z_score, drawdown_pct) = 0',
            'value': "num_nonnulls(volatility_pct, range_pct, return_z_score, drawdown_pct) || ' figures'",
            'bound': "'none in an open week'",
        },
        {
            'name': 'mixed_weeks_have_no_adjusted_range',
            'holds': 'not is_mixed_scale'
                ~ ' or num_nonnulls(adj_open_price, adj_high_price, adj_low_price, adj_volume, range_pct) = 0',
            'value': "num_nonnulls(adj_open_price, adj_high_price, adj_low_price, adj_volume, range_pct) || ' figures'",
            'bound': "'none in a week on two scales'",
        },
        {
            'name': 'actions_explain_the_adjusted_series',
            'holds': 'implied_factor between lowest_factor and highest_factor',
            'value': 'implied_factor',
            'bound': "'from ' || lowest_factor || ' to ' || highest_factor",
        },
    ]) }}
{%- endmacro %}


{# Over the days as computed. #}
{% macro daily_rules() -%}
    {%- set most = var('largest_weekly_growth') -%}
    {%- set prices = 'open_price, high_price, low_price, close_price' -%}
    {{ return([
        {
            'name': 'symbols_look_like_tickers',
            'holds': looks_like_ticker('symbol'),
            'value': 'symbol',
            'bound': ticker_bound(),
        },
        {
            'name': 'daily_prices_are_of_a_believable_size',
            'holds': 'least(' ~ prices ~ ') >= 1e-10 and greatest(' ~ prices ~ ') < 1e15',
            'value': 'case when least(' ~ prices ~ ') < 1e-10 then least(' ~ prices ~ ') else greatest(' ~ prices ~ ') end',
            'bound': "'from 0.0000000001 to 1,000,000,000,000,000'",
        },
        {
            'name': 'daily_highs_are_not_below_lows',
            'holds': 'high_price >= low_price and trade_volume >= 0',
            'value': "'high ' || high_price || ', low ' || low_price || ', volume ' || trade_volume",
            'bound': "'high at or above low, volume from 0'",
        },
        {
            'name': 'daily_returns_are_believable',
            'holds': 'missing_sessions_before > 0 or ('
                ~ 'greatest(daily_return_pct, price_return_pct) <= 100 * (' ~ most ~ ' - 1)'
                ~ ' and least(daily_return_pct, price_return_pct) >= 100 * (1.0 / ' ~ most ~ ' - 1))',
            'value': "concat_ws(' and ', daily_return_pct, price_return_pct) || ' %'",
            'bound': "'at most " ~ most ~ " times the session before, at least 1/" ~ most ~ " of it'",
        },
    ]) }}
{%- endmacro %}


{# Whether a price lies within the bound of the week before, however the source rounded both: as silver judges a payload
   (include/silver/wild_values.py). #}
{% macro is_growth_believable(price, previous) -%}
    {%- set most, rounding = var('largest_weekly_growth'), var('adjusted_close_rounding') -%}
    greatest({{ price }}, {{ previous }}) - {{ rounding }} <= {{ most }} * (least({{ price }}, {{ previous }}) + {{ rounding }})
{%- endmacro %}


{# As listings hold them: BRK-B, TSCO.LON, 600036.SHH, T.TO, BC/PA, -P-HIZ, NXT(EXP20091224), NEE 6.219. #}
{% macro looks_like_ticker(symbol) -%}
    {{ symbol }} ~ '^[A-Z0-9.^-][A-Z0-9 .^=&()/-]*$'
{%- endmacro %}


{% macro ticker_bound() -%}
    'capital letters, digits and .^=&()/- or a space'
{%- endmacro %}


{# The Friday of a week that has begun somewhere on earth lies within seven days. A later one would make all other
   stocks look delisted. #}
{% macro last_possible_week() -%}
    cast({{ market_now() }} at time zone 'UTC' as date) + 7
{%- endmacro %}


{# What the contract of the fact promises of a computed row. #}
{% macro never_null_columns() -%}
    {%- set names = [] -%}
    {%- set fact = (graph.nodes or {}).get('model.stocklake.fact_adjusted_prices') -%} {# none in a unit test #}
    {%- if execute and fact -%}
        {%- for column in fact.columns.values()
            if 'not_null' in column.constraints | map(attribute='type')
            and column.name not in publication_stamps(fact) -%}
            {%- do names.append(column.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names or ['symbol']) }}
{%- endmacro %}


{% macro null_column_names() -%}
    {%- set found = [] -%}
    {%- for name in never_null_columns() -%}
        {%- do found.append("case when " ~ name ~ " is null then '" ~ name ~ "' end") -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{# The rules that a row breaks, with what was found and what is allowed: a JSON array, null for a sound row. The list
   is made for broken rows only: there are few, and a whole rebuild looks at millions. #}
{% macro broken_rules(rules) -%}
    case
        when
            {%- for rule in rules %}
            ({{ rule.holds }}) is false{{ ' or' if not loop.last }}
            {%- endfor %}
            then (
                select
                    jsonb_agg(jsonb_build_object(
                        'place', place, 'rule', rule, 'value', value, 'bound', bound, 'is_acceptable', is_acceptable
                    ) order by place)
                from (
                    values
                    {%- for rule in rules %}
                    (
                        {{ loop.index }}, '{{ rule.name }}', ({{ rule.holds }}), cast({{ rule.value }} as text),
                        cast({{ rule.bound }} as text), {{ rule.is_acceptable or false }}
                    ){{ ',' if not loop.last }}
                    {%- endfor %}
                ) as rules (place, rule, holds, value, bound, is_acceptable)
                where holds is false
            )
    end
{%- endmacro %}


{# Adds them to every row as the column broken_rules; the rules name the columns of the table before. #}
{% macro join_broken_rules(rules) -%}
    cross join lateral (select {{ broken_rules(rules) }} as broken_rules) as judgement
{%- endmacro %}


{# What ends the quarantine, in words and with the command. #}
{% macro way_out_of_quarantine() -%}
    {%- set symbol = shell_word('symbol') -%}
    case
        when is_acceptable
            then 'make replay SYMBOLS=' || {{ symbol }} || ' applies the rules of payloads, without an API call, and the '
                || 'next payload that mends it publishes it by itself; if the price is right: make accept SYMBOL='
                || {{ symbol }} || ' WEEK=' || week_ending
        when rule = 'symbols_look_like_tickers'
            then 'STOCK_SYMBOLS refuses such a symbol, so nothing more comes of it; if it is a ticker, two rules are wrong: '
                || 'mend looks_like_ticker in dbt_project and TICKER in include/tickers.py'
        else 'the next payload that mends it publishes it by itself; if the payload in bronze is right, a rule of '
            || 'include/silver or dbt_project is wrong: mend it, then make replay SYMBOLS=' || {{ symbol }}
    end
{%- endmacro %}


{# As one word of a command. chr(92) is a backslash: before a quote it would mislead dbt where it inserts the steps that
   are inlined into a model. #}
{% macro shell_word(text) -%}
    case
        when {{ text }} ~ '^[A-Za-z0-9._-]+$' then {{ text }}
        else '''' || replace({{ text }}, '''', '''' || chr(92) || '''''') || ''''
    end
{%- endmacro %}
