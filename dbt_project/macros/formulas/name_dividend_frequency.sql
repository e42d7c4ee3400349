{# In words; whether 13 payments show no rhythm, or fewer show none yet. #}
{% macro name_dividend_frequency(payments_per_year, payments) -%}
    case {{ payments_per_year }}
        when 1 then 'yearly'
        when 2 then 'half-yearly'
        when 3 then 'three times a year'
        when 4 then 'quarterly'
        when 12 then 'monthly'
        else case when {{ payments }} > 12 then 'irregular' else 'unknown' end
    end
{%- endmacro %}
