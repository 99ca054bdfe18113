"""What the kernel of the machine refuses this process, whatever a file makes a library do.

Python's own hook sees Python only. Landlock leaves it the programs and fonts of the system to read
and nothing else: no key, no file of anybody, nothing to write. Seccomp leaves it no socket, no
other program and no look into other processes. Where a kernel lacks one of them, the other stands.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_FOLDER = 1, 4, 8
_FOLDERS = ("/usr", "/lib", "/lib64", "/etc/fonts")
_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/urandom", "/dev/zero")
_REFUSED = {
    # ptrace, process_vm_readv, process_vm_writev, socket, connect, execve, execveat, io_uring_setup
    "x86_64": (0xC000003E, (101, 310, 311, 41, 42, 59, 322, 425)),
    "aarch64": (0xC00000B7, (117, 270, 271, 198, 203, 221, 281, 425)),
}
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_SECOND_SET = 0x40000000
"""From here on x86-64 numbers its calls a second time (x32)."""
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000


def stand() -> list[str]:
    """Put the walls up; which of them stand. They cannot be taken down again."""
    system = ctypes.CDLL(None, use_errno=True)
    if system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return []
    walls = []
    if _landlock(system):
        walls.append("files")
    if _seccomp(system):
        walls.append("calls")
    return walls


def _landlock(system: ctypes.CDLL) -> bool:
    version = int(system.syscall(_CREATE, None, ctypes.c_size_t(0), 1))
    if version < 1:
        return False
    rights = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    network = struct.pack("=Q", 3) if version >= 4 else b""
    wanted = struct.pack("=Q", rights) + network
    rules = int(system.syscall(_CREATE, wanted, ctypes.c_size_t(len(wanted)), 0))
    if rules < 0:
        return False
    try:
        for path, allowed in _readable():
            _allow(system, rules, path, allowed)
        return int(system.syscall(_RESTRICT, rules, 0)) == 0
    finally:
        os.close(rules)


def _readable() -> Iterator[tuple[str, int]]:
    ours = Path(__file__).resolve().parents[2]
    for folder in (*_FOLDERS, sys.prefix, sys.base_prefix, str(ours)):
        yield folder, _EXECUTE | _READ_FILE | _READ_FOLDER
    for file in _FILES:
        yield file, _READ_FILE


def _allow(system: ctypes.CDLL, rules: int, path: str, allowed: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = struct.pack("=Qi", allowed, place)
        system.syscall(_ADD, rules, _PATH_BENEATH, rule, 0)
    finally:
        os.close(place)


def _seccomp(system: ctypes.CDLL) -> bool:
    known = _REFUSED.get(platform.machine())
    if known is None:
        return False
    machine, refused = known
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    steps += [(_AT_LEAST, 0, 1, _SECOND_SET), (_RETURN, 0, 0, _KILL)]
    for number in refused:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    steps.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    return int(system.prctl(_SET_SECCOMP, _FILTER, program, 0, 0)) == 0
