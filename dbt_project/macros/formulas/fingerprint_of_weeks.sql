{# Fingerprint of a symbol's weeks: row count, newest loaded_at, hash of batch ids. Every insert, update or delete
   changes one of them. #}
{% macro fingerprint_of_weeks() -%}
    count(week_ending) as weeks,
    max(loaded_at) as loaded_at,
    sum(hashtextextended(silver_batch_id, 0)) as batches
{%- endmacro %}
