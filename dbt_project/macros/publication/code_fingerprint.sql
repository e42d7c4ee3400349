{# The fingerprint of all code upstream of the tables that keep published rows of unchanged symbols: models, seeds, the
   macros they call, and the numbers of their rules.
   When it is not the published one, the next build computes every symbol anew, without --full-refresh.
   Whether a build starts at all after an upgrade: include/gold/project_fingerprint.py. #}
{% macro code_fingerprint() -%}
    {%- set code = {} -%}
    {%- if execute -%}
        {%- for table in published_tables() if table.unchanged_symbols -%}
            {%- do collect_upstream('model.stocklake.' ~ table.name ~ '_candidates', code) -%}
        {%- endfor -%}
        {%- for number in ['largest_weekly_growth', 'adjusted_close_rounding'] -%}
            {%- do code.update({number: var(number)}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(local_md5(code.items() | sort | join)) }}
{%- endmacro %}


{% macro collect_upstream(node_id, code) -%}
    {%- set node = graph.nodes.get(node_id) -%}
    {%- if node and node_id not in code -%}
        {%- do code.update({node_id: node.checksum.checksum}) -%}
        {%- for macro_id in node.depends_on.macros -%}
            {%- do collect_macros(macro_id, code) -%}
        {%- endfor -%}
        {%- for upstream_id in node.depends_on.nodes or [] -%}
            {%- do collect_upstream(upstream_id, code) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{% macro collect_macros(macro_id, code) -%}
    {%- set package, name = macro_id.split('.')[1:] -%}
    {%- if package not in ['dbt', 'dbt_postgres'] and macro_id not in code -%}
        {%- set macro = context[package][name].macro -%}
        {%- do code.update({macro_id: local_md5(macro.macro_sql)}) -%}
        {%- for called_id in macro.depends_on.macros -%}
            {%- do collect_macros(called_id, code) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
