"""Boards: the table of boards, the build plan and its run, measurements, reports, programming."""
