{# What happened to the shares in a week, in words; null in a usual week. #}
{% macro name_corporate_action() -%}
    nullif(
        concat_ws(
            ' and ',
            case when split_factor <> 1 then 'split' end,
            case when other_factor <> 1 then 'spin-off or other factor' end,
            case when unit_factor <> 1 then 'change of unit' end,
            case
                when coalesce(dividend_per_share, dividend_amount) > 0
                    then
                        case when is_special_dividend then 'special ' else '' end
                        || 'dividend'
            end
        ),
        ''
    )
{%- endmacro %}
