{# When an object of the lake was fetched, UTC: its key says it, and keys of a series sort by it. #}
{% macro moment_of_object(bronze_key) -%}
    cast(
        substring({{ bronze_key }} from 'fetched_at=([0-9]{8}T[0-9]{6})')
        as timestamp
    ) at time zone 'UTC'
{%- endmacro %}
