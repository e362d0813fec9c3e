"""Another time for every Python process that has this folder on its PYTHONPATH.

SQL and Java keep the real time: what they note by it decides nothing that a day does.
"""

import os
from datetime import timedelta

import time_machine

# A distance, and not a moment: processes that start one after the other agree on the time.
time_machine.travel(timedelta(seconds=float(os.environ["CLOCK_AHEAD_SECONDS"]))).start()
