# /// script
# dependencies = ["nox", "commonhold"]
# ///
from commonhold.ci.sessions import register

register(__file__, config="commonhold.toml")
