"""Time one process from a parent as small as possible, and report the result on a pipe.

On Linux a new process starts with the peak memory of its parent, so a large parent would hide the memory of a
small child. Run as `python -I -S stopwatch.py FD COMMAND...`; it writes to FD the nanoseconds,
the exit status, the peak memory of the command, and its own, both in KiB. The peak is that of the largest
process among the command and the children it waited for, not their sum.
"""

import os
import sys
import time


def main(report: int, command: list[str]) -> None:
    """Run ``command`` and write the four numbers to the file descriptor ``report``."""
    unit = 1024 if sys.platform == "darwin" else 1  # macOS counts bytes, Linux KiB
    os.set_inheritable(report, False)
    start = time.perf_counter_ns()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    elapsed = time.perf_counter_ns() - start
    with open("/proc/self/status" if unit == 1 else os.devnull, encoding="ascii") as file:
        own = next((int(line.split()[1]) for line in file if line.startswith("VmHWM")), 0)
    code = os.waitstatus_to_exitcode(status)
    os.write(report, f"{elapsed} {code} {usage.ru_maxrss // unit} {own}".encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
