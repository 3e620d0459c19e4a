"""Proofs that would do harm: forge a verdict, end the run, outlive it, write elsewhere, take much.

Each is False at its end, except those that ask for much, which are True if they get it. `MAIN` is
the process that runs all proofs, `HERE` a folder with `outer/file` in it, `NAME` the proof's own.
"""

from dataclasses import dataclass
from enum import StrEnum


class Harm(StrEnum):
    """What is seen after a run in which something went wrong."""

    FORGED = "a false proof counts as true"
    OTHER = "another proof has not the answer that it gives"
    ENDED = "the run ended without answers"
    SURVIVES = "a process is left"
    WRITTEN = "files outside are not as they were"


@dataclass(frozen=True)
class Hostile:
    """A proof that would do harm.

    Attributes:
        name: in words.
        code: what it runs.
        harm: what it does where nothing protects.
    """

    name: str
    code: str
    harm: Harm


BEGIN = """
import ast, builtins, contextlib, ctypes, fcntl, gc, mmap, os, pathlib, resource, shutil, signal
import socket, sqlite3, stat, subprocess, sys, threading, time, traceback
MAIN, HERE, NAME = {main}, {here!r}, {name!r}
OUTER = f"{{HERE}}/outer/file"


def answers():
    # Whatever is open and could be where the answer goes.
    for number in map(int, os.listdir("/proc/self/fd")):
        with contextlib.suppress(OSError):
            mode = os.fstat(number).st_mode
            reads = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
            if not reads and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
                yield number


def say_true(write=os.write):
    for number in answers():
        with contextlib.suppress(OSError):
            write(number, b"true")


def parent_of(process):
    return int(open(f"/proc/{{process}}/stat").read().rpartition(")")[2].split()[1])


def ancestors():
    # The one that runs all proofs is the first.
    found = [os.getppid()]
    while found[-1] not in (MAIN, 0, 1):
        found.append(parent_of(found[-1]))
    return found[::-1]


def relatives():
    # Every process that the run has started, but this one and those that it stems from.
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            line = [int(name)]
            while line[-1] not in (MAIN, 0):
                line.append(parent_of(line[-1]))
            if line[-1] == MAIN and line[0] not in (MAIN, os.getpid(), *ancestors()):
                yield line[0]


def frames():
    frame = sys._getframe(1)
    while frame := frame.f_back:
        yield frame


def leave():
    # A copy of this process in a session of its own, where who ends this one does not reach it.
    ready, left = os.pipe()
    if copy := os.fork():
        os.close(left)
        os.read(ready, 1)
        return copy
    os.setsid()
    os.write(left, b"x")
    return 0


def each(processes, does, *arguments):
    for process in processes:
        with contextlib.suppress(OSError):
            does(process, *arguments)


"""

# --- a false proof counts as true -----------------------------------------------------------------

