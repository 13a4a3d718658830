"""A virtual environment for each vendor's client, made once from its lock and kept in .cache."""

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "sdk"
SKIP = "DICTABELT_SKIP_SDK"
MINUTES = 10
# The one release that was never published as a wheel.
SOURCES = ("--only-binary", ":all:", "--no-binary", "twilio")


def environment(client: str) -> Path:
    """The Python of the client's environment.

    Several processes may ask at once: one makes it, the others wait. Fails the
    test, with the way out, where it cannot be made.
    """
    skip_where_asked()
    home = CACHE / f"{client}-{fingerprint(client)}"
    with alone(home.with_suffix(".lock")):
        if not (home / "ready").exists():
            try:
                make(home, client)
            except (subprocess.SubprocessError, OSError) as error:
                pytest.fail(
                    f"the client {client} cannot be installed; is the network there? "
                    f"{SKIP}=1 leaves its tests out.\n{told(error)}",
                    pytrace=False,
                )
    return python(home)


def skip_where_asked() -> None:
    """Skips the test where the environment says so."""
    if os.environ.get(SKIP):
        pytest.skip(f"{SKIP} is set")


def fingerprint(client: str) -> str:
    """Differs for another lock and for another interpreter."""
    locks = (HERE / "build.txt").read_bytes() + (HERE / f"{client}.txt").read_bytes()
    interpreter = f"{sys.implementation.cache_tag} {sysconfig.get_platform()} {sys.base_prefix}"
    return sha256(locks + interpreter.encode()).hexdigest()[:12]


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Holds the lock, which the system frees when its holder dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make(home: Path, client: str) -> None:
    """Installs the lock into a new environment; a stamp says that all of it is there."""
    shutil.rmtree(home, ignore_errors=True)
    uv = shutil.which("uv")
    if uv:
        run(uv, "venv", "--quiet", "--python", sys.executable, str(home))
        installer = [uv, "pip", "install", "--quiet", "--python", str(python(home))]
    else:
        run(sys.executable, "-m", "venv", "--without-pip", str(home))
        into = ("--python", str(python(home)))
        # a client is thousands of modules, of which a test imports some
        installer = [sys.executable, "-m", "pip", *into, "install", "--quiet", "--no-compile"]
    locked = (*installer, "--require-hashes", "--no-deps", *SOURCES)
    run(*locked, "-r", str(HERE / "build.txt"))
    run(*locked, "--no-build-isolation", "-r", str(HERE / f"{client}.txt"))
    (home / "ready").touch()


def run(*line: str) -> None:
    # a pip.conf with `user = true` would refuse any environment
    surroundings = {**os.environ, "PIP_USER": "0", "PYTHONPATH": ""}
    subprocess.run(line, check=True, capture_output=True, timeout=60 * MINUTES, env=surroundings)


def python(home: Path) -> Path:
    return home / "bin" / "python"


def told(error: Exception) -> str:
    """What the installer said last."""
    said = getattr(error, "stderr", None) or str(error).encode()
    return str(said.decode(errors="replace"))[-2_000:]
