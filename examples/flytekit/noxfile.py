# /// script
# dependencies = ["nox", "commonhold"]
# ///
from commonhold.ci.nox_sessions import register

register(__file__, config="commonhold.toml")
