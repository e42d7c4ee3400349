{# Ex-dates wander over the turn of a year: a quarterly payer shows three to five of them in one. #}
{% macro name_dividend_frequency() -%}
    case
        when not is_complete_year then null
        when dividend_count = 0 then 'none'
        when dividend_count = 1 then 'yearly'
        when dividend_count = 2 then 'half-yearly'
        when dividend_count between 3 and 5 then 'quarterly'
        when dividend_count between 11 and 13 then 'monthly'
        else 'irregular'
    end
{%- endmacro %}
