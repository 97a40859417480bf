"""Replace the project's sessions, except the one that tests plugins, with sessions that only log."""

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
def tests_wheel(session):
    session.log("nothing to build and test")


@nox.session(python=False)
def pages(session):
    session.log("no pages to open")


@nox.session(python=False)
def core(session):
    session.log("the core works")


@nox.session(python=False)
def pyflyte(session):
    session.log("nothing to embed")
