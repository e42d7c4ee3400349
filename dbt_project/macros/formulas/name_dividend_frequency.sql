{# Ex-dates wander over the turn of a year: a quarterly payer shows three to five of them in one. #}
{% macro name_dividend_frequency() -%}
    case
        when not is_complete_year then null
        when dividends = 0 then 'none'
        when dividends = 1 then 'yearly'
        when dividends = 2 then 'half-yearly'
        when dividends between 3 and 5 then 'quarterly'
        when dividends between 11 and 13 then 'monthly'
        else 'irregular'
    end
{%- endmacro %}
