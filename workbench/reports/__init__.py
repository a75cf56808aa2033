"""What readers receive: figures, tables, reports, workbooks, minutes."""
