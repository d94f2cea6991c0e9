"""Stands in for systemd: binds the datagram socket NAME (`@` for an abstract one), says `bound`, and prints for each notification
the process that sent it and what it says, as a line of JSON."""

import json
import socket
import struct
import sys

name = sys.argv[1]
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
heard.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
print("bound", flush=True)
while True:
    data, control, _, _ = heard.recvmsg(4096, socket.CMSG_SPACE(12))
    pid = struct.unpack("iII", control[0][2][:12])[0]
    print(json.dumps({"pid": pid, "text": data.decode()}), flush=True)
