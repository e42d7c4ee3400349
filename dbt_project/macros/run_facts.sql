{# The batch that publishes: Airflow's, or a name of its own for a run from the shell. #}
{% macro execution_batch_id() -%}
    {{ dbt.string_literal(dbt.escape_single_quotes(var('execution_batch_id', 'manual:' ~ invocation_id))) }}
{%- endmacro %}


{# The batch whose days are published: of several pipelines in one publication each has its own. #}
{% macro daily_batch_id() -%}
    {%- if var('daily_batch_id', none) -%}
        {{ dbt.string_literal(dbt.escape_single_quotes(var('daily_batch_id'))) }}
    {%- else -%}
        {{ execution_batch_id() }}
    {%- endif -%}
{%- endmacro %}


{# The one now: the market's clock as the caller knows it, else the moment dbt started. #}
{% macro market_now() -%}
    cast('{{ var("market_now", run_started_at.isoformat()) }}' as timestamptz)
{%- endmacro %}


{# The newest closed week of each exchange, by the symbol's suffix, as the exchange's calendar has it. #}
{% macro last_expected_weeks() -%}
    cast('{{ tojson(var("last_expected_weeks", {})) }}' as jsonb)
{%- endmacro %}