_FORGED = {
    "it writes into all that is open": "say_true()\ntime.sleep(1)\nFalse",
    "it writes again and again": "for _ in range(50):\n    say_true()\n    time.sleep(0.01)\nFalse",
    "it opens what is open once more": """
for number in answers():
    with contextlib.suppress(OSError):
        with open(f"/proc/self/fd/{number}", "wb") as pipe:
            pipe.write(b"true")
time.sleep(1)
False""",
    "it opens a device of what is open": """
for number in answers():
    with contextlib.suppress(OSError):
        with open(f"/dev/fd/{number}", "wb") as pipe:
            pipe.write(b"true")
time.sleep(1)
False""",
    "it writes with the system's own library": """
write = ctypes.CDLL(None).write
for number in answers():
    write(number, b"true", 4)
time.sleep(1)
False""",
    "it writes all with one call": "say_true(lambda n, data: os.writev(n, [data]))\n"
    "time.sleep(1)\nFalse",
    "a thread writes": "threading.Thread(target=say_true).start()\ntime.sleep(1)\nFalse",
    "a process that it forks writes": """
if not os.fork():
    say_true()
    os._exit(0)
time.sleep(1)
False""",
    "a program that it starts writes": """
open_ones = list(answers())
for number in open_ones:
    words = ["sh", "-c", f"printf true >&{number}"]
    subprocess.run(words, pass_fds=open_ones, stderr=subprocess.DEVNULL)
time.sleep(1)
False""",
    "a signal writes": """
signal.signal(signal.SIGALRM, lambda *_: say_true())
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
time.sleep(1)
False""",
    "an audit hook writes": """
sys.addaudithook(lambda event, _: say_true() if event == "compile" else None)
compile("1", "x", "eval")
time.sleep(1)
False""",
    "the collector of garbage writes": """
gc.callbacks.append(lambda *_: say_true())
gc.collect()
time.sleep(1)
False""",
    "an exception writes when it is told": """
class Told(Exception):
    def __str__(self):
        say_true()
        time.sleep(1)
        return ""
raise Told
False""",
    "a class writes when its name is asked for": """
class Named(type):
    def __getattribute__(cls, name):
        if name == "__name__":
            say_true()
            time.sleep(1)
        return type.__getattribute__(cls, name)
class Value(metaclass=Named): pass
Value()""",
    "it sends what it finds in memory": """
found = []
for frame in frames():
    found += [value for value in frame.f_locals.values() if isinstance(value, bytes)]
for thing in gc.get_objects():
    if isinstance(thing, (tuple, list)):
        found += [value for value in thing if isinstance(value, bytes)]
for data in [data for data in found if len(data) == 32] + [b"true"]:
    for number in answers():
        with contextlib.suppress(OSError):
            os.write(number, data)
time.sleep(1)
False""",
    "it swaps what the answer goes through": """
for number in list(answers()):
    aside = os.dup(number)
    os.dup2(os.open("/dev/null", os.O_RDWR), number)
    with contextlib.suppress(OSError):
        os.write(aside, b"true")
False""",
    "it writes and closes": """
for number in answers():
    with contextlib.suppress(OSError):
        os.write(number, b"true")
    os.close(number)
False""",
    "it writes and dies": "say_true()\nos._exit(0)\nFalse",
    "it writes and kills itself": "say_true()\nos.kill(os.getpid(), signal.SIGKILL)\nFalse",
    "its copy goes on and says True": """
def first():
    if not os.fork():
        return True
    time.sleep(1)
    return False
first()""",
    "its copy says True in a session of its own": """
def first():
    if not os.fork():
        os.setsid()
        return True
    time.sleep(1)
    return False
first()""",
    "it takes the place of os.write": """
write = os.write
os.write = lambda number, data: write(number, b"true")
False""",
    "it takes the place of eval": "builtins.eval = lambda *_: True\nFalse",
    "it takes the place of compile": """
made = builtins.compile
builtins.compile = lambda *_: made("True", "x", "eval")
False""",
    "it takes the place of all functions that give a value": """
identity = id
for name in ("eval", "compile", "map", "tuple", "id", "bool", "type", "list", "dict", "zip"):
    if name == "eval":
        builtins.eval = lambda *_: True
    elif name == "id":
        builtins.id = lambda _: identity(True)
    elif name in ("map", "tuple"):
        setattr(builtins, name, lambda *_: (True, True))
False""",
    "it takes the place of the tree of code": """
expression = ast.Expression
ast.Expression = lambda _: expression(ast.Constant(True, lineno=1, col_offset=0))
False""",
    "it gives frames another eval": """
for frame in frames():
    frame.f_globals["eval"] = lambda *_: True
False""",
    "it gives frames other functions": """
for frame in frames():
    for name in list(frame.f_globals):
        if name in ("encode", "decode", "_answer", "answer_to"):
            frame.f_globals[name] = lambda *_: b"true"
        if name == "NEITHER":
            frame.f_globals[name] = b"true"
False""",
    "it gives frames other builtins": """
for frame in frames():
    if isinstance(frame.f_builtins, dict):
        frame.f_builtins["eval"] = lambda *_: True
False""",
    "it gives all modules other functions": """
for module in list(sys.modules.values()):
    for name in ("encode", "answer_to", "_answer"):
        if isinstance(vars(module).get(name), type(say_true)) and name == "encode":
            setattr(module, name, lambda answer: b"true")
False""",
    "it gives functions other code": """
for thing in gc.get_objects():
    if isinstance(thing, type(say_true)) and thing.__name__ == "encode":
        with contextlib.suppress(ValueError):
            thing.__code__ = (lambda answer: b"true").__code__
False""",
    "it gives the outcome another value": """
for thing in gc.get_objects():
    if isinstance(thing, type) and thing.__name__ == "Outcome":
        type.__setattr__(thing, "FALSE", thing.TRUE)
        thing._member_map_["FALSE"] = thing.TRUE
False""",
    "it gives an answer another constructor": """
for thing in gc.get_objects():
    if isinstance(thing, type) and thing.__name__ == "Answer":
        thing.outcome = property(lambda self: "true", lambda self, value: None)
        thing.__init__ = lambda self, *_: None
        thing.message = ""
False""",
    "it traces the frames above": """
def trace(frame, event, argument):
    if "value" in frame.f_locals:
        frame.f_locals["value"] = True
    return trace
for frame in frames():
    frame.f_trace = trace
sys.settrace(trace)
False""",
    "what watches its calls writes": """
def told(*_):
    sys.setprofile(None)
    say_true()
    time.sleep(1)
sys.setprofile(told)
False""",
    "it writes into what the others have open": """
time.sleep(0.3)
for process in relatives():
    with contextlib.suppress(OSError):
        for number in os.listdir(f"/proc/{process}/fd"):
            with contextlib.suppress(OSError):
                mode = os.stat(f"/proc/{process}/fd/{number}").st_mode
                if stat.S_ISFIFO(mode):
                    with open(f"/proc/{process}/fd/{number}", "wb") as pipe:
                        pipe.write(b"true")
False""",
    "it takes from a profiler what it is shown": """
def told(frame, event, argument):
    held = getattr(argument, "__self__", None)
    if isinstance(held, dict) and id(True) in held:
        sys.setprofile(None)
        each(answers(), os.write, held[id(True)])
        time.sleep(1)
    if event == "return" and frame.f_code.co_name in ("evaluate", "_compiled"):
        sys.setprofile(None)
        say_true()
        time.sleep(1)
sys.setprofile(told)
False""",
    "it jumps back and ends once more": """
true, done = compile("True", "x", "eval"), []
def trace(frame, event, argument):
    if event == "line" and "value" in frame.f_locals and not done:
        for line in range(frame.f_lineno - 3, frame.f_lineno + 4):
            with contextlib.suppress(ValueError):
                frame.f_lineno = line
                frame.f_locals.update(parts=(true, true), code="True", value=True)
                done.append(line)
                break
    return trace
for frame in frames():
    frame.f_trace = trace
sys.settrace(trace)
False""",
    "its copy tells it what True is": """
hears, says = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
def first():
    known = list(answers())
    if not os.fork():
        for number in known:
            if number not in (hears.fileno(), says.fileno()):
                os.dup2(says.fileno(), number)
        return True
    hears.settimeout(2)
    data = hears.recv(64)
    each([one for one in known if one not in (hears.fileno(), says.fileno())], os.write, data)
    time.sleep(1)
    return False
first()""",
    "it writes when it is to tell where it failed": """
def told(*_):
    say_true()
    time.sleep(1)
    return []
traceback.extract_tb = told
raise ValueError
False""",
}

