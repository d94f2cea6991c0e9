"""A terminal with a person: runs the command of its arguments on a terminal of its own, and prints what the terminal shows, then
`exit code N` or `signal N`. Standard input is what is typed: all of it at once and before any question, but what stands behind a zero
byte only after one more question, which ends in `? `."""
import os
import pty
import sys

ahead, *later = sys.stdin.buffer.read().split(b"\0")
pid, terminal = pty.fork()
if pid == 0:
    # The command waits until it is typed.
    os.execvp("sh", ["sh", "-c", 'read -r begin; exec "$@"', "sh", *sys.argv[1:]])
os.write(terminal, b"begin\n" + ahead)
shown = b""
questions = 0
while True:
    try:
        chunk = os.read(terminal, 4096)
    except OSError:
        break
    if not chunk:
        break
    shown += chunk
    while later and shown.count(b"? ") > questions:
        questions += 1
        os.write(terminal, later.pop(0))
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.decode().replace("\r\n", "\n"))
if os.WIFSIGNALED(status):
    print(f"signal {os.WTERMSIG(status)}")
else:
    print(f"exit code {os.WEXITSTATUS(status)}")
