"""Print the number of the job in the plan that has the sessions in nox's report."""

import json
import os
import sys

name, folder = sys.argv[1:]
with open(os.path.join(folder, "nox.json"), encoding="utf-8") as file:
    ran = {each for session in json.load(file)["sessions"] for each in session["signatures"]}
with open(os.path.join(os.environ["STAND_IN_STORE"], "artifacts/plan/plan.json"), encoding="utf-8") as file:
    jobs = json.load(file)["advisory" if "advisory-" in name else "matrix"]["include"]
numbers = [str(number) for number, job in enumerate(jobs) if ran <= set(job["sessions"].split())]
sys.stdout.write(" ".join(numbers))
