"""What is served, changed step by step: in the file that is reviewed, or in the bucket by whoever decides."""

from tfserving.changes.differences import Difference, differences
from tfserving.changes.history import Version, history
from tfserving.changes.in_bucket import Applied, ModelsConfig
from tfserving.changes.in_file import FileEdit, edit_file
from tfserving.changes.steps import Change, ChangeError, add, promote, restore, retire, roll_back

__all__ = [
    "Applied",
    "Change",
    "ChangeError",
    "Difference",
    "FileEdit",
    "ModelsConfig",
    "Version",
    "add",
    "differences",
    "edit_file",
    "history",
    "promote",
    "restore",
    "retire",
    "roll_back",
]
