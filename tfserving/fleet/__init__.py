"""A stack's machines: what each should serve by S3 and the stack, what each says of itself, and whether that is it."""

from tfserving.fleet.document import document
from tfserving.fleet.progress import lines_of
from tfserving.fleet.reports import STALE_SECONDS, STATUS_PREFIX, Report, Row, parse_report, status_key
from tfserving.fleet.verdict import Judged, Outcome, Standing, Verdict, judge
from tfserving.fleet.wanted import MODELS_KEY, Config, Machine, Wanted

__all__ = [
    "MODELS_KEY",
    "STALE_SECONDS",
    "STATUS_PREFIX",
    "Config",
    "Judged",
    "Machine",
    "Outcome",
    "Report",
    "Row",
    "Standing",
    "Verdict",
    "Wanted",
    "document",
    "judge",
    "lines_of",
    "parse_report",
    "status_key",
]
