"""A filter of system calls: no network, no new process or thread, no signals, no other processes.

The filter is a small BPF program (`man 2 seccomp`); it refuses what is listed with EPERM and
lets everything else through. Numbers are those of `unistd.h` of each machine.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_NO_NEW_PRIVILEGES: Final = 38
_SET_FILTER, _ALL_THREADS = 1, 1
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _MACHINE_AT = 0, 4
_X32: Final = 0x40000000


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine's word for itself in a filter, the call that sets one, and what is refused."""

    audit: int
    seccomp: int
    refused: Mapping[str, int]


_SAME: Final = {
    **{"clone3": 435, "pidfd_open": 434, "pidfd_send_signal": 424, "pidfd_getfd": 438},
    **{"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427},
    **{"open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432},
    **{"fspick": 433, "mount_setattr": 442, "process_madvise": 440},
}
"""Calls that came after the machines agreed on numbers."""

_X86: Final = {
    **{"socket": 41, "connect": 42, "accept": 43, "sendto": 44, "sendmsg": 46, "bind": 49},
    **{"listen": 50, "socketpair": 53, "accept4": 288, "sendmmsg": 307},
    **{"clone": 56, "fork": 57, "vfork": 58, "execve": 59, "execveat": 322},
    **{"kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297},
    **{"ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312},
    **{"setrlimit": 160, "prlimit64": 302, "setpriority": 141, "sched_setaffinity": 203},
    **{"setuid": 105, "setgid": 106, "setreuid": 113, "setregid": 114, "setresuid": 117},
    **{"setresgid": 119, "setfsuid": 122, "setfsgid": 123, "setgroups": 116, "capset": 126},
    **{"mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272},
    **{"setns": 308, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "reboot": 169},
    **{"add_key": 248, "request_key": 249, "keyctl": 250, "open_by_handle_at": 304},
    **{"init_module": 175, "delete_module": 176, "finit_module": 313, "swapon": 167},
    **{"settimeofday": 164, "clock_settime": 227, "clock_adjtime": 305, "adjtimex": 159},
    **{"shmget": 29, "shmat": 30, "msgget": 68, "semget": 64, "mq_open": 240},
    **{"chmod": 90, "fchmod": 91, "fchmodat": 268, "chown": 92, "fchown": 93, "fchownat": 260},
    **{"utimensat": 280, "setxattr": 188, "iopl": 172, "ioperm": 173, "kexec_load": 246},
}
_ARM: Final = {
    **{"socket": 198, "socketpair": 199, "bind": 200, "listen": 201, "accept": 202},
    **{"connect": 203, "sendto": 206, "sendmsg": 211, "accept4": 242, "sendmmsg": 269},
    **{"clone": 220, "execve": 221, "execveat": 281},
    **{"kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240},
    **{"ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272},
    **{"setrlimit": 164, "prlimit64": 261, "setpriority": 140, "sched_setaffinity": 122},
    **{"setuid": 146, "setgid": 144, "setreuid": 145, "setregid": 143, "setresuid": 147},
    **{"setresgid": 149, "setfsuid": 151, "setfsgid": 152, "setgroups": 159, "capset": 91},
    **{"mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97},
    **{"setns": 268, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "reboot": 142},
    **{"add_key": 217, "request_key": 218, "keyctl": 219, "open_by_handle_at": 265},
    **{"init_module": 105, "delete_module": 106, "finit_module": 273, "swapon": 224},
    **{"settimeofday": 170, "clock_settime": 112, "clock_adjtime": 266, "adjtimex": 171},
    **{"shmget": 194, "shmat": 196, "msgget": 186, "semget": 190, "mq_open": 180},
    **{"fchmod": 52, "fchmodat": 53, "fchown": 55, "fchownat": 54, "utimensat": 88},
    **{"setxattr": 5, "kexec_load": 104},
}
MACHINES: Final[Mapping[str, Machine]] = MappingProxyType(
    {
        "x86_64": Machine(0xC000003E, 317, MappingProxyType({**_SAME, **_X86})),
        "aarch64": Machine(0xC00000B7, 277, MappingProxyType({**_SAME, **_ARM})),
    }
)
"""The machines that the filter is written for."""


def no_new_privileges() -> str:
    """Let no program that is started gain rights; return why not, empty when it is done."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return f"the kernel refuses ({os.strerror(ctypes.get_errno())})"
    return ""


def deny() -> str:
    """Put up the filter for all threads; return why not, empty when it is done."""
    machine = MACHINES.get(os.uname().machine)
    if machine is None:
        return f"there is no filter for {os.uname().machine}"
    libc = ctypes.CDLL(None, use_errno=True)
    filters = program(machine)
    held = ctypes.create_string_buffer(filters)
    told = struct.pack("HxxxxxxP", len(filters) // 8, ctypes.addressof(held))
    if libc.syscall(machine.seccomp, _SET_FILTER, _ALL_THREADS, told):
        return f"the kernel refuses ({os.strerror(ctypes.get_errno())})"
    return ""


def program(machine: Machine) -> bytes:
    """Return the BPF program: another machine's calls end the process, listed ones get EPERM."""
    numbers = sorted(machine.refused.values())
    lines = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, len(numbers) + 1, 0, _X32),
    ]
    lines += [(_EQUAL, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)
