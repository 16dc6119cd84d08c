"""answers to news become figures, silent readers are asked"""

import sqlalchemy as sa
from alembic import op

import bot.storage.tables as types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "news_answered",
        sa.Column("item_id", types.Identity(), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["news_item.id"], name=op.f("fk_news_answered_item_id_news_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "answer", name=op.f("pk_news_answered")),
    )
    op.add_column("news_choice", sa.Column("asked_at", types.Instant(timezone=True), nullable=True))


def downgrade() -> None:
    """What is known as a figure only is lost."""
    with op.batch_alter_table("news_choice") as table:
        table.drop_column("asked_at")
    op.drop_table("news_answered")
