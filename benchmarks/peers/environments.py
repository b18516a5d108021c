"""A virtual environment for each peer, below .bench, made once for what its folder pins."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_HERE = Path(__file__).parent
_HOME = Path(".bench")
_INSTALL_SECONDS = 240
_ADDRESS = re.compile(r"\S+://\S+|host='[^']*'")
"""Where something was looked for depends on the person's settings, and is nobody else's business."""


class NotInstalledError(Exception):
    """A peer cannot be had here; the message says why."""


def environment(peer: str) -> Path:
    """The virtual environment of a peer, made unless it is there.

    Raises:
        NotInstalledError: That failed.
    """
    home = (_HOME / peer).absolute()
    stamp, pinned = home / ".stamp", _pinned(peer)
    if stamp.exists() and stamp.read_text() == pinned:
        return home
    shutil.rmtree(home, ignore_errors=True)
    # Without pip of its own, which takes longer to install than most: the one that is there does it.
    _run([sys.executable, "-m", "venv", "--without-pip", str(home)])
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin/python"), "install", "--quiet"]
    options = ["--disable-pip-version-check", "--retries", "1", "--timeout", "15"]
    _run([*pip, *options, "--requirement", str(_HERE / peer / "requirements.txt")])
    if (manifest := _HERE / peer / "package.json").exists():
        _install_node_packages(home, manifest)
    stamp.write_text(pinned)
    return home


def _pinned(peer: str) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in ("requirements.txt", "package.json"):
        if (path := _HERE / peer / name).exists():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _install_node_packages(home: Path, manifest: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalledError("npm is not there")
    shutil.copy(manifest, home)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel", "error"]
    _run([npm, "install", "--prefix", str(home), "--fetch-retries", "1", *options])


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotInstalledError(f"not within {_INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()
        errors = [line for line in lines if line.startswith(("ERROR", "npm error"))]
        what = _ADDRESS.sub("...", errors[0])[:100] if errors else f"{Path(command[0]).name} fails"
        raise NotInstalledError(what)