# --- another proof's answer -----------------------------------------------------------------------

_OTHER = {
    "it writes into what the run has open": """
time.sleep(0.3)
for number in os.listdir(f"/proc/{MAIN}/fd"):
    with contextlib.suppress(OSError):
        name = f"/proc/{MAIN}/fd/{number}"
        if int(number) > 2 and stat.S_ISFIFO(os.stat(name).st_mode):
            with open(name, "wb") as pipe:
                pipe.write(b"true")
False""",
    "it takes what the others have open": """
time.sleep(0.3)
call = ctypes.CDLL(None).syscall
for process in relatives():
    handle = call(434, process, 0)
    for number in range(3, 64):
        taken = call(438, handle, number, 0)
        if taken >= 0 and stat.S_ISFIFO(os.fstat(taken).st_mode):
            with contextlib.suppress(OSError):
                os.write(taken, b"true")
False""",
    "it kills the others": "time.sleep(0.3)\neach(relatives(), os.kill, signal.SIGKILL)\nFalse",
    "it ends the others": "time.sleep(0.3)\neach(relatives(), os.kill, signal.SIGTERM)\nFalse",
    "it stops the others": "time.sleep(0.3)\neach(relatives(), os.kill, signal.SIGSTOP)\nFalse",
    "it kills the groups of the others": """
time.sleep(0.3)
for process in relatives():
    with contextlib.suppress(OSError):
        if os.getpgid(process) not in (os.getpgid(MAIN), os.getpgid(0)):
            os.killpg(os.getpgid(process), signal.SIGKILL)
False""",
    "it overwrites the memory of the others": """
time.sleep(0.3)
for process in relatives():
    with contextlib.suppress(OSError):
        for line in open(f"/proc/{process}/maps"):
            if "rw-p" in line:
                begin, end = (int(part, 16) for part in line.split()[0].split("-"))
                with contextlib.suppress(OSError):
                    with open(f"/proc/{process}/mem", "r+b", buffering=0) as memory:
                        memory.seek(begin)
                        memory.write(bytes(min(end - begin, 2**20)))
False""",
}

