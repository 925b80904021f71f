"""What a machine is told at boot, rendered from plain values: user-data, compose project, environment."""

from tfserving.machine.compose import render_compose
from tfserving.machine.plan import MachinePlan
from tfserving.machine.user_data import MOST_BYTES, render_user_data

__all__ = ["MOST_BYTES", "MachinePlan", "render_compose", "render_user_data"]
