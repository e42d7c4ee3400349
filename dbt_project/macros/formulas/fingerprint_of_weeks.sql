{# Whatever happens to a row of silver changes one of these: removed or added, the count; written again, its moment;
   written by an older transaction that had to wait, its batch. #}
{% macro fingerprint_of_weeks() -%}
    count(week_ending) as weeks,
    max(loaded_at) as loaded_at,
    sum(hashtextextended(silver_batch_id, 0)) as batches
{%- endmacro %}
