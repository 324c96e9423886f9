"""Makes the clock of a process wrong: on PYTHONPATH, with FAULTS_SKEW in seconds.

libfaketime would do it from outside, but Python sleeps by a call that it refuses (EINVAL, version 0.9.10). The clock
that waits are measured by stays right here, as it does on a host whose time of day is wrong.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(seconds=float(os.environ["FAULTS_SKEW"])), tick=True).start()