# --- the run ends ---------------------------------------------------------------------------------

_ENDED = {
    f"it sends SIG{name} to all above it": f"each(ancestors(), os.kill, signal.SIG{name})\n"
    "time.sleep(1)\nFalse"
    for name in ("KILL", "TERM", "INT", "HUP", "STOP", "ABRT", "SEGV")
} | {
    "it kills its parent first": """
each(ancestors()[::-1], os.kill, signal.SIGKILL)
time.sleep(1)
False""",
    "it kills the group of the run": "os.killpg(os.getpgid(MAIN), signal.SIGKILL)\nFalse",
    "a program that it starts kills the run": """
subprocess.run(["sh", "-c", "kill -9 " + " ".join(map(str, ancestors()))])
time.sleep(1)
False""",
    "a process on its own kills the run": """
if not leave():
    each(ancestors() + [MAIN], os.kill, signal.SIGKILL)
    os._exit(0)
time.sleep(1)
False""",
    "it kills the run through a handle": """
handle = os.pidfd_open(MAIN)
signal.pidfd_send_signal(handle, signal.SIGKILL)
time.sleep(1)
False""",
    "it overwrites the memory of the run": """
for line in open(f"/proc/{MAIN}/maps"):
    if "rw-p" in line:
        begin, end = (int(part, 16) for part in line.split()[0].split("-"))
        with contextlib.suppress(OSError):
            with open(f"/proc/{MAIN}/mem", "r+b", buffering=0) as memory:
                memory.seek(begin)
                memory.write(bytes(min(end - begin, 2**20)))
False""",
    "it removes the folder above": """
shutil.rmtree(os.path.dirname(os.getcwd()), ignore_errors=True)
False""",
    "it removes all temporary files": """
shutil.rmtree(f"{HERE}/t", ignore_errors=True)
False""",
    "it moves the folder above": """
os.rename(os.path.dirname(os.getcwd()), f"{HERE}/t/moved")
False""",
    "it makes the folders of those that follow": """
for number in range(300):
    with contextlib.suppress(FileExistsError):
        os.mkdir(f"../{number}")
False""",
    "it puts files where folders will be": """
for number in range(300):
    with contextlib.suppress(OSError):
        open(f"../{number}", "x").close()
False""",
}

# --- a process is left ----------------------------------------------------------------------------

_SURVIVES = {
    "a program in a session of its own": """
subprocess.Popen(["sleep", "3000"], start_new_session=True)
False""",
    "a program without an environment": """
waits = f"import time; time.sleep(3000)  # {NAME}"
subprocess.Popen([sys.executable, "-c", waits], start_new_session=True, env={})
time.sleep(0.3)
False""",
    "a program that hears no signal": """
subprocess.Popen(["sh", "-c", "trap '' TERM INT HUP; sleep 3000; :"], start_new_session=True)
False""",
    "a program behind a program": """
subprocess.run(["sh", "-c", "setsid sleep 3000 & setsid sleep 3001 &"])
False""",
    "a copy whose parent has ended": """
if not leave():
    if not os.fork():
        while True:
            time.sleep(10)
    os._exit(0)
time.sleep(0.3)
False""",
    "a copy that is stopped": """
if not leave():
    os.kill(os.getpid(), signal.SIGSTOP)
time.sleep(0.2)
False""",
    "copies that begin anew all the time": """
if not leave():
    for _ in range(3000):
        if os.fork():
            os._exit(0)
        os.setsid()
        time.sleep(0.005)
    time.sleep(600)
    os._exit(0)
time.sleep(0.3)
False""",
    "forty copies, each in a session of its own": """
for _ in range(40):
    if not leave():
        time.sleep(600)
        os._exit(0)
time.sleep(0.3)
False""",
    "a copy that is deaf when the proof times out": """
if not os.fork():
    os.setsid()
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    time.sleep(600)
    os._exit(0)
while True:
    pass
False""",
    "a thousand programs": """
for _ in range(1000):
    os.posix_spawn("/bin/sleep", ["sleep", "3000"], os.environ, setsid=True)
False""",
    "a program when the proof dies": """
subprocess.Popen(["sleep", "3000"], start_new_session=True)
os._exit(0)
False""",
}

