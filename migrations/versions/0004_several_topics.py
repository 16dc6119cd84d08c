"""several topics of a piece of news"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing is what an item with a single topic has: old rows are right as they are, and none is written anew.
    op.add_column("news_item", sa.Column("also", sa.Text(), nullable=True))


def downgrade() -> None:
    """Items keep their first topic."""
    with op.batch_alter_table("news_item") as table:
        table.drop_column("also")
