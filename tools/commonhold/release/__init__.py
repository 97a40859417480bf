"""Every plugin, built, proven and published alongside each core release.

The phases are plan, stage, build, inspect, publish, verify and notes. Each reads the :mod:`plan
<commonhold.release.model.plan>` and the :mod:`store <commonhold.release.model.store>`, and writes what it did into the
:mod:`journal <commonhold.release.model.journal>`; each may run alone, and again.
"""
