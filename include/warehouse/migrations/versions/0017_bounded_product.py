"""A product of doubles that no chain of factors overflows: what is absurd reaches the rules that name it.

Revision ID: 0017
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FUNCTIONS = """
-- Of a product within these bounds, every ratio and every price times it is a double.
create function audit.multiply(product double precision, factor double precision) returns double precision
language plpgsql immutable strict parallel safe as $$
begin
    return least(greatest(product, 1e-100), 1e100) * factor;
end
$$;

create or replace aggregate audit.product(double precision) (
    sfunc = audit.multiply, stype = double precision, initcond = '1', parallel = safe
);
"""
BEFORE = """
create or replace aggregate audit.product(double precision) (
    sfunc = float8mul, stype = double precision, initcond = '1', parallel = safe
);
drop function audit.multiply(double precision, double precision);
"""


def upgrade() -> None:
    """Bound the product, which raised an error for all symbols where one of them overflowed."""
    op.execute(FUNCTIONS)


def downgrade() -> None:
    """The dbt project of this revision gives the same figures without the bound."""
    op.execute(BEFORE)
