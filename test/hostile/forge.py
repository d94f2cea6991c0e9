# Datagrams with forged sources (IP_HDRINCL, raw(7)): forge.py SEED RATE HOST SOURCE... . Port 0, port 53, and any other; ends with stdin.
import json, random, select, socket, struct, sys

chance = random.Random(int(sys.argv[1]))
rate, host, sources = float(sys.argv[2]), sys.argv[3], sys.argv[4:]
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
raw.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
done = {"forged": 0, "refused": 0}

name = b"\x03n15\x07cluster\x08internal\x00\x00\x01\x00\x01"
while not select.select([0], [], [], 1 / rate)[0]:
    flags = chance.choice([0x0100, 0x8180, 0x8400, 0x2000])
    query = struct.pack("!6H", chance.randrange(65536), flags, 1, 0, 0, 0) + chance.choice([name, b"\x01a\x07example\x00\x00\x01\x00\x01", bytes(20)])
    port = chance.choice([0, 0, 53, chance.randrange(65536)])
    udp = struct.pack("!HHHH", port, 53, 8 + len(query), 0) + query
    source = socket.inet_aton(chance.choice(sources))
    ip = struct.pack("!BBHHHBBH4s4s", 69, 0, 20 + len(udp), 0, 0, 64, 17, 0, source, socket.inet_aton(host))
    try:
        raw.sendto(ip + udp, (host, 0))
        done["forged"] += 1
    except OSError:
        done["refused"] += 1
print(json.dumps(done))
