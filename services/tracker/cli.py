"""`jianyi tracker`."""

from shared.cli import command_line

app = command_line("tracker", "Cases, clocks, replies, ratings, supervision.", __file__)
