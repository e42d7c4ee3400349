"""Each source of payloads has a budget of calls of its own.

Revision ID: 0013
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was called so far was Alpha Vantage."""
    op.execute(
        """
        alter table ops.api_calls add column source text not null default 'alpha_vantage';
        alter table ops.api_calls alter column source drop default;
        comment on column ops.api_calls.source is 'Who was called: its calls of 24 hours are one budget';
        create index on ops.api_calls (source, called_at);
        drop index ops.api_calls_called_at_idx;

        alter table ops.api_pace add column source text not null default 'alpha_vantage';
        alter table ops.api_pace alter column source drop default;
        alter table ops.api_pace drop column is_only_row;
        alter table ops.api_pace add primary key (source);
        comment on table ops.api_pace is
            'When the next API call may start, for all workers at once; closed_until once the source said "quota spent". '
            'Grain: one row per source.';
        """
    )


def downgrade() -> None:
    """One budget again: that of Alpha Vantage."""
    op.execute(
        """
        delete from ops.api_pace where source <> 'alpha_vantage';
        alter table ops.api_pace drop column source;
        alter table ops.api_pace add column is_only_row boolean primary key default true check (is_only_row);
        comment on table ops.api_pace is
            'When the next API call may start, for all workers at once; closed_until once the source said "quota spent".';
        alter table ops.api_calls drop column source;
        create index on ops.api_calls (called_at);
        """
    )
