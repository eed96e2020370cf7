"""A disk that loses power and fails on command, under a real kernel's ext4.

The disk is one file of a FUSE file system, which a thread of this process serves by the kernel's
protocol on /dev/fuse; a loop device makes a block device of it, and ext4 is on that. What the file
system has not flushed is only in this process. At a power loss a legal part of it stays, 512 bytes
at a time: none, all, any subset, or the writes up to one of them. After that, and while it is told
to fail, the disk answers EIO.

Everything is mounted, so the process wants its own mount namespace, and root: see mounts.py.
"""

import ctypes
import errno
import os
import struct
import subprocess
import threading

from mounts import run

_SECTOR_BYTES = 512
_WRITE_BYTES_MAX = 1 << 17
_NODE_ROOT, _NODE_DISK = 1, 2
_NAME = b"disk"

# Of include/uapi/linux/fuse.h.
_IN_HEADER = struct.Struct("<IIQQIIIHH")
_OUT_HEADER = struct.Struct("<IiQ")
_ATTRIBUTES = struct.Struct("<6Q10I")
_LOOKUP, _FORGET, _GETATTR, _OPEN, _READ, _WRITE, _STATFS = 1, 2, 3, 14, 15, 16, 17
_RELEASE, _FSYNC, _FLUSH, _INIT, _INTERRUPT, _BATCH_FORGET = 18, 20, 25, 26, 36, 42
_OPEN_DIRECT_IO = 1
_INIT_BIG_WRITES, _INIT_MAX_PAGES = 1 << 5, 1 << 22


