"""What is counted, and how a month's report is drafted, checked, frozen and received; pure."""
