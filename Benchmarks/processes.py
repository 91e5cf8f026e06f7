"""Starting and ending what a benchmark needs: every process ends with the `Room` that started it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

# Beside the sources a folder may be closed to the database's user, and /tmp may be memory: this is a disk.
SCRATCH = "/var/tmp"


class Failed(Exception):
    """One sentence on why there is no result."""


class Room(ExitStack):
    """A folder and the processes in it; both are gone when it closes."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tallystick-bench-", dir=SCRATCH))
        self.folder.chmod(0o711)
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)
        return super().__enter__()

    def start(self, command, name, **options) -> subprocess.Popen:
        log = self.enter_context((self.folder / f"{name}.log").open("ab"))
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, start_new_session=True, **options)
        self.callback(stop, process)
        return process

    def log(self, name) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]


def stop(process: subprocess.Popen, signal_number=signal.SIGTERM) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal_number)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its own group: start_new_session
        process.wait()


def run(command, timeout=120, **options) -> str:
    """What the command prints; `Failed` with its last words when it refuses."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=timeout,
                              stdin=None if "input" in options else subprocess.DEVNULL, **options)
    except FileNotFoundError as error:
        raise Failed(f"{words[0]} is not there: scripts/setup bench installs it") from error
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{' '.join(words)[:200]}: not done after {timeout} s") from error
    if done.returncode:
        raise Failed(f"{' '.join(words)[:200]}: {done.stderr.strip()[-1500:] or done.stdout.strip()[-1500:]}")
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(process: subprocess.Popen, url: str, seconds: float = 20) -> float:
    """Seconds until the address first answers."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if process.poll() is not None:
            raise Failed(f"{process.args[0]} ended with {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return time.monotonic() - begin
        except urllib.error.HTTPError:
            return time.monotonic() - begin
        except OSError:
            time.sleep(0.004)
    raise Failed(f"{url} did not answer within {seconds} s")


def post(url: str, key: str, body: dict) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.HTTPError as error:
        raise Failed(f"{url} answered {error.code}: {error.read(500).decode(errors='replace')}") from error


def cpu_seconds(pid: int, with_ended: bool = False) -> float:
    """As user and system; `with_ended` with its children that have ended (proc(5): utime … cstime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