class LossyDisk:
    """One disk, empty at first. `choices` decides what a power loss leaves."""

    def __init__(self, folder, size_bytes, choices):
        self._fuse_folder = os.path.join(folder, "fuse")
        self.folder = os.path.join(folder, "mnt")
        self._lock = threading.Lock()
        self._now = bytearray(size_bytes)  # As the file system sees it.
        self._flushed = bytearray(size_bytes)
        self._pending = []  # Writes since the last flush: (position, bytes), in order.
        self._choices = choices
        self._writes_until_loss = None
        self._writes_until_failure = 0
        self._failing_writes = 0
        self._is_dead = False
        self.lost = threading.Event()
        self.flush_count = 0
        self.failed_count = 0
        os.mkdir(self._fuse_folder)
        os.mkdir(self.folder)
        self._descriptor = os.open("/dev/fuse", os.O_RDWR)
        self._mount_fuse()
        threading.Thread(target=self._serve, daemon=True).start()
        self._file = os.path.join(self._fuse_folder, _NAME.decode())
        options = "lazy_itable_init=0,lazy_journal_init=0,nodiscard"
        run("mkfs.ext4", "-q", "-F", "-b", "4096", "-J", "size=4", "-E", options, self._file)
        self.attach()

    def attach(self):
        """Mounts what is on the disk, which replays the journal."""
        run("mount", "-o", "loop", "-t", "ext4", self._file, self.folder)

    def detach(self):
        """Unmounts, which writes what the kernel has, if the disk takes it."""
        run("umount", self.folder)

    def lose_power_after(self, writes):
        """From the `writes`-th write from now on nothing reaches the disk."""
        with self._lock:
            self._writes_until_loss = writes

    def lose_power(self):
        with self._lock:
            self._lose_power()

    def fail_writes_after(self, writes, count):
        """From the `writes`-th write from now on `count` of them fail; later ones do not."""
        with self._lock:
            self._writes_until_failure = writes
            self._failing_writes = count

    def restore_power(self):
        """Call it when the disk is detached."""
        with self._lock:
            self._now = bytearray(self._flushed)
            self._is_dead = False
            self._writes_until_loss = None
            self._failing_writes = 0
            self._pending = []
            self.lost.clear()

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["umount", "-l", self._fuse_folder], check=False, stderr=subprocess.DEVNULL)

    def _mount_fuse(self):
        libc = ctypes.CDLL(None, use_errno=True)
        options = "fd=%d,rootmode=40000,user_id=0,group_id=0" % self._descriptor
        arguments = [word.encode() for word in ("lossy", self._fuse_folder, "fuse")]
        if libc.mount(*arguments, 0, options.encode()) != 0:
            raise OSError(ctypes.get_errno(), "mount of a FUSE file system")

    def _lose_power(self):
        """What the disk has from now on, for good."""
        if self._is_dead:
            return
        mode = self._choices.choice(("none", "all", "subset", "subset", "prefix"))
        pending = self._pending
        if mode == "prefix":
            pending = pending[: self._choices.randrange(len(pending) + 1)]
        for position, data in pending if mode != "none" else ():
            for begin in range(0, len(data), _SECTOR_BYTES):
                if mode == "subset" and self._choices.random() < 0.5:
                    continue
                sector = data[begin : begin + _SECTOR_BYTES]
                self._flushed[position + begin : position + begin + len(sector)] = sector
        self._is_dead = True
        self.lost.set()

    def _write(self, position, data):
        if self._writes_until_loss is not None and not self._is_dead:
            self._writes_until_loss -= 1
            if self._writes_until_loss <= 0:
                self._lose_power()
        self._writes_until_failure -= 1
        if self._failing_writes > 0 and self._writes_until_failure <= 0:
            self._failing_writes -= 1
            self.failed_count += 1
            return -errno.EIO, b""
        if self._is_dead:
            return -errno.EIO, b""
        self._now[position : position + len(data)] = data
        self._pending.append((position, data))
        return 0, struct.pack("<II", len(data), 0)

    def _flush(self):
        if self._is_dead:
            return -errno.EIO, b""
        for position, data in self._pending:
            self._flushed[position : position + len(data)] = data
        self._pending = []
        self.flush_count += 1
        return 0, b""

    def _attributes(self, node):
        is_disk = node == _NODE_DISK
        size = len(self._now) if is_disk else 0
        mode = 0o100600 if is_disk else 0o40700
        return _ATTRIBUTES.pack(
            node, size, size // _SECTOR_BYTES, *[0] * 6, mode, 1, 0, 0, 0, 4096, 0
        )

    def _answer(self, kind, node, body):
        if kind == _INIT:
            flags = _INIT_BIG_WRITES | _INIT_MAX_PAGES
            sizes = struct.pack("<HHIIHHI", 16, 12, _WRITE_BYTES_MAX, 1, 32, 0, 0)
            return 0, (struct.pack("<IIII", 7, 31, 1 << 16, flags) + sizes).ljust(64, b"\0")
        if kind == _LOOKUP:
            if body != _NAME + b"\0":
                return -errno.ENOENT, b""
            return 0, struct.pack("<QQQQII", _NODE_DISK, 0, 0, 3600, 0, 0) + self._attributes(2)
        if kind == _GETATTR:
            return 0, struct.pack("<QII", 3600, 0, 0) + self._attributes(node)
        if kind == _OPEN:
            return 0, struct.pack("<QIi", 0, _OPEN_DIRECT_IO, 0)
        if kind == _READ:
            _, position, size = struct.unpack_from("<QQI", body)
            return 0, bytes(self._now[position : position + size])
        if kind == _WRITE:
            _, position, size = struct.unpack_from("<QQI", body)
            return self._write(position, body[40 : 40 + size])
        if kind == _FSYNC:
            return self._flush()
        if kind in (_FLUSH, _RELEASE):
            return 0, b""
        if kind == _STATFS:
            return 0, struct.pack("<5Q4I24x", 0, 0, 0, 0, 0, 4096, 255, 4096, 0)
        return -errno.EOPNOTSUPP, b""

    def _serve(self):
        while True:
            try:
                request = os.read(self._descriptor, _WRITE_BYTES_MAX + 4096)
            except OSError as error:
                if error.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                    continue
                return  # It was unmounted.
            _, kind, unique, node, *_ = _IN_HEADER.unpack_from(request)
            if kind in (_FORGET, _BATCH_FORGET, _INTERRUPT):
                continue
            with self._lock:
                error_number, out = self._answer(kind, node, request[_IN_HEADER.size :])
            header = _OUT_HEADER.pack(_OUT_HEADER.size + len(out), error_number, unique)
            try:
                os.write(self._descriptor, header + out)
            except OSError as error:
                if error.errno != errno.ENOENT:  # The request was interrupted.
                    return
