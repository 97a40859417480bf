"""Every plugin, built, proven and published alongside each core release.

The phases are plan, stage, build, inspect, publish, verify and notes. Each reads the :mod:`plan
<commonhold.release.values>` and the :mod:`store <commonhold.release.store>`, and writes what it did into the
:mod:`journal <commonhold.release.journal>`; each may run alone, and again.
"""
