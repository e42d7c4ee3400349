{# Writes the quarantined symbols to ops.quarantines, within the publication's transaction. A quarantine that goes on keeps
   its `since`, also where its row comes from another object of the lake by now; one that ended gets `ended_at`. #}
{% macro record_quarantines() -%}
    {%- set quarantined = ref('quarantined') -%}
    insert into ops.quarantines as known (
        place, symbol, function, bronze_key, rule, week_ending, value, bound, published_rows, way_out, since,
        execution_batch_id
    )
    select
        'publication',
        quarantined.symbol,
        quarantined.function,
        quarantined.bronze_key,
        quarantined.rule,
        quarantined.week_ending,
        quarantined.value,
        quarantined.bound,
        quarantined.published_rows,
        quarantined.way_out,
        coalesce(
            (
                select min(lasting.since) from ops.quarantines as lasting
                where {{ is_lasting_quarantine('lasting') }} and lasting.symbol = quarantined.symbol
            ),
            now()
        ),
        {{ execution_batch_id() }}
    from {{ quarantined }} as quarantined
    on conflict (place, symbol, bronze_key) do update set
        function = excluded.function,
        rule = excluded.rule,
        week_ending = excluded.week_ending,
        value = excluded.value,
        bound = excluded.bound,
        published_rows = excluded.published_rows,
        way_out = excluded.way_out,
        since = excluded.since,
        ended_at = null,
        execution_batch_id = excluded.execution_batch_id
    where
        (
            known.rule, known.week_ending, known.value, known.bound, known.published_rows, known.way_out,
            known.ended_at
        ) is distinct from (
            excluded.rule, excluded.week_ending, excluded.value, excluded.bound, excluded.published_rows,
            excluded.way_out, excluded.ended_at
        );

    update ops.quarantines as known
    set ended_at = now(), execution_batch_id = {{ execution_batch_id() }}
    where {{ is_lasting_quarantine('known') }} and not exists (
        select from {{ quarantined }} as quarantined
        where quarantined.symbol = known.symbol and quarantined.bronze_key = known.bronze_key
    );
{%- endmacro %}


{% macro is_lasting_quarantine(quarantines) -%}
    {{ quarantines }}.place = 'publication' and {{ quarantines }}.ended_at is null
{%- endmacro %}
