"""Run a command line, and convert errors to messages and exit codes."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # signal itself is slow to import
import gc
import os
import sys

from commonhold._typing import TYPE_CHECKING
from commonhold.cli.fast_args import read_plain
from commonhold.cli.terminal import BOLD, DIM, RED, echo_error, finish, paint, prepare, set_verbosity
from commonhold.errors import CommonholdError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# When the terminal closes or a machine shuts down, the same processes must end as on Ctrl-C: by default, these signals
# end this process at once, and builds and tests, which have their own process groups, would keep running.
_ENDING = [getattr(_signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(_signal, name)]

BUG = 3
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = _guarded(lambda: _run(words))
        handed_over = _guarded(finish)
    finally:
        set_verbosity("")  # a caller in the same process may run another command
    return code or handed_over


def _guarded(action: Callable[[], int | None]) -> int:
    try:
        return action() or 0
    except CommonholdError as error:
        return _fail(error.message, error.hint, error.exit_code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the output, such as `head`, has exited. Without this line, Python would report the broken pipe
        # again when it closes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the outermost boundary: any other exception is a bug
        import traceback

        from commonhold.effects.machine import machine_error

        machine = machine_error(error)
        if machine is not None:
            return _fail(machine.message, machine.hint, machine.exit_code)

        sys.stderr.write(traceback.format_exc())
        return _fail("this is a bug in commonhold", "Please report it with the lines above.", BUG)


def _run(words: list[str]) -> int:
    plain = read_plain(words)
    if plain is None:
        from commonhold.cli.commands import run_commands

        return run_commands(words)
    from commonhold.cli.context import Context, print_affected
    from commonhold.vcs import CompareOptions

    set_verbosity("quiet" if plain.quiet else "verbose" if plain.verbose else "")
    options = CompareOptions(plain.folder, plain.base, plain.head, plain.exact)
    print_affected(Context(plain.folder, plain.config).select(options), as_json=plain.as_json)
    return 0


def _fail(message: str, hint: str | None, code: int) -> int:
    from commonhold.text import printable

    first, *more = map(printable, message.split("\n"))
    echo_error("\n".join((f"{paint('error:', RED, BOLD, stream=sys.stderr)} {first}", *more)))
    for number, line in enumerate(hint.split("\n") if hint else ()):
        # Lines to paste follow the first one.
        echo_error(f"  {printable(line)}".rstrip(), DIM, wrap=number == 0)
    return code


def console_script() -> None:
    """Run this process's command line and exit, as the entry point of the console script."""
    # A parent process that ignores SIGCHLD passes this setting on, and the kernel would then discard git's exit codes.
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    for number in _ENDING:
        # nohup ignores SIGHUP for the programs that it starts.
        if _signal.getsignal(number) == _signal.SIG_DFL:
            _signal.signal(number, _signal.default_int_handler)
    gc.disable()  # garbage collection would take a fifth of the run time, but a command uses its objects to the end
    prepare()
    code = main()
    os._exit(code)  # all output is written, and freeing all objects would take a twentieth of the run time


if __name__ == "__main__":
    console_script()
