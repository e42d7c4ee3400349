{# What happened to the shares in a week, in words; null in a usual week. #}
{% macro name_corporate_action() -%}
    nullif(
        concat_ws(
            ' and ',
            case when split_factor <> 1 then 'split' end,
            case when other_factor <> 1 then 'spin-off or other factor' end,
            case
                when dividend_amount > 0 and is_special_dividend
                    then 'special dividend'
                when dividend_amount > 0 then 'dividend'
            end
        ),
        ''
    )
{%- endmacro %}
