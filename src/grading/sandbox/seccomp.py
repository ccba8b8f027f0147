"""Refuse the system calls that a kernel never needs and an attack might.

A filter of the Linux kernel (seccomp, classic BPF), without a library: the program is a dozen
instructions. What is refused: new namespaces, mounts and memory that no process maps (they could
hold more than the limits allow), tracing other processes, keys, BPF, io_uring. It cannot be taken
off again.
"""

import ctypes
import errno
import os
import platform
import struct

# Numbers of the calls on the two architectures (linux/arch/*/syscall tables).
# io_uring, the new mount calls, memfd_secret
_COMMON = (425, 426, 427, 428, 429, 430, 431, 432, 433, 442, 447)
_REFUSED = {
    # unshare setns mount umount2 pivot_root ptrace process_vm_readv process_vm_writev
    # add_key request_key keyctl bpf perf_event_open userfaultfd
    # memfd_create shmget msgget
    "x86_64": (
        *(272, 308, 165, 166, 155, 101, 310, 311, 248, 249, 250, 321, 298, 323),
        *(319, 29, 68),
        *_COMMON,
    ),
    "aarch64": (
        *(97, 268, 40, 39, 41, 117, 270, 271, 217, 218, 219, 280, 241, 282),
        *(279, 194, 186),
        *_COMMON,
    ),
}
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_X32 = 0x40000000  # the second table of numbers of x86_64
_NAMESPACES = 0x7E020000 | 0x80  # all CLONE_NEW... flags

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2


def refuse() -> None:
    """Install the filter for this process and all that it starts.

    Raises:
        OSError: the machine is neither x86_64 nor aarch64, or its kernel has no seccomp.
    """
    machine = platform.machine()
    if machine not in _REFUSED:
        raise OSError(f"there is no system call filter for {machine}")
    program = b"".join(_program(machine))
    buffer = ctypes.create_string_buffer(program)
    filter_ = struct.pack("HL", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    pointer = ctypes.create_string_buffer(filter_)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        _PR_SET_SECCOMP, _MODE_FILTER, pointer, 0, 0
    ):
        code = ctypes.get_errno()
        raise OSError(code, f"no system call filter: {os.strerror(code)}")


def _program(machine: str) -> list[bytes]:
    """Return the filter: load a field, compare, return."""
    refused = _RETURN, 0, 0, 0x00050000 | errno.EPERM
    missing = _RETURN, 0, 0, 0x00050000 | errno.ENOSYS
    code = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        refused,
        # The C library falls back to clone, whose flags can be read, when clone3 is missing.
        (_EQUAL, 0, 1, _CLONE3),
        missing,
    ]
    for number in _REFUSED[machine]:
        code += [(_EQUAL, 0, 1, number), refused]
    code += [
        (_EQUAL, 0, 3, _CLONE[machine]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 0, 1, _NAMESPACES),
        refused,
        (_RETURN, 0, 0, _ALLOW),
    ]
    return [struct.pack("HBBI", *instruction) for instruction in code]
