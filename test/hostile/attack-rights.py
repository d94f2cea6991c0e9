# A hostile user on a Unix socket: attack-rights.py SEED RATE PATH. Sends what only Unix sockets carry beside bytes (unix(7)): open
# descriptors, urgent bytes, credentials, nothing at all. Ends with stdin.
import array, json, os, random, select, socket, struct, sys

chance = random.Random(int(sys.argv[1]))
rate, path = float(sys.argv[2]), sys.argv[3]
done = {}
ask = bytes.fromhex("0000000982a2696404a26f7063")
own = [os.open("/dev/null", os.O_RDONLY) for _ in range(200)]
pair = socket.socketpair()


def descriptors(one):
    for _ in range(20):
        one.sendmsg([ask], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", own))])


def in_turn(one):
    # A socket that holds itself: descriptors on their way that no process has.
    one.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [one.fileno(), pair[0].fileno()]))])


def credentials(one):
    one.sendmsg([ask], [(socket.SOL_SOCKET, 2, struct.pack("3i", os.getpid(), os.getuid(), os.getgid()))])


def urgent(one):
    for byte in ask * 50:
        one.send(bytes([byte]), socket.MSG_OOB if chance.random() < 0.3 else 0)


def nothing(one):
    for _ in range(100):
        one.send(b"")


def queue(one):
    # Fills the queue of those that wait to be accepted, and leaves.
    for _ in range(100):
        other = socket.socket(socket.AF_UNIX)
        other.setblocking(False)
        try:
            other.connect(path)
        except OSError:
            pass
        other.close()


acts = [descriptors, in_turn, credentials, urgent, nothing, queue]
kept = []
while not select.select([0], [], [], 1 / rate)[0]:
    act = chance.choice(acts)
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(1)
    try:
        one.connect(path)
        act(one)
        done[act.__name__] = done.get(act.__name__, 0) + 1
    except OSError as error:
        what = "error " + str(error.errno)
        done[what] = done.get(what, 0) + 1
    kept.append(one)
    if len(kept) > 50:
        kept.pop(0).close()
print(json.dumps(done))
