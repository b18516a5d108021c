"""A process that reaches nothing but itself: peers would ask for updates, or tell that they are used."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_GET_FLAGS, _SET_FLAGS = 0x8913, 0x8914
_IS_UP = 1


def isolate() -> bool:
    """Leave this process and all that it starts a loopback of their own, and no other network.

    Returns:
        Whether that was done: it takes Linux, and that users may make namespaces. Before threads only.
    """
    trial = os.fork()
    if not trial:
        os._exit(not _isolate())
    if os.waitpid(trial, 0)[1] != 0:
        return False
    return _isolate()


def _isolate() -> bool:
    user, group = os.getuid(), os.getgid()
    try:
        if ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NETWORK) != 0:
            return False
        _map_to_itself(user, group)
        _switch_loopback_on()
    except (AttributeError, OSError, TypeError):
        return False
    return True


def _map_to_itself(user: int, group: int) -> None:
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _switch_loopback_on() -> None:
    with socket.socket() as control:
        name = b"lo"
        answer = fcntl.ioctl(control, _GET_FLAGS, struct.pack("16sH14x", name, 0))
        (flags,) = struct.unpack_from("H", answer, 16)
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sH14x", name, flags | _IS_UP))
