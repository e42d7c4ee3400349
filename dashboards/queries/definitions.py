"""What the columns of gold mean, in the words that stand beside them in the warehouse: its column comments."""

from collections.abc import Mapping

import streamlit as st

from dashboards.reader import LEDGER_SECONDS, read


@st.cache_resource(ttl=LEDGER_SECONDS, show_spinner=False)  # not copied: a page looks up a hundred columns
def comments_of_gold() -> Mapping[str, str]:
    """The comment of each column of gold, by `table.column`; none before the first publication.

    Raises: WarehouseDown, WarehouseUnreadable.
    """
    # Not part of a publication: dbt writes comments after it.
    statement = """
        select
            tables.relname || '.' || columns.attname as name,
            col_description(tables.oid, columns.attnum) as comment
        from pg_catalog.pg_class as tables
        inner join pg_catalog.pg_namespace as schemas on tables.relnamespace = schemas.oid
        inner join pg_catalog.pg_attribute as columns on tables.oid = columns.attrelid
        where
            schemas.nspname = 'gold'
            and columns.attnum > 0
            and col_description(tables.oid, columns.attnum) is not null
    """
    return dict(read(statement).iter_rows())
