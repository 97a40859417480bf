"""Sessions in the place of the project's own, of which the sample repository keeps the one that tests plugins."""

import nox


@nox.session(python=False)
def lint(session):
    session.log("nothing to lint")


@nox.session(python=False)
def types(session):
    session.log("nothing to check")


@nox.session(python=False)
def tests(session):
    session.log("nothing to test")


@nox.session(python=False)
def core(session):
    session.log("the core works")
