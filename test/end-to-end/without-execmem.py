"""Becomes the program of its arguments, where the kernel refuses memory that may be executed and is no file's: as SELinux does
without the permission execmem, and systemd with MemoryDenyWriteExecute=yes. By a filter of system calls (seccomp(2))."""

import ctypes
import errno
import os
import platform
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
MMAP, MPROTECT = {"x86_64": (9, 10), "aarch64": (222, 226)}[platform.machine()]
NUMBER, PROTECTION, FLAGS = 0, 16 + 2 * 8, 16 + 3 * 8  # where struct seccomp_data has them
PROT_EXEC, MAP_ANONYMOUS = 4, 0x20
LOAD, IF_EQUAL, IF_SET, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES

# Each: code, how many statements to jump over if so, and if not, value.
FILTER = [
    (LOAD, 0, 0, NUMBER),
    (IF_EQUAL, 3, 0, MPROTECT),
    (IF_EQUAL, 0, 5, MMAP),
    (LOAD, 0, 0, FLAGS),
    (IF_SET, 0, 3, MAP_ANONYMOUS),
    (LOAD, 0, 0, PROTECTION),
    (IF_SET, 0, 1, PROT_EXEC),
    (RETURN, 0, 0, REFUSE),
    (RETURN, 0, 0, ALLOW),
]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("statements", ctypes.c_char_p)]


code = b"".join(struct.pack("=HBBI", *statement) for statement in FILTER)
prctl = ctypes.CDLL(None, use_errno=True).prctl
prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]
if prctl(PR_SET_NO_NEW_PRIVS, 1, None, 0, 0) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
if prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(Program(len(FILTER), code)), 0, 0) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
