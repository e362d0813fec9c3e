import subprocess
import sys

from pipelines.engine.profile import seconds_below

DAEMON = """
import os, subprocess, sys, time
subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < .5: pass"])
print("ended", flush=True)
sys.stdin.read()
"""


def test_the_processor_of_workers_that_have_ended_is_counted() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DAEMON], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as daemon:
        assert daemon.stdout is not None
        daemon.stdout.readline()
        assert 0.4 <= seconds_below(daemon.pid, []) < 5
        assert seconds_below(1, [daemon.pid]) >= 0.4  # ticks are hundredths
        daemon.communicate("")