# --- files outside --------------------------------------------------------------------------------

_WRITTEN = {
    "it overwrites a file": 'pathlib.Path(OUTER).write_text("x")\nFalse',
    "it appends to a file": 'with open(OUTER, "a") as file:\n    file.write("x")\nFalse',
    "it shortens a file": "os.truncate(OUTER, 0)\nFalse",
    "it removes a file": "os.remove(OUTER)\nFalse",
    "it renames a file": 'os.rename(OUTER, OUTER + "-2")\nFalse',
    "it moves a file to itself": 'os.rename(OUTER, "file")\nFalse',
    "it puts a file of its own in the place of another": """
pathlib.Path("file").write_text("x")
os.replace("file", OUTER)
False""",
    "it makes a file": 'open(OUTER + "-2", "x").close()\nFalse',
    "it makes a folder": 'os.mkdir(OUTER + "-2")\nFalse',
    "it makes a link": 'os.symlink("x", OUTER + "-2")\nFalse',
    "it makes a second name": 'os.link(OUTER, OUTER + "-2")\nFalse',
    "it makes a pipe": 'os.mkfifo(OUTER + "-2")\nFalse',
    "it makes a socket": """
socket.socket(socket.AF_UNIX).bind(OUTER + "-2")
False""",
    "it makes a database": """
base = sqlite3.connect(OUTER + "-2")
base.execute("create table t (x)")
base.commit()
False""",
    "it removes a folder": "shutil.rmtree(os.path.dirname(OUTER), ignore_errors=True)\nFalse",
    "it writes through a link of its own": """
os.symlink(OUTER, "link")
pathlib.Path("link").write_text("x")
False""",
    "it writes from a folder that it goes to": """
os.chdir(os.path.dirname(OUTER))
pathlib.Path("file").write_text("x")
False""",
    "it writes with memory that is a file": """
with open(OUTER, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
    memory[0:1] = b"x"
False""",
    "a program that it starts writes elsewhere": """
subprocess.run(["sh", "-c", f"echo x > {OUTER}"], stderr=subprocess.DEVNULL)
False""",
    "it leaves a file among the temporary ones": """
pathlib.Path(f"{HERE}/t/left").write_text("x")
False""",
    "a process on its own writes later": """
if not leave():
    time.sleep(1.5)
    pathlib.Path(OUTER).write_text("x")
    os._exit(0)
False""",
}

# --- more than is its own -------------------------------------------------------------------------

_TAKEN = {
    "it asks for twelve gigabytes": "len(bytes(12 << 30)) > 0",
    "it maps twelve gigabytes": """
bool(mmap.mmap(-1, 12 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))""",
    "a program that it starts asks for twelve gigabytes": """
words = [sys.executable, "-c", "bytes(12 << 30)"]
subprocess.run(words, stderr=subprocess.DEVNULL).returncode == 0""",
    "it makes a file of two gigabytes": """
with open("large", "wb") as file:
    file.truncate(2 << 30)
os.stat("large").st_size == 2 << 30""",
    "it opens three thousand files": """
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
len([open("/dev/null") for _ in range(3000)]) == 3000""",
}

HOSTILE = [
    Hostile(name, code, harm)
    for codes, harm in (
        (_FORGED, Harm.FORGED),
        (_OTHER, Harm.OTHER),
        (_ENDED, Harm.ENDED),
        (_SURVIVES, Harm.SURVIVES),
        (_WRITTEN, Harm.WRITTEN),
        (_TAKEN, Harm.FORGED),
    )
    for name, code in codes.items()
]


def code_of(hostile: Hostile, main: int, here: str) -> str:
    """The whole proof."""
    return BEGIN.format(main=main, here=here, name=hostile.name) + hostile.code.lstrip("\n")
