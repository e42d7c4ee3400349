"""What is quarantined, and the weeks that a person accepted.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = """
create table ops.quarantines (
    place text not null check (place in ('payload', 'publication')),
    symbol text not null,
    function text not null,
    bronze_key text not null,
    rule text not null,
    week_ending date,
    value text,
    bound text,
    way_out text not null,
    since timestamptz not null,
    ended_at timestamptz,
    execution_batch_id text not null,
    primary key (place, symbol, bronze_key)
);
comment on table ops.quarantines is
    'Payloads that silver did not take in, and symbols that a publication left as they were. '
    'Grain: one row per place, symbol and object of the lake.';
comment on column ops.quarantines.place is
    'payload: not loaded into silver. publication: loaded, but its computed rows break a row rule of gold';
comment on column ops.quarantines.function is 'The function of the source that the payload answers';
comment on column ops.quarantines.bronze_key is 'The quarantined payload, or the object that brought the row that broke the rule';
comment on column ops.quarantines.rule is 'The rule that was broken, by its name in the code';
comment on column ops.quarantines.week_ending is 'The week that broke it; null where the rule is about the whole payload';
comment on column ops.quarantines.value is 'What was found, as text';
comment on column ops.quarantines.bound is 'What the rule allows, as text';
comment on column ops.quarantines.way_out is 'What ends the quarantine, in words and with the command';
comment on column ops.quarantines.since is
    'payload: when it was fetched, by the market''s clock. publication: when it first left the symbol out, UTC';
comment on column ops.quarantines.ended_at is
    'When a later payload, a decision or a publication ended it, UTC; null while it holds';

alter table silver.weekly_adjusted_prices add column is_accepted boolean not null default false;
comment on column silver.weekly_adjusted_prices.is_accepted is
    'A person accepted the close of this week (make accept): the returns that touch it are believed';
"""


def upgrade() -> None:
    """Create the table of quarantines and the flag of accepted weeks."""
    op.execute(TABLE)


def downgrade() -> None:
    """A replay brings both back."""
    op.execute(
        """
        alter table silver.weekly_adjusted_prices drop column is_accepted;
        drop table ops.quarantines;
        """
    )
