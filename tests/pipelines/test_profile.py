import subprocess
import sys

from pipelines.engine import profile

DAEMON = """
import subprocess, sys
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
        own, ended = profile._cpu_seconds(daemon.pid)
        daemon.communicate("")
    assert own < 5
    assert 0.4 <= ended < 5  # ticks are hundredths
