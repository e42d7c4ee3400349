"""What gold computes week after week and Postgres does not bring along.

Revision ID: 0016
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

FUNCTIONS = r"""
-- The state: the week whose place the newest payment took, then the weeks of the payments whose place is not taken.
create function audit.take_place(weeks integer[], newest integer) returns integer[]
language sql immutable parallel safe as $$
    with open_weeks as (
        select week from unnest(weeks[2:]) as unnested (week) where week >= newest - 54
    ),
    replaced as (
        select week from open_weeks where week <= newest - 50 order by abs(newest - 52 - week), week limit 1
    )
    select (select week from replaced)
        || array(select week from open_weeks where week <> all(array(select week from replaced)) order by week)
        || newest
$$;

create function audit.first_of(weeks integer[]) returns integer
language sql immutable parallel safe as $$ select weeks[1] $$;

create aggregate audit.replaced_week(integer) (
    sfunc = audit.take_place, stype = integer[], finalfunc = audit.first_of, initcond = '{NULL}', parallel = safe
);
comment on aggregate audit.replaced_week(integer) is
    'The week of the payment whose place the newest one takes: of those of 50 to 54 weeks before, in weeks counted '
    'from a fixed one, the nearest to 52 that no other took; null where there is none';

create aggregate audit.product(double precision) (
    sfunc = float8mul, stype = double precision, initcond = '1', parallel = safe
);
comment on aggregate audit.product(double precision) is 'Product in the order of the rows; 1 of no rows';
"""


def upgrade() -> None:
    """Create the aggregates of trailing dividends and of the total return index."""
    op.execute(FUNCTIONS)


def downgrade() -> None:
    """The dbt project of this revision needs them; older ones do not."""
    op.execute("drop aggregate audit.product(double precision)")
    op.execute("drop aggregate audit.replaced_week(integer)")
    op.execute("drop function audit.first_of(integer[]), audit.take_place(integer[], integer)")
