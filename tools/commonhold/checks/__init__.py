"""Check plugins and the repository against the community's rules, without running any code of the plugins.

:data:`~commonhold.checks.catalogue.RULES` lists the rules. :func:`~commonhold.checks.engine.check` applies rules to a
:class:`~commonhold.checks.context.CheckedRepository` and returns a :class:`~commonhold.checks.finding.Finding` for each
violation and each skipped rule.
"""
