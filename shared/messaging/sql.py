"""The messaging statements by name."""

from pathlib import Path

from shared.db.rows import load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))
