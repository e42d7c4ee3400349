"""The running product of factors, which Postgres does not bring along.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the aggregate that dbt multiplies splits with: exact, which exp(sum(ln(factor))) would not be."""
    op.execute(
        "create aggregate audit.product(numeric) (sfunc = numeric_mul, stype = numeric, initcond = '1', parallel = safe)"
    )
    op.execute("comment on aggregate audit.product(numeric) is 'Exact product; 1 of no rows'")


def downgrade() -> None:
    """The dbt project of this revision needs it; older ones do not."""
    op.execute("drop aggregate audit.product(numeric)")
