"""Acts and reads: models and values in, never a request; only transaction() commits."""

import os

# The signing library brings lxml, and openpyxl would take it: our limits on spreadsheets are tried with defusedxml.
os.environ["OPENPYXL_LXML"] = "False"
