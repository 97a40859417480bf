"""Release every plugin with a release of the core.

The phases are plan, build, inspect, publish, verify and report, in this order. :mod:`commonhold.release.phases` has a
function for each, and :func:`commonhold.release.pipeline.run_release` runs all of them. Each phase reads the
:class:`plan <commonhold.release.model.plan.ReleasePlan>` and the state of the
:class:`store <commonhold.release.model.store.Store>`, records its results in the
:mod:`journal <commonhold.release.model.journal>`, and can be run again.
"""
